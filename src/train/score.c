/* Scoring a part of a data set. Memory for all rows is reserved before the first batch, so that none is
 * allocated while it runs. The order of the rows is that of the part, which does not depend on the loader's
 * threads, so the files that are made from it are equal in two equal runs. */
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

static void keep_rows(struct ln_scores *s, const struct ln_batch *batch, const float *logits) {
    const size_t rows = (size_t)batch->count, classes = (size_t)s->classes;
    memcpy(s->logits + s->count * classes, logits, rows * classes * sizeof *logits);
    memcpy(s->labels + s->count, batch->labels, rows * sizeof *s->labels);
    memcpy(s->indices + s->count, batch->indices, rows * sizeof *s->indices);
    s->count += rows;
}

/* logits: buffer for one batch, [batch][classes]. */
static int score(struct ln_scores *s, struct ln_infer *infer, struct ln_loader *loader, bool keep,
                 const struct ln_score_watch *watch, float *logits) {
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
        if (keep) keep_rows(s, &batch, logits);
        if (watch && watch->on_step(watch->user, step, steps, &s->tally))
            return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
    }
}

int ln_score_infer(struct ln_scores *s, struct ln_infer *infer, struct ln_loader *loader, bool keep,
                   const struct ln_score_watch *watch) {
    *s = (struct ln_scores){.classes = ln_net_classes(infer->net)};
    float *logits = ln_calloc((size_t)infer->opts.batch, (size_t)s->classes * sizeof *logits);
    int status = logits ? score(s, infer, loader, keep, watch, logits) : LINNET_ERR_LIMIT;
    ln_free(logits);
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
