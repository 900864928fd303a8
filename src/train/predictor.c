/* Prediction in batches, in the order of the inputs, while other threads decode the next batches.
 *
 *     place        0  1  2  3 | 4  5  6  7 | 8 ...      number of the input
 *     in a ring    decoded in any order by the threads; a batch is complete when its last row is
 *     reported     0, 1, 2 ... by the calling thread, one batch after the other
 *
 * A place has a row in the ring and a note beside it, both reused after the batch was reported.
 */
#include "train/predictor.h"
#include "base/alloc.h"
#include "base/threads.h"
#include "data/ring.h"
#include "data/transform.h"
#include "image/reduce.h"
#include "train/energy.h"
#include "train/infer.h"
#include "train/metrics.h"
#include "train/order.h"
#include "train/train.h"

#include <stdio.h>
#include <string.h>

/* The result of decoding an input, besides its row of the batch. */
struct note {
    struct ln_error error; /* status LINNET_OK: the input has an image */
    int width, height;
    struct ln_image picture; /* kept only with opts.picture */
};

struct linnet_predictor {
    const struct ln_model *model;
    struct linnet_predict_opts opts; /* resolved */
    struct ln_transform transform;
    struct ln_infer infer;
    struct ln_ring *ring;
    struct note *notes;   /* [ln_ring_rows()] */
    float *logits;        /* [batch][classes] */
    float *features;      /* [batch][feature_count]; NULL without opts.features, */
    size_t feature_count; /* and 0 */
    float *probabilities; /* [classes] */
    int *order;           /* [classes] */
    uint64_t *ordering;   /* [2 classes] */

    /* Arguments of the current call of ln_predictor_run(). */
    const struct linnet_input *inputs;
    size_t count;
    linnet_prediction_fn *on_prediction;
    void *user;
};

static struct note *note_at(const linnet_predictor *p, size_t place) {
    return &p->notes[place % ln_ring_rows(p->ring)];
}

/* ---- in the ring's threads ------------------------------------------------------------------------------ */

/* Keeps the decoded picture for the caller, reduced to opts.picture pixels: a grid of photos at full size would take
 * gigabytes. */
static void keep_picture(const linnet_predictor *p, struct ln_image *image, struct note *note) {
    const int longer = image->width > image->height ? image->width : image->height;
    if (p->opts.picture < 1) return;
    ln_image_reduce(image, (longer + p->opts.picture - 1) / p->opts.picture);
    note->picture = *image;
    *image = (struct ln_image){0};
}

/* A bad image must not stop the ring: its row is zeroed, its note holds the error, and report() passes it on
 * in order. */
static int fill(void *predictor, size_t place, float *out) {
    const linnet_predictor *p = predictor;
    struct note *note = note_at(p, place);
    struct ln_image image;
    *note = (struct note){0};
    int status = ln_input_decode(&p->inputs[place], place, &image);
    note->width = image.width;
    note->height = image.height;
    if (status == LINNET_OK) status = ln_transform_fixed(&p->transform, &image, out);
    if (status == LINNET_OK) keep_picture(p, &image, note);
    ln_image_fini(&image);
    if (status != LINNET_OK) {
        note->error = *ln_error_get();
        ln_error_clear();
        memset(out, 0, ln_transform_floats(&p->transform) * sizeof *out);
    }
    return LINNET_OK;
}

/* ---- in the calling thread ------------------------------------------------------------------------------ */

static void fill_good(const linnet_predictor *p, const struct note *note, int row,
                      struct linnet_prediction *out) {
    const int classes = p->model->classes;
    const float *logits = p->logits + (size_t)row * (size_t)classes;
    ln_softmax(logits, classes, p->model->temperature, p->probabilities);
    ln_order(logits, classes, p->ordering, p->order);
    out->classes = classes;
    out->logits = logits;
    out->energy = ln_energy(logits, classes, p->model->temperature);
    out->unknown = out->energy > p->model->unknown_energy;
    out->probabilities = p->probabilities;
    out->order = p->order;
    out->feature_count = (int)p->feature_count;
    if (p->features) out->features = p->features + (size_t)row * p->feature_count;
    out->width = note->width;
    out->height = note->height;
    out->picture = note->picture.pixels;
    out->picture_width = note->picture.width;
    out->picture_height = note->picture.height;
}

static void report(const linnet_predictor *p, size_t place, int row) {
    struct note *note = note_at(p, place);
    char line[LN_ERROR_MAX + LN_ERROR_CODE_MAX + 4];
    struct linnet_prediction out = {
        .index = place, .path = p->inputs[place].path, .status = note->error.status, .count = p->count};
    if (out.status == LINNET_OK) {
        fill_good(p, note, row, &out);
    } else {
        snprintf(line, sizeof line, "%s [%s]", note->error.text, note->error.code);
        out.error = line;
        out.code = note->error.code;
    }
    p->on_prediction(p->user, &out);
    ln_image_fini(&note->picture);
}

