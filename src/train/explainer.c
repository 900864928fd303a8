/* Explains pictures one after another, while threads decode the next ones. A picture is predicted by the plans of prediction, then
 * its map is computed. The map's plan keeps one layer's value and passes the gradient of a logit back to it
 * (ln_plan_opts.explained), in fp32 with the weights of the first plan. */
#include "base/alloc.h"
#include "base/text.h"
#include "base/threads.h"
#include "data/ring.h"
#include "data/transform.h"
#include "train/explain.h"
#include "train/metrics.h"
#include "train/paths.h"
#include "train/predictor.h"
#include "train/train.h"
#include "train/tta.h"

#include <stdio.h>
#include <string.h>

enum { OCCLUSION_BATCH = 16 };

/* A decoded picture, in a thread of the ring; its row of the ring is the network's input. */
struct note {
    struct ln_error error; /* status LINNET_OK: there is a picture */
    struct ln_image picture;
};

struct linnet_explainer {
    const struct ln_model *model;
    struct linnet_explain_opts opts;
    enum ln_method method;
    int node;   /* the layer; 0: occlusion needs none */
    int target; /* negative: the predicted class */
    struct ln_transform transform;
    struct ln_infer infer;
    struct ln_plan *plan; /* NULL for occlusion */
    int rows, columns;    /* of the map */
    const float *image;   /* the network's input: a row of the ring, or `own` */
    float *own;           /* NULL if there is a ring */
    struct ln_ring *ring; /* of single pictures; NULL: ln_explainer_run is not called */
    struct note *notes;   /* [ln_ring_rows()] */
    float *map, *logits, *probabilities;

    const struct ln_paths *files;      /* of an explainer that is created for one call; NULL: not known */
    const struct linnet_input *inputs; /* of the current call of ln_explainer_run() */
};

/* ---- options ---------------------------------------------------------------------------------------------- */

static int fail_class(const struct ln_model *m, const char *word) {
    const char *near = ln_text_nearest(word, (const char *const *)m->class_names, (size_t)m->classes);
    char shown[128], all[256];
    ln_text_printable(word, strlen(word), shown, sizeof shown);
    if (near)
        return ln_fail(LINNET_ERR_USAGE, "explain-class", "unknown class '%s'; did you mean %.*s?", shown,
                       LN_TEXT_CUT(near));
    return ln_fail(LINNET_ERR_USAGE, "explain-class",
                   "unknown class '%s': must be a number from 0 to %d, or a name: %s", shown, m->classes - 1,
                   ln_text_list((const char *const *)m->class_names, (size_t)m->classes, all, sizeof all));
}

int ln_explainer_set_target(linnet_explainer *e, const char *target) {
    const int label = target ? ln_model_find_class(e->model, target) : -1;
    if (target && label < 0) return fail_class(e->model, target);
    e->target = label;
    return LINNET_OK;
}

static enum ln_method method_of(const char *name) {
    int i = 0;
    while (strcmp(name, ln_method_choice(i)) != 0) i++; /* the options were checked */
    return (enum ln_method)i;
}

static int choose(linnet_explainer *e) {
    const struct linnet_explain_opts *o = &e->opts;
    LN_TRY(ln_explainer_set_target(e, o->target));
    const bool occlusion = o->method && method_of(o->method) == LN_OCCLUSION;
    if (occlusion && o->layer)
        return ln_fail(
            LINNET_ERR_USAGE, "explain-layer",
            "occlusion hides parts of the picture and uses no layer, but layer %.*s is given; leave "
            "one of the two out",
            LN_TEXT_CUT(o->layer));
    e->method = LN_OCCLUSION;
    if (occlusion) return LINNET_OK;
    LN_TRY(ln_explain_layer(e->model->net, o->layer, &e->node));
    e->method = o->method ? method_of(o->method) : ln_explain_method(e->model->net, e->node);
    return LINNET_OK;
}

/* ---- one picture ------------------------------------------------------------------------------------------ */

static int cam(linnet_explainer *e, int target, float *logit) {
    const struct ln_shape *shape = &e->model->net->nodes[e->node].out;
    float *dout = ln_plan_dout(e->plan);
    LN_TRY(ln_plan_forward(e->plan, e->image, NULL, 0));
    memset(dout, 0, (size_t)e->model->classes * sizeof *dout);
    dout[target] = 1; /* the gradient of the logit itself */
    *logit = ln_plan_logits(e->plan)[target];
    LN_TRY(ln_plan_backward(e->plan));
    const struct ln_cam maps = {shape->dim[1], shape->dim[2] * shape->dim[3], ln_plan_map(e->plan),
                                ln_plan_din(e->plan)};
    ln_cam(e->method, &maps, e->map);
    return LINNET_OK;
}

