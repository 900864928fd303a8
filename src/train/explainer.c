/* Explains pictures one after another: the prediction by the plans of prediction, then the map. The map's plan keeps one layer's
 * value and passes the gradient of a logit back to it (ln_plan_opts.explained), in fp32 with the weights of the first plan. */
#include "base/alloc.h"
#include "base/text.h"
#include "base/threads.h"
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
    float *image;         /* the network's input */
    float *map, *logits, *probabilities;
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

/* A name counts before a number: the classes of digits are named by numbers. */
static int find_class(const struct ln_model *m, const char *word, int *target) {
    int64_t number;
    *target = -1;
    if (!word) return LINNET_OK;
    for (int i = 0; i < m->classes; i++)
        if (strcmp(m->class_names[i], word) == 0) {
            *target = i;
            return LINNET_OK;
        }
    if (!ln_text_to_i64(word, 0, m->classes - 1, &number)) return fail_class(m, word);
    *target = (int)number;
    return LINNET_OK;
}

static enum ln_method method_of(const char *name) {
    int i = 0;
    while (strcmp(name, ln_method_choice(i)) != 0) i++; /* the options were checked */
    return (enum ln_method)i;
}

static int choose(linnet_explainer *e) {
    const struct linnet_explain_opts *o = &e->opts;
    LN_TRY(find_class(e->model, o->target, &e->target));
    const bool occlusion = o->method && method_of(o->method) == LN_OCCLUSION;
    if (occlusion && o->layer)
        return ln_fail(
            LINNET_ERR_USAGE, "explain-layer",
            "occlusion hides parts of the picture and is not of layer %.*s; leave one of the two out",
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

static int explain_picture(linnet_explainer *e, const struct ln_image *picture,
                           struct linnet_explanation *out) {
    const struct ln_model *m = e->model;
    LN_TRY(ln_transform_fixed(&e->transform, picture, e->image));
    LN_TRY(ln_infer_run(&e->infer, e->image, 1, e->logits, NULL));
    ln_softmax(e->logits, m->classes, m->temperature, e->probabilities);
    out->predicted = ln_argmax(e->logits, m->classes);
    out->target = e->target < 0 ? out->predicted : e->target;
    out->probability = e->probabilities[out->target];
    LN_TRY(fill_map(e, out->target, &out->logit));
    const struct ln_box box = ln_preprocess_box(&m->preprocess, picture->width, picture->height);
    out->left = box.left;
    out->top = box.top;
    out->right = box.right;
    out->bottom = box.bottom;
    out->method = ln_method_choice(e->method);
    out->layer = e->node ? m->net->nodes[e->node].name : NULL;
    out->map = e->map;
    out->map_width = e->columns;
    out->map_height = e->rows;
    out->most = largest(e->map, (size_t)e->rows * (size_t)e->columns);
    out->picture = picture->pixels;
    out->width = picture->width;
    out->height = picture->height;
    return LINNET_OK;
}

/* The reason in place of the explanation. */
static void report_failure(const struct linnet_input *input, size_t index,
                           linnet_explanation_fn *on_explanation, void *user) {
    const struct ln_error error = *ln_error_get();
    char line[LN_ERROR_MAX + LN_ERROR_CODE_MAX + 4];
    snprintf(line, sizeof line, "%s [%s]", error.text, error.code);
    on_explanation(
        user,
        &(struct linnet_explanation){
            .index = index, .path = input->path, .status = error.status, .code = error.code, .error = line});
}

/* A bad picture has its reason in its explanation; what else fails ends the call. */
static int explain_input(linnet_explainer *e, const struct linnet_input *input, size_t index,
                         linnet_explanation_fn *on_explanation, void *user) {
    struct linnet_explanation out = {.index = index, .path = input->path};
    struct ln_image picture;
    int status = ln_input_decode(input, index, &picture);
    if (status != LINNET_OK) {
        report_failure(input, index, on_explanation, user);
        ln_image_fini(&picture);
        if (e->opts.strict) return status;
        ln_error_clear();
        return LINNET_OK;
    }
    status = explain_picture(e, &picture, &out);
    if (status == LINNET_OK) on_explanation(user, &out);
    ln_image_fini(&picture);
    return status;
}

int ln_explainer_run(linnet_explainer *e, const struct linnet_input *inputs, size_t count,
                     linnet_explanation_fn *on_explanation, void *user) {
    if (ln_threads_team() != e->infer.threads)
        ln_threads_start(e->infer.threads); /* this thread did not compile the plans */
    for (size_t i = 0; i < count; i++) {
        if (e->opts.stop && *e->opts.stop)
            return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
        LN_TRY(explain_input(e, &inputs[i], i, on_explanation, user));
    }
    return LINNET_OK;
}

/* ---- create and destroy ----------------------------------------------------------------------------------- */

static int make_plan(linnet_explainer *e) {
    const struct ln_plan_opts opts = {.batch = 1,
                                      .train = true,
                                      .no_loss = true,
                                      .explained = e->node,
                                      .direct = e->infer.opts.direct,
                                      .like = e->infer.plans[e->infer.count - 1]};
    const int64_t *dim = e->model->net->nodes[e->node].out.dim;
    if (e->method == LN_OCCLUSION) {
        ln_occlusion_size(e->model->net, &e->rows, &e->columns);
        return LINNET_OK;
    }
    e->rows = (int)dim[2];
    e->columns = (int)dim[3];
    return ln_plan_create(&e->plan, e->model->net, &opts);
}

static int prepare(linnet_explainer *e) {
    const struct ln_model *m = e->model;
    const struct linnet_explain_opts *o = &e->opts;
    LN_TRY(choose(e));
    LN_TRY(ln_infer_init(&e->infer, m,
                         &(struct ln_infer_opts){.batch = e->method == LN_OCCLUSION ? OCCLUSION_BATCH : 1,
                                                 .dtype = "f32",
                                                 .conv = o->conv,
                                                 .threads = o->threads,
                                                 .flip = ln_tta_flips(o->tta, m->tta)}));
    LN_TRY(make_plan(e));
    ln_transform_init(&e->transform, &m->preprocess, NULL);
    e->image = ln_calloc(ln_transform_floats(&e->transform), sizeof *e->image);
    e->map = ln_calloc((size_t)e->rows * (size_t)e->columns, sizeof *e->map);
    e->logits = ln_calloc((size_t)m->classes, sizeof *e->logits);
    e->probabilities = ln_calloc((size_t)m->classes, sizeof *e->probabilities);
    return e->image && e->map && e->logits && e->probabilities ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_explainer_create(linnet_explainer **out, const struct ln_model *model,
                        const struct linnet_explain_opts *opts) {
    *out = NULL;
    linnet_explainer *e = ln_calloc(1, sizeof *e);
    if (!e) return LINNET_ERR_LIMIT;
    e->model = model;
    e->opts = *opts;
    int status = prepare(e);
    if (status == LINNET_OK)
        *out = e;
    else
        ln_explainer_destroy(e);
    return status;
}

void ln_explainer_destroy(linnet_explainer *e) {
    if (!e) return;
    ln_plan_destroy(e->plan); /* its weights are those of infer's plan */
    ln_infer_fini(&e->infer);
    ln_free(e->image);
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
    int status = ln_explainer_create(&explainer, model, opts);
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
