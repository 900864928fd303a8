/* Scoring a part of a data set. Memory for all rows is reserved before the first batch, so that none is
 * allocated while it runs. The rows have the order of the part, which does not depend on the loader's
 * threads, so that two equal runs write equal files. */
#include "train/score.h"
#include "base/alloc.h"

#include <string.h>

static int reserve(struct ln_scores *s, size_t rows) {
    float *logits = ln_realloc_array(s->logits, rows * (size_t)s->classes, sizeof *logits);
    if (logits) s->logits = logits;
    int32_t *labels = ln_realloc_array(s->labels, rows, sizeof *labels);
    if (labels) s->labels = labels;
    uint32_t *indices = ln_realloc_array(s->indices, rows, sizeof *indices);
    if (indices) s->indices = indices;
    return logits && labels && indices ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* Appends the rows of a batch to the scores and, with several ranks, their places to `places`; else that is NULL. */
static void keep_rows(struct ln_scores *s, const struct ln_batch *batch, const float *logits,
                      uint32_t *places) {
    const size_t rows = (size_t)batch->count, classes = (size_t)s->classes;
    memcpy(s->logits + s->count * classes, logits, rows * classes * sizeof *logits);
    memcpy(s->labels + s->count, batch->labels, rows * sizeof *s->labels);
    memcpy(s->indices + s->count, batch->indices, rows * sizeof *s->indices);
    if (places) memcpy(places + s->count, batch->places, rows * sizeof *places);
    s->count += rows;
}

/* logits: buffer for one batch, [batch][classes]. */
static int score(struct ln_scores *s, struct ln_infer *infer, struct ln_loader *loader, bool keep,
                 const struct ln_score_watch *watch, float *logits, uint32_t *places) {
    const int steps = ln_loader_steps(loader);
    struct ln_batch batch;
    if (keep) LN_TRY(reserve(s, (size_t)steps * (size_t)infer->opts.batch));
    LN_TRY(ln_loader_start(loader, 0, 0));
    for (int step = 1;; step++) {
        LN_TRY(ln_loader_next(loader, &batch));
        if (batch.count == 0) return LINNET_OK;
        LN_TRY(ln_infer_run(infer, batch.images, batch.count, logits, NULL));
        for (int i = 0; i < batch.count; i++)
            ln_tally_add(&s->tally, logits + (size_t)i * (size_t)s->classes, s->classes, batch.labels[i]);
        if (keep) keep_rows(s, &batch, logits, places);
        if (watch && watch->on_image && !infer->ranks)
            for (int i = 0; i < batch.count; i++)
                watch->on_image(watch->user, batch.indices[i], logits + (size_t)i * (size_t)s->classes,
                                batch.labels[i]);
        if (watch && watch->on_step(watch->user, step, steps, &s->tally))
            return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
    }
}

static int score_alone(struct ln_scores *s, struct ln_infer *infer, struct ln_loader *loader, bool keep,
                       const struct ln_score_watch *watch, uint32_t *places) {
    *s = (struct ln_scores){.classes = ln_net_classes(infer->net)};
    float *logits = ln_calloc((size_t)infer->opts.batch, (size_t)s->classes * sizeof *logits);
    int status = logits ? score(s, infer, loader, keep, watch, logits, places) : LINNET_ERR_LIMIT;
    ln_free(logits);
    return status;
}

/* ---- several ranks --------------------------------------------------------------------------------------- */

/* Copies the rows of this rank to their places among those of all ranks; other places stay zero. who: label + 1 and index. */
static void spread(const struct ln_scores *s, const uint32_t *places, float *logits, double *who) {
    const size_t classes = (size_t)s->classes;
    for (size_t i = 0; i < s->count; i++) {
        memcpy(logits + places[i] * classes, s->logits + i * classes, classes * sizeof *logits);
        who[2 * (size_t)places[i]] = s->labels[i] + 1.0;
        who[2 * (size_t)places[i] + 1] = s->indices[i];
    }
}

/* Takes the rows of all ranks in order; a place without a row is an image that could not be read. */
static void collect(struct ln_scores *s, size_t rows, const float *logits, const double *who,
                    const struct ln_score_watch *watch) {
    const size_t classes = (size_t)s->classes;
    s->count = 0;
    s->tally = (struct ln_tally){0};
    for (size_t i = 0; i < rows; i++) {
        if (who[2 * i] == 0) continue;
        const float *row = logits + i * classes;
        const int32_t label = (int32_t)who[2 * i] - 1;
        const uint32_t index = (uint32_t)who[2 * i + 1];
        ln_tally_add(&s->tally, row, s->classes, label);
        memcpy(s->logits + s->count * classes, row, classes * sizeof *row);
        s->labels[s->count] = label;
        s->indices[s->count++] = index;
        if (watch && watch->on_image) watch->on_image(watch->user, index, row, label);
    }
}

/* Gathers rows by sums: each row is zero on all ranks but one. */
static int gather(struct ln_scores *s, linnet_ranks *ranks, const uint32_t *places, size_t rows,
                  const struct ln_score_watch *watch) {
    const size_t classes = (size_t)s->classes;
    float *logits = ln_calloc(rows * classes + 1, sizeof *logits);
    double *who = ln_calloc(2 * rows + 1, sizeof *who);
    int status = logits && who ? reserve(s, rows + 1) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) spread(s, places, logits, who);
    status = ln_comm_agree(ranks, status);
    if (status == LINNET_OK) status = ln_comm_sum_f32(ranks, logits, rows * classes);
    if (status == LINNET_OK) status = ln_comm_sum_f64(ranks, who, 2 * rows);
    if (status == LINNET_OK) collect(s, rows, logits, who, watch);
    ln_free(logits);
    ln_free(who);
    return status;
}

int ln_score_infer(struct ln_scores *s, struct ln_infer *infer, struct ln_loader *loader, bool keep,
                   const struct ln_score_watch *watch) {
    if (!infer->ranks) return score_alone(s, infer, loader, keep, watch, NULL);
    const size_t rows = ln_loader_images(loader);
    uint32_t *places = ln_calloc(rows + 1, sizeof *places);
    int status = places ? score_alone(s, infer, loader, true, watch, places) : LINNET_ERR_LIMIT;
    status = ln_comm_agree(infer->ranks, status);
    if (status == LINNET_OK) status = gather(s, infer->ranks, places, rows, watch);
    ln_free(places);
    return status;
}

int ln_score(struct ln_scores *s, struct ln_plan *plan, struct ln_loader *loader, bool keep,
             const struct ln_score_watch *watch) {
    struct ln_infer infer = ln_infer_in(plan);
    return ln_score_infer(s, &infer, loader, keep, watch);
}

void ln_scores_fini(struct ln_scores *s) {
    ln_free(s->logits);
    ln_free(s->labels);
    ln_free(s->indices);
}