static int fill_map(linnet_explainer *e, int target, float *logit) {
    if (e->method != LN_OCCLUSION) return cam(e, target, logit);
    *logit = e->logits[target];
    return ln_occlusion(
        &(struct ln_occlusion){.infer = &e->infer, .image = e->image, .target = target, .stop = e->opts.stop},
        e->map);
}

static float largest(const float *map, size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++)
        if (map[i] > most) most = map[i];
    return most;
}

/* Fills in what follows from the map. */
static void describe(const linnet_explainer *e, const struct ln_image *picture,
                     struct linnet_explanation *out) {
    const struct ln_box box = ln_preprocess_box(&e->model->preprocess, picture->width, picture->height);
    out->left = box.left;
    out->top = box.top;
    out->right = box.right;
    out->bottom = box.bottom;
    out->method = ln_method_choice(e->method);
    out->layer = e->node ? e->model->net->nodes[e->node].name : NULL;
    out->map = e->map;
    out->map_width = e->columns;
    out->map_height = e->rows;
    out->most = largest(e->map, (size_t)e->rows * (size_t)e->columns);
    out->picture = picture->pixels;
    out->width = picture->width;
    out->height = picture->height;
}

static int explain_picture(linnet_explainer *e, const struct ln_image *picture,
                           struct linnet_explanation *out) {
    const struct ln_model *m = e->model;
    LN_TRY(ln_infer_run(&e->infer, e->image, 1, e->logits, NULL));
    ln_softmax(e->logits, m->classes, m->temperature, e->probabilities);
    out->predicted = ln_argmax(e->logits, m->classes);
    out->target = e->target < 0 ? out->predicted : e->target;
    out->probability = e->probabilities[out->target];
    LN_TRY(fill_map(e, out->target, &out->logit));
    describe(e, picture, out);
    return LINNET_OK;
}

int ln_explainer_map(linnet_explainer *e, const struct ln_image *picture, int target,
                     struct linnet_explanation *out) {
    *out = (struct linnet_explanation){.target = target, .predicted = target};
    e->image = e->own;
    LN_TRY(ln_transform_fixed(&e->transform, picture, e->own));
    LN_TRY(fill_map(e, target, &out->logit));
    describe(e, picture, out);
    return LINNET_OK;
}

/* ---- one picture after another ----------------------------------------------------------------------------- */

static struct note *note_at(const linnet_explainer *e, size_t place) {
    return &e->notes[place % ln_ring_rows(e->ring)];
}

/* In the ring's threads. A bad picture must not stop the ring: its note holds the error, and report() passes it on in order. */
static int fill(void *explainer, size_t place, float *image) {
    const linnet_explainer *e = explainer;
    struct note *note = note_at(e, place);
    *note = (struct note){0};
    const int status = ln_input_decode(&e->inputs[place], place, &note->picture);
    if (status == LINNET_OK) return ln_transform_fixed(&e->transform, &note->picture, image);
    note->error = *ln_error_get();
    ln_error_clear();
    return LINNET_OK;
}

/* A bad picture has its reason in its explanation; any other failure ends the call. */
static int report(linnet_explainer *e, struct linnet_explanation *out, linnet_explanation_fn *on_explanation,
                  void *user) {
    const struct note *note = note_at(e, out->index);
    char line[LN_ERROR_MAX + LN_ERROR_CODE_MAX + 4];
    out->path = e->inputs[out->index].path;
    if (note->error.status == LINNET_OK) {
        LN_TRY(explain_picture(e, &note->picture, out));
        on_explanation(user, out);
        return LINNET_OK;
    }
    snprintf(line, sizeof line, "%s [%s]", note->error.text, note->error.code);
    out->status = note->error.status;
    out->code = note->error.code;
    out->error = line;
    on_explanation(user, out);
    if (!e->opts.strict) return LINNET_OK;
    ln_error_set(&note->error);
    return out->status;
}