/* A batch with only bad images is not computed. With opts.strict the first error ends the call after it was reported. */
static int run_batch(linnet_predictor *p, const struct ln_ring_batch *batch) {
    bool any = false;
    for (int i = 0; i < batch->count; i++)
        any |= note_at(p, batch->place + (size_t)i)->error.status == LINNET_OK;
    if (any) LN_TRY(ln_infer_run(&p->infer, batch->images, batch->count, p->logits, p->features));
    for (int i = 0; i < batch->count; i++) {
        const struct ln_error error = note_at(p, batch->place + (size_t)i)->error;
        report(p, batch->place + (size_t)i, i);
        if (error.status == LINNET_OK || !p->opts.strict) continue;
        ln_error_set(&error);
        return error.status;
    }
    if (p->opts.stop && *p->opts.stop) return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
    return LINNET_OK;
}

static int run_batches(linnet_predictor *p, size_t count) {
    struct ln_ring_batch batch;
    LN_TRY(ln_ring_start(p->ring, count, 0));
    for (;;) {
        LN_TRY(ln_ring_next(p->ring, &batch));
        if (batch.count == 0) return LINNET_OK;
        LN_TRY(run_batch(p, &batch));
    }
}

int ln_predictor_run(linnet_predictor *p, const struct linnet_input *inputs, size_t count,
                     linnet_prediction_fn *on_prediction, void *user) {
    p->inputs = inputs;
    p->count = count;
    p->on_prediction = on_prediction;
    p->user = user;
    int status = run_batches(p, count);
    ln_ring_stop(p->ring); /* before the pictures of a call that ended early are freed */
    for (size_t i = 0; i < ln_ring_rows(p->ring); i++) ln_image_fini(&p->notes[i].picture);
    return status;
}

/* ---- create and destroy --------------------------------------------------------------------------------- */

static struct ln_ring_opts ring_opts(linnet_predictor *p) {
    return (struct ln_ring_opts){.batch = p->opts.batch,
                                 .row_floats = ln_transform_floats(&p->transform),
                                 .workers = p->opts.workers,
                                 .fill = fill,
                                 .user = p};
}

/* Each worker decodes a photo to RGB; for a network of grey images it also makes a grey copy, a third of the bytes. Each place of
 * the ring keeps a picture, if the caller wants them. */
static int64_t beside(const linnet_predictor *p, const struct ln_ring_opts *ring, int64_t photo_bytes) {
    const int64_t grey = p->model->preprocess.channels == 1 ? photo_bytes / 3 : 0;
    const int64_t side = p->opts.picture > 0 ? p->opts.picture : 0, places = (int64_t)ln_ring_rows_of(ring);
    return (int64_t)ln_ring_bytes(ring) + ring->workers * (photo_bytes + grey) + places * 3 * side * side;
}

/* The plan comes first: it fixes the number of threads, which is also the default number of workers. */
static int prepare(linnet_predictor *p, const struct ln_predictor_files *files) {
    struct linnet_predict_opts *o = &p->opts;
    if (!o->batch) o->batch = LN_PREDICT_BATCH;
    const struct ln_infer_opts infer = {.batch = o->batch,
                                        .dtype = o->dtype,
                                        .conv = o->conv,
                                        .threads = o->threads,
                                        .features = o->features,
                                        .once = files && files->count <= (size_t)o->batch,
                                        .flip = ln_tta_flips(o->tta, p->model->tta)};
    LN_TRY(ln_infer_compile(&p->infer, p->model, &infer));
    o->threads = p->infer.threads;
    if (!o->workers) o->workers = o->threads;
    if (files && (size_t)o->workers > files->count) o->workers = (int)files->count;
    ln_transform_init(&p->transform, &p->model->preprocess, NULL);
    const struct ln_ring_opts ring = ring_opts(p);
    LN_TRY(ln_infer_take_memory(
        &p->infer, p->model,
        &(struct ln_infer_need){.what = "predicting",
                                .max_memory_mb = o->max_memory_mb,
                                .beside = beside(p, &ring, files ? files->largest : 0)}));
    LN_TRY(ln_ring_create(&p->ring, &ring));
    const size_t batch = (size_t)o->batch, classes = (size_t)p->model->classes;
    p->feature_count = ln_infer_features(&p->infer);
    p->notes = ln_calloc(ln_ring_rows(p->ring), sizeof *p->notes);
    p->logits = ln_calloc(batch, classes * sizeof *p->logits);
    p->probabilities = ln_calloc(classes, sizeof *p->probabilities);
    p->order = ln_calloc(classes, sizeof *p->order);
    p->ordering = ln_calloc(classes, 2 * sizeof *p->ordering);
    if (o->features) p->features = ln_calloc(batch, p->feature_count * sizeof *p->features);
    const bool whole = p->notes && p->logits && p->probabilities && p->order && p->ordering;
    return whole && (p->features || !o->features) ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_predictor_create(linnet_predictor **out, const struct ln_model *model,
                        const struct linnet_predict_opts *opts, const struct ln_predictor_files *files) {
    *out = NULL;
    linnet_predictor *p = ln_calloc(1, sizeof *p);
    if (!p) return LINNET_ERR_LIMIT;
    p->model = model;
    p->opts = *opts;
    int status = prepare(p, files);
    if (status == LINNET_OK)
        *out = p;
    else
        ln_predictor_destroy(p);
    return status;
}

void ln_predictor_destroy(linnet_predictor *p) {
    if (!p) return;
    ln_ring_destroy(p->ring);
    ln_infer_fini(&p->infer);
    ln_free(p->notes);
    ln_free(p->logits);
    ln_free(p->features);
    ln_free(p->probabilities);
    ln_free(p->order);
    ln_free(p->ordering);
    ln_free(p);
}
