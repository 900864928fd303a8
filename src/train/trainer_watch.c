/* The end of an epoch's training: the validation part is evaluated, and the weights are kept if they are the best so far. An
 * average of the weights, if there is one, is evaluated and saved in their place.
 */
#include "base/clock.h"
#include "train/trainer.h"

#include <math.h>

static int on_score(void *user, int step, int steps, const struct ln_tally *tally) {
    const struct ln_trainer *t = user;
    ln_trainer_tell(t, (struct linnet_event){.kind = LINNET_EVENT_STEP,
                                             .part = LINNET_VAL,
                                             .step = step,
                                             .steps = steps,
                                             .loss = ln_tally_loss(tally),
                                             .acc = ln_tally_acc(tally)});
    return ln_trainer_stopped(t);
}

static void on_image(void *user, uint32_t index, const float *logits, int32_t label) {
    struct ln_trainer *t = user;
    ln_mistakes_add(&t->mistakes, index, logits, t->model->classes, 1, label);
}

/* Draws the mistakes for a person who watches the run: not in the first seconds, and for at most two per cent of the time. */
static void draw_mistakes(struct ln_trainer *t) {
    const double first_s = 3, share = 0.02, now = ln_clock_now();
    const bool soon =
        t->drawn_at > 0 ? (now - t->drawn_at) * share < t->drawing_s : now - t->started_at < first_s;
    if (!t->opts.dir || soon) return;
    ln_trainer_report(t, LN_REPORT_MISTAKES,
                      ln_mistakes_write(&t->mistakes, t->opts.dir, t->model, t->ds, t->progress.epoch));
    t->drawn_at = ln_clock_now();
    t->drawing_s = t->drawn_at - now;
}

/* The first epoch shows whether training does better than chance, and gives a run that is stopped soon its best weights. The last
 * epoch has the weights that a run without a validation part keeps. */
static bool is_watched(const struct ln_trainer *t, bool last) {
    const int epoch = t->progress.epoch;
    if (!t->val) return false;
    return epoch == 1 || epoch % t->opts.val_every == 0 || last;
}

static int watch_part(struct ln_trainer *t, struct ln_epoch *row) {
    struct ln_scores scores;
    t->mistakes.count = 0;
    int status =
        ln_score_infer(&scores, &t->infer, t->val, false, &(struct ln_score_watch){on_score, on_image, t});
    row->val_loss = ln_tally_loss(&scores.tally);
    row->val_acc = ln_tally_acc(&scores.tally);
    if (status == LINNET_OK) draw_mistakes(t);
    return status;
}

/* If the run keeps its last epoch, each epoch counts as the best so far. Otherwise the lower loss wins among equal accuracies, which
 * are common with a hundred validation images. */
static bool is_best(const struct ln_trainer *t, const struct ln_epoch *row, bool watched) {
    if (!t->val || ln_dataset_keeps_last(t->ds) || t->progress.best_epoch == 0) return true;
    if (!watched) return false;
    if (row->val_acc != t->progress.val_acc) return row->val_acc > t->progress.val_acc;
    return row->val_loss < t->progress.val_loss;
}

/* If the weights cannot be saved, the progress still names the best ones before them, which best.safetensors holds. */
static int keep_best(struct ln_trainer *t, const struct ln_epoch *row) {
    LN_TRY(ln_model_from_plan(t->model, t->plan));
    LN_TRY(ln_best_stage(t));
    t->progress.best_epoch = t->progress.epoch;
    t->progress.val_acc = row->val_acc;
    t->progress.val_loss = row->val_loss;
    return LINNET_OK;
}

static int average_swap(const struct ln_trainer *t) {
    if (!t->average.values) return LINNET_OK;
    ln_plan_changed(t->plan);
    if (t->stepper.shared) return ln_shared_state_swap(t->stepper.shared, &t->average);
    ln_average_swap(&t->average, 0, t->average.count);
    return LINNET_OK;
}

int ln_trainer_watch(struct ln_trainer *t, struct ln_epoch *row, bool last, bool *best) {
    const double begin = ln_clock_now();
    const bool watched = is_watched(t, last);
    row->val_loss = row->val_acc = NAN;
    LN_TRY(average_swap(t));
    int status = watched ? watch_part(t, row) : LINNET_OK;
    row->time_s = ln_clock_now() - t->start;
    if (watched)
        ln_pace_watched(&t->pace, ln_clock_now() - begin);
    else
        ln_pace_pause(&t->pace);
    *best = status == LINNET_OK && is_best(t, row, watched);
    if (*best) status = keep_best(t, row);
    const struct ln_error error = *ln_error_get();
    const int swapped = average_swap(t);
    if (status != LINNET_OK) ln_error_set(&error);
    return status == LINNET_OK ? swapped : status;
}