static int run(linnet_explainer *e, size_t count, linnet_explanation_fn *on_explanation, void *user) {
    struct ln_ring_batch batch;
    LN_TRY(ln_ring_start(e->ring, count, 0));
    for (size_t i = 0; i < count; i++) {
        if (e->opts.stop && *e->opts.stop)
            return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted after %zu of %zu pictures", i,
                           count);
        LN_TRY(ln_ring_next(e->ring, &batch));
        e->image = batch.images;
        int status =
            report(e, &(struct linnet_explanation){.index = i, .count = count}, on_explanation, user);
        ln_image_fini(&note_at(e, i)->picture);
        LN_TRY(status);
    }
    return LINNET_OK;
}

int ln_explainer_run(linnet_explainer *e, const struct linnet_input *inputs, size_t count,
                     linnet_explanation_fn *on_explanation, void *user) {
    if (ln_threads_team() != e->infer.threads)
        ln_threads_start(e->infer.threads); /* this thread did not compile the plans */
    e->inputs = inputs;
    const int status = run(e, count, on_explanation, user);
    ln_ring_stop(e->ring); /* before the pictures of a call that ended early are freed */
    for (size_t i = 0; i < ln_ring_rows(e->ring); i++) ln_image_fini(&e->notes[i].picture);
    return status;
}

/* ---- create and destroy ----------------------------------------------------------------------------------- */

static int make_plan(linnet_explainer *e) {
    const struct ln_plan_opts opts = {.batch = 1,
                                      .train = true,
                                      .no_loss = true,
                                      .explained = e->node,
                                      .direct = e->infer.opts.direct,
                                      .dtype = e->infer.opts.dtype,
                                      .like = e->infer.plans[e->infer.count - 1]};
    const int64_t *dim = e->model->net->nodes[e->node].out.dim;
    if (e->method == LN_OCCLUSION) {
        ln_occlusion_size(e->model->net, &e->rows, &e->columns);
        return LINNET_OK;
    }
    e->rows = (int)dim[2];
    e->columns = (int)dim[3];
    return ln_plan_compile(&e->plan, e->model->net, &opts);
}

/* Batches of one: each picture is explained alone. */
static struct ln_ring_opts ring_opts(linnet_explainer *e) {
    return (struct ln_ring_opts){.batch = 1,
                                 .row_floats = ln_transform_floats(&e->transform),
                                 .workers = e->opts.workers ? e->opts.workers : e->infer.threads,
                                 .fill = fill,
                                 .user = e};
}

/* Each worker decodes a picture; the other rows of the ring keep theirs until they are explained. The caller may draw one of
 * them (linnet_explanation_draw). DRAWN: bytes per pixel of the overlay, the canvas, cairo's form of the overlay, and the file. */
static int64_t picture_bytes(const linnet_explainer *e, const struct ln_ring_opts *ring) {
    enum { DRAWN = 3 + 4 + 4 + 2 };
    if (!e->files) return 0;
    const int64_t places = (int64_t)ln_ring_rows_of(ring), count = (int64_t)e->files->count,
                  rows = places < count ? places : count,
                  decoded = ring->workers < rows ? ring->workers : rows;
    const struct ln_image_peak peak = ln_paths_peak(e->files);
    return decoded * peak.bytes + (rows - decoded) * 3 * peak.pixels + DRAWN * peak.pixels;
}

/* Both plans count: that of the map has activations and gradients of its own. */
static int take_memory(linnet_explainer *e) {
    const struct ln_ring_opts ring = ring_opts(e);
    const size_t images = e->method == LN_OCCLUSION ? OCCLUSION_BATCH : 0;
    struct ln_infer_need need = {.what = "explaining",
                                 .max_memory_mb = e->opts.max_memory_mb,
                                 .beside = (int64_t)(images * ring.row_floats * sizeof(float)) +
                                           (int64_t)ln_ring_bytes(&ring) + picture_bytes(e, &ring)};
    if (e->plan) need.beside += (int64_t)(ln_plan_pages(e->plan).activations + ln_plan_pages(e->plan).grads);
    if (!e->infer.borrowed) LN_TRY(ln_infer_take_memory(&e->infer, e->model, &need));
    return e->plan ? ln_plan_take_memory(e->plan) : LINNET_OK;
}

