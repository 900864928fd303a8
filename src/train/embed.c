/* The features of every image: loader -> inference -> one row each, in the order of the data set. */
#include "train/embed.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "data/loader.h"
#include "train/infer.h"
#include "train/skipped.h"
#include "train/train.h"

#include <limits.h>
#include <math.h>
#include <string.h>

struct embedder {
    struct ln_embedding *out;
    const struct ln_model *model;
    const struct ln_dataset *ds;
    const struct linnet_embed_opts *opts;
    struct ln_dataset view; /* ds, with the images to embed as its test part */
    uint8_t *part;          /* [ds->count] of each image; 0: not to be embedded */
    uint32_t *index;        /* [total] */
    size_t total;
    int batch;
    struct ln_infer infer;
    struct ln_loader *loader;
    struct ln_skipped skipped;
    float *logits; /* [batch][classes] */
    double start;
};

/* ---- which images --------------------------------------------------------------------------------------- */

static int choose(struct embedder *e) {
    const enum linnet_part wanted = e->opts->part;
    e->part = ln_calloc(e->ds->count, sizeof *e->part);
    e->index = ln_calloc(e->ds->count, sizeof *e->index);
    if (!e->part || !e->index) return LINNET_ERR_LIMIT;
    for (enum linnet_part part = LINNET_TRAIN; part <= LINNET_TEST; part++)
        for (size_t i = 0; i < e->ds->parts[part].count && (!wanted || wanted == part); i++)
            e->part[e->ds->parts[part].index[i]] = (uint8_t)part;
    for (size_t i = 0; i < e->ds->count; i++)
        if (e->part[i]) e->index[e->total++] = (uint32_t)i;
    if (e->total == 0)
        return ln_fail(LINNET_ERR_INPUT, "data-empty", "%s: there are no images to embed", e->ds->path);
    e->view = *e->ds;
    memset(e->view.parts, 0, sizeof e->view.parts);
    e->view.parts[LINNET_TEST] = (struct ln_part){e->index, e->total};
    e->view.val_is_test = false;
    return LINNET_OK;
}

/* ---- features ------------------------------------------------------------------------------------------- */

static int prepare(struct embedder *e) {
    const struct linnet_embed_opts *o = e->opts;
    int batch = o->batch ? o->batch : LN_DEFAULT_BATCH;
    if ((size_t)batch > e->total) batch = (int)e->total;
    e->batch = batch;
    LN_TRY(ln_infer_init(
        &e->infer, e->model,
        &(struct ln_infer_opts){
            .batch = batch, .dtype = o->dtype, .conv = o->conv, .threads = o->threads, .features = true}));
    e->skipped = (struct ln_skipped){.ds = e->ds, .on_event = o->on_event, .user = o->user};
    LN_TRY(ln_loader_create(&e->loader, &e->view,
                            &(struct ln_loader_opts){.part = LINNET_TEST,
                                                     .batch = batch,
                                                     .preprocess = &e->model->preprocess,
                                                     .workers = o->workers ? o->workers : e->infer.threads,
                                                     .strict = o->strict,
                                                     .on_skip = ln_skipped_add,
                                                     .on_damage = ln_skipped_add_damaged,
                                                     .user = &e->skipped}));
    struct ln_embedding *out = e->out;
    out->shown.feature_count = (int)ln_infer_features(&e->infer);
    e->logits = ln_calloc((size_t)batch, (size_t)e->model->classes * sizeof *e->logits);
    out->images = ln_calloc(e->total, sizeof *out->images);
    out->paths = ln_calloc(e->total, sizeof *out->paths);
    out->lengths = ln_calloc(e->total, sizeof *out->lengths);
    out->features = ln_calloc(e->total, (size_t)out->shown.feature_count * sizeof *out->features);
    return e->logits && out->images && out->paths && out->lengths && out->features ? LINNET_OK
                                                                                   : LINNET_ERR_LIMIT;
}

static double length_of(const float *row, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (double)row[i] * (double)row[i];
    return sqrt(sum);
}

