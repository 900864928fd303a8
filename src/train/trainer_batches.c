/* The batches of an epoch: from the loader; or, behind a frozen backbone, the features of images whose view
 * was seen before.
 *
 * Views: in a stage that begins with epoch s, epoch e sees the images of epoch v = s + (e - s) mod views, in
 * an order of its own. The features of a view are those that its first epoch v computes, in the batches of
 * that epoch. After a resumed run has lost them they are computed in the same batches, so that they have the
 * same bits.
 */
#include "base/option.h"
#include "train/trainer.h"

/* ((x mod n) + n) mod n is never negative: with a time limit a stage may begin before its planned epoch. */
static int view_now(const struct ln_trainer *t) {
    const int views = t->features.views, after = t->progress.epoch - t->stages[t->stage].first_epoch;
    return ((after % views) + views) % views;
}

/* False once a sample could not be read: another one replaces it, at a place that depends on the epoch. */
static bool keeps(const struct ln_trainer *t) {
    return t->features.views > 0 && t->progress.skipped.left_out.count == 0;
}

void ln_trainer_keep_features(struct ln_trainer *t, const struct ln_plan *plan,
                              const struct ln_batch *batch) {
    size_t width;
    if (!keeps(t) || t->from_features) return;
    ln_feature_cache_keep(&t->features, view_now(t), ln_plan_features(plan, &width), batch->indices,
                          batch->labels, batch->count);
}

/* Computes the features of the current view as in its first epoch. */
static int compute_view(struct ln_trainer *t, int first) {
    struct ln_batch batch;
    LN_TRY(ln_loader_start(t->train, first, 0));
    for (;;) {
        LN_TRY(ln_loader_next(t->train, &batch));
        if (batch.count == 0 || !keeps(t)) return LINNET_OK;
        struct ln_plan *plan = ln_trainer_plan(t, batch.count);
        LN_TRY(ln_plan_forward(plan, batch.images, batch.labels, 0));
        ln_trainer_keep_features(t, plan, &batch);
        if (ln_trainer_stopped(t))
            return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted at step %u",
                           t->progress.steps);
    }
}

int ln_trainer_begin_epoch(struct ln_trainer *t) {
    const struct ln_progress *p = &t->progress;
    t->from_features = false;
    if (keeps(t)) {
        const int view = view_now(t), first = t->stages[t->stage].first_epoch + view;
        if (!ln_feature_cache_has(&t->features, view) && p->epoch > first) LN_TRY(compute_view(t, first));
        t->from_features = keeps(t) && ln_feature_cache_has(&t->features, view);
    }
    if (t->from_features) return ln_loader_order(t->train, p->epoch, &t->order);
    return ln_loader_start(t->train, p->epoch, p->step);
}

int ln_trainer_next_batch(struct ln_trainer *t, struct ln_batch *batch) {
    if (!t->from_features) return ln_loader_next(t->train, batch);
    const size_t size = (size_t)ln_plan_batch(t->stages[t->stage].plan), at = (size_t)t->progress.step * size;
    const size_t left = t->features.count > at ? t->features.count - at : 0;
    const int count = (int)(left < size ? left : size);
    ln_feature_cache_gather(&t->features, view_now(t), t->order + at, count);
    *batch = (struct ln_batch){.images = t->features.batch,
                               .labels = t->features.batch_labels,
                               .indices = t->features.batch_indices,
                               .count = count};
    return LINNET_OK;
}