static int make_ring(linnet_explainer *e) {
    const struct ln_ring_opts ring = ring_opts(e);
    if (e->infer.borrowed) {
        e->own = ln_calloc(ring.row_floats, sizeof *e->own);
        return e->own ? LINNET_OK : LINNET_ERR_LIMIT;
    }
    LN_TRY(ln_ring_create(&e->ring, &ring));
    e->notes = ln_calloc(ln_ring_rows(e->ring), sizeof *e->notes);
    return e->notes ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int prepare(linnet_explainer *e) {
    const struct ln_model *m = e->model;
    LN_TRY(make_plan(e));
    ln_transform_init(&e->transform, &m->preprocess, NULL);
    LN_TRY(take_memory(e));
    LN_TRY(make_ring(e));
    e->map = ln_calloc((size_t)e->rows * (size_t)e->columns, sizeof *e->map);
    e->logits = ln_calloc((size_t)m->classes, sizeof *e->logits);
    e->probabilities = ln_calloc((size_t)m->classes, sizeof *e->probabilities);
    return e->map && e->logits && e->probabilities ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int compile(linnet_explainer *e) {
    const struct linnet_explain_opts *o = &e->opts;
    return ln_infer_compile(&e->infer, e->model,
                            &(struct ln_infer_opts){.batch = e->method == LN_OCCLUSION ? OCCLUSION_BATCH : 1,
                                                    .dtype = "f32",
                                                    .conv = o->conv,
                                                    .threads = o->threads,
                                                    .flip = ln_tta_flips(o->tta, e->model->tta),
                                                    .copies = e->method != LN_OCCLUSION});
}

/* plan: NULL to compile one. files: NULL if they are not known. */
static int create(linnet_explainer **out, const struct ln_model *model, struct ln_plan *plan,
                  const struct ln_paths *files, const struct linnet_explain_opts *opts) {
    *out = NULL;
    linnet_explainer *e = ln_calloc(1, sizeof *e);
    if (!e) return LINNET_ERR_LIMIT;
    e->model = model;
    e->opts = *opts;
    e->files = files;
    int status = choose(e);
    if (plan) e->infer = ln_infer_in(plan);
    if (plan && status == LINNET_OK) status = ln_conv_resolve(opts->conv, &e->infer.opts.direct);
    if (!plan && status == LINNET_OK) status = compile(e);
    if (plan) e->infer.opts.dtype = model->dtype;
    if (status == LINNET_OK) status = prepare(e);
    if (status == LINNET_OK)
        *out = e;
    else
        ln_explainer_destroy(e);
    return status;
}

int ln_explainer_create(linnet_explainer **out, const struct ln_model *model,
                        const struct linnet_explain_opts *opts) {
    return create(out, model, NULL, NULL, opts);
}

int ln_explainer_create_in(linnet_explainer **out, const struct ln_model *model, struct ln_plan *plan,
                           const struct linnet_explain_opts *opts) {
    return create(out, model, plan, NULL, opts);
}

void ln_explainer_destroy(linnet_explainer *e) {
    if (!e) return;
    ln_ring_destroy(e->ring);
    ln_plan_destroy(e->plan); /* its weights are those of infer's plan */
    ln_infer_fini(&e->infer);
    ln_free(e->notes);
    ln_free(e->own);
    ln_free(e->map);
    ln_free(e->logits);
    ln_free(e->probabilities);
    ln_free(e);
}

/* ---- files ------------------------------------------------------------------------------------------------ */

static int explain_files(const struct ln_model *model, const struct ln_paths *files,
                         const struct linnet_explain_opts *opts, linnet_explanation_fn *on_explanation,
                         void *user) {
    linnet_explainer *explainer = NULL;
    struct linnet_input *inputs = ln_calloc(files->count + 1, sizeof *inputs);
    if (!inputs) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < files->count; i++) inputs[i].path = files->items[i];
    int status = create(&explainer, model, NULL, files, opts);
    if (status == LINNET_OK) status = ln_explainer_run(explainer, inputs, files->count, on_explanation, user);
    ln_explainer_destroy(explainer);
    ln_free(inputs);
    return status;
}

int ln_explain(const struct ln_model *model, const char *const *paths, size_t count,
               const struct linnet_explain_opts *opts, linnet_explanation_fn *on_explanation, void *user) {
    struct ln_paths files = {0};
    int status = ln_paths_expand(&files, paths, count);
    if (status == LINNET_OK) status = explain_files(model, &files, opts, on_explanation, user);
    ln_paths_fini(&files);
    return status;
}