static int keep_row(struct embedder *e, uint32_t index) {
    struct ln_embedding *out = e->out;
    char name[PATH_MAX];
    const int64_t at = out->shown.count;
    const int features = out->shown.feature_count;
    ln_dataset_sample_name(e->ds, index, name, sizeof name);
    out->lengths[at] = length_of(out->features + (size_t)at * (size_t)features, features);
    if (!isfinite(out->lengths[at]))
        return ln_fail(LINNET_ERR_INPUT, "embed-finite",
                       "%s: the features that the model computes for this image are not finite", name);
    out->paths[at] = ln_strdup(name);
    if (!out->paths[at]) return LINNET_ERR_LIMIT;
    out->images[at] = (struct linnet_embedded){.path = out->paths[at],
                                               .sample = index,
                                               .label = e->ds->labels[index],
                                               .part = (enum linnet_part)e->part[index]};
    out->shown.count++;
    return LINNET_OK;
}

static int report(const struct embedder *e, int step, int steps) {
    const struct linnet_embed_opts *o = e->opts;
    const double time = ln_clock_now() - e->start;
    const int64_t total = (int64_t)e->total,
                  done = (int64_t)step * e->batch; /* with those that were skipped */
    if (o->on_event)
        o->on_event(o->user, &(struct linnet_event){.kind = LINNET_EVENT_STEP,
                                                    .part = o->part,
                                                    .step = step,
                                                    .steps = steps,
                                                    .time_s = time,
                                                    .images_per_s = (double)e->out->shown.count / time,
                                                    .images_done = done < total ? done : total,
                                                    .images = total});
    if (o->stop && *o->stop) return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
    return LINNET_OK;
}

static int run(struct embedder *e) {
    const int steps = ln_loader_steps(e->loader);
    struct ln_batch batch;
    e->start = ln_clock_now();
    LN_TRY(ln_loader_start(e->loader, 0, 0));
    for (int step = 1;; step++) {
        LN_TRY(ln_loader_next(e->loader, &batch));
        if (batch.count == 0) return LINNET_OK;
        float *rows = e->out->features + (size_t)e->out->shown.count * (size_t)e->out->shown.feature_count;
        LN_TRY(ln_infer_run(&e->infer, batch.images, batch.count, e->logits, rows));
        for (int i = 0; i < batch.count; i++) LN_TRY(keep_row(e, batch.indices[i]));
        LN_TRY(report(e, step, steps));
    }
}

int ln_embed(struct ln_embedding *out, const struct ln_model *model, const struct ln_dataset *ds,
             const struct linnet_embed_opts *opts) {
    struct embedder e = {.out = out, .model = model, .ds = ds, .opts = opts};
    int status = choose(&e);
    if (status == LINNET_OK) status = prepare(&e);
    if (status == LINNET_OK) status = run(&e);
    if (status == LINNET_OK) status = ln_skipped_write(&e.skipped, opts->dir);
    out->shown.images = out->images;
    out->shown.features = out->features;
    out->shown.skipped = (int64_t)e.skipped.left_out.count;
    ln_skipped_fini(&e.skipped);
    ln_loader_destroy(e.loader);
    ln_infer_fini(&e.infer);
    ln_free(e.logits);
    ln_free(e.part);
    ln_free(e.index);
    return status;
}

void ln_embedding_fini(struct ln_embedding *e) {
    for (int64_t i = 0; i < e->shown.count; i++) ln_free(e->paths[i]);
    ln_free(e->paths);
    ln_free(e->images);
    ln_free(e->features);
    ln_free(e->lengths);
}

/* ---- similar images --------------------------------------------------------------------------------------- */

/* The cosine of the angle between two rows; 0 if one of them is zero. */
static double similarity(const struct ln_embedding *e, int64_t image, const float *features, double length) {
    const float *row = e->features + (size_t)image * (size_t)e->shown.feature_count;
    double sum = 0;
    for (int i = 0; i < e->shown.feature_count; i++) sum += (double)row[i] * (double)features[i];
    return e->lengths[image] > 0 && length > 0 ? fmin(1, sum / (e->lengths[image] * length)) : 0;
}

void ln_embedding_nearest(const struct ln_embedding *e, const float *features,
                          struct linnet_neighbour *nearest, int64_t count) {
    const double length = length_of(features, e->shown.feature_count);
    int64_t have = 0;
    for (int64_t image = 0; image < e->shown.count; image++) {
        const double value = similarity(e, image, features, length);
        int64_t at = have < count ? have++ : count;
        while (at > 0 && nearest[at - 1].similarity < value) {
            if (at < count) nearest[at] = nearest[at - 1];
            at--;
        }
        if (at < count) nearest[at] = (struct linnet_neighbour){image, value};
    }
}
