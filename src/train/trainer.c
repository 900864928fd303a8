/* Training: epochs of steps; after each the validation part is evaluated and the best weights are kept.
 *
 *     prepare   trainer_prepare.c
 *     epoch     steps over the train part; the watched part; results.csv, last and best .safetensors
 *     finish    trainer_finish.c
 *
 * Wherever a run stops, it continues from last.safetensors to the same bits. That file is written before the
 * first step, after each epoch, within an epoch every checkpoint_s seconds, and when the run is interrupted.
 *
 * The order at the end of an epoch (one_epoch) decides what a crash can lose:
 *
 *     1. best.next.safetensors    if the epoch is the best so far; its sum is noted in the progress
 *     2. the TensorBoard record   before the checkpoint: TensorBoard can discard a record, not add one
 *     3. last.safetensors         from here on a resumed run begins with the next epoch
 *     4. best.safetensors         renamed from 1; a resumed run does it if the crash was between 3 and 4
 *     5. results.csv              made from the progress, so a resumed run can write it as well
 */
#include "train/trainer.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "data/manifest.h"
#include "train/chance.h"

#include <assert.h>
#include <math.h>
#include <unistd.h>

/* A single bad batch should not end a run; with three in a row the weights are no longer sound. */
enum { BAD_STEPS_MAX = 3 };

/* ---- epoch --------------------------------------------------------------------------------------------- */

/* The message names the step of last.safetensors, from which the run can continue. */
static int diverged(const struct ln_trainer *t, const struct ln_step_result *r, double lr) {
    return ln_fail(LINNET_ERR_DIVERGED, "train-nonfinite",
                   "step %u: loss is %g (lr %g, grad norm %g); update not applied, %d in a row, stopping; "
                   "last good: step %u%s; a smaller --lr may help",
                   t->progress.steps, r->loss, lr, r->grad_norm, t->progress.bad_steps,
                   t->saved.any ? t->saved.steps : t->progress.last_good,
                   t->saved.any ? ", in last.safetensors" : "");
}

/* A step whose loss or gradient is not finite was not applied; three in a row end the run. */
static int judge(struct ln_trainer *t, const struct ln_step_result *r, double lr) {
    if (r->applied) {
        t->progress.bad_steps = 0;
        t->progress.last_good = t->progress.steps;
        return LINNET_OK;
    }
    t->progress.bad_steps++;
    ln_log(LINNET_LOG_WARNING, "step %u: loss is %g (lr %g, grad norm %g); update not applied, %d in a row",
           t->progress.steps, r->loss, lr, r->grad_norm, t->progress.bad_steps);
    if (t->progress.bad_steps < BAD_STEPS_MAX) return LINNET_OK;
    return ln_together_agree(t, diverged(t, r, lr));
}

/* Draws the run's first batch only: the picture shows what the options do to the images, which does not change
 * later. */
static void draw_first_batch(struct ln_trainer *t, const struct ln_batch *batch) {
    const struct ln_seen_batch seen = {.images = batch->images,
                                       .count = batch->count,
                                       .preprocess = &t->stages[t->stage].preprocess,
                                       .labels = batch->labels,
                                       .other = t->mixer.other,
                                       .share = t->mixer.share};
    if (t->progress.steps > 0 || !t->opts.dir) return;
    ln_trainer_report(t, LN_REPORT_BATCH, ln_run_train_batch(t->opts.dir, t->model, &seen));
}

/* Mixed with much of another image, an image says little about its own label. */
static void note_doubt(struct ln_trainer *t, const struct ln_batch *batch, const float *logits) {
    static const float least_share = 0.9f;
    if (t->mixer.other && t->mixer.share < least_share) return;
    ln_doubt_note(&t->doubt, batch, logits, t->model->classes, t->pace.position);
}

static int one_step(struct ln_trainer *t, const struct ln_batch *batch, struct ln_epoch *row) {
    struct ln_progress *p = &t->progress;
    struct ln_plan *plan = ln_trainer_plan(t, batch->count);
    struct ln_step_result r;
    const int32_t *other = t->mixer.other;
    if (!t->from_features) ln_mixer_run(&t->mixer, batch, p->steps);
    ln_plan_mix(plan, other, t->mixer.share);
    LN_TRY(ln_together_share(t, batch));
    draw_first_batch(t, batch);
    /* With a time limit the schedule follows the share of the time, so that the rate reaches its end when the
     * time is up. */
    const uint64_t at = t->opts.time_s > 0 ? ln_pace_step_number(&t->pace) : p->steps;
    row->lr = t->lr_factor * ln_trainer_rate(t, at);
    t->stepper.from_features = t->from_features;
    ln_doubt_choose(&t->doubt, p->epoch, t->pace.position);
    const int32_t *labels = ln_doubt_labels(&t->doubt, batch);
    LN_TRY(ln_stepper_run(&t->stepper, plan, batch->images, labels, row->lr, p->steps, &r));
    ln_trainer_keep_features(t, plan, batch);
    if (r.applied) ln_average_update(&t->average, *ln_optim_steps(t->stepper.optim));
    p->steps++;
    p->step++;
    /* The tally is of the logits before the update: exact, and without a second pass over the train part. */
    const float *logits = ln_plan_logits(plan);
    struct ln_tally *tally = ln_together_tally(t);
    for (int i = 0; i < batch->count; i++)
        ln_tally_add_mixed(tally, logits + (size_t)i * (size_t)t->model->classes, t->model->classes,
                           batch->labels[i], other ? other[i] : -1, t->mixer.share);
    note_doubt(t, batch, logits);
    LN_TRY(ln_together_done(t));
    ln_pace_step(&t->pace, t->together.now);
    return judge(t, &r, row->lr);
}

/* Saves within an epoch, so that a crash loses no more than checkpoint_s seconds of work, but not while the run may be diverging. */
static int save_in_time(struct ln_trainer *t) {
    if (t->progress.bad_steps > 0) return LINNET_OK;
    if (t->opts.checkpoint_s <= 0 || ln_clock_now() - t->saved_at < t->opts.checkpoint_s) return LINNET_OK;
    return ln_trainer_save_last(t);
}

static void tell_step(const struct ln_trainer *t, const struct ln_epoch *row) {
    ln_trainer_tell(t, (struct linnet_event){.kind = LINNET_EVENT_STEP,
                                             .part = LINNET_TRAIN,
                                             .step = t->progress.step,
                                             .steps = ln_loader_steps(t->train),
                                             .images_per_s = row->images_per_s,
                                             .lr = row->lr,
                                             .loss = row->train_loss,
                                             .acc = row->train_acc});
}

/* True if the time is up; the schedule is then at its end. */
static bool ended(const struct ln_trainer *t) {
    return t->opts.time_s > 0 && ln_pace_done(&t->pace);
}

bool ln_trainer_complete(const struct ln_trainer *t) {
    return t->progress.epoch > t->epochs_most || ended(t);
}

static int train_part(struct ln_trainer *t, struct ln_epoch *row) {
    struct ln_progress *p = &t->progress;
    const int64_t before = p->tally.count; /* not 0 in a resumed epoch */
    const double begin = ln_clock_now();
    int status = ln_trainer_begin_epoch(t);
    while (!ended(t)) {
        struct ln_batch batch = {0};
        if (status == LINNET_OK) status = ln_trainer_next_batch(t, &batch);
        LN_TRY(ln_together_ready(t, status));
        if (batch.count == 0 && batch.total == 0) break;
        LN_TRY(one_step(t, &batch, row));
        row->train_loss = ln_tally_loss(&p->tally);
        row->train_acc = ln_tally_acc(&p->tally);
        row->images_per_s = (double)(p->tally.count - before) / (ln_clock_now() - begin);
        tell_step(t, row);
        if (ln_together_stopped(t))
            return ln_together_agree(
                t, ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted at step %u", p->steps));
        status = save_in_time(t);
    }
    LN_TRY(ln_together_agree(t, status));
    t->train_time += ln_clock_now() - begin;
    t->trained += p->tally.count - before;
    return LINNET_OK;
}

static void next_epoch(struct ln_progress *p) {
    p->tally = (struct ln_tally){0};
    p->step = 0;
    p->epoch++;
}

/* Computes the schedule's factor from the losses of all epochs so far, including those before a resume. It is
 * recomputed rather than stored, so there is no state that could disagree with the history. */
static double lr_factor(const struct ln_trainer *t) {
    struct ln_schedule_watch w = {.factor = 1, .best = INFINITY};
    if (!t->schedule.kind->watch) return 1;
    for (int i = 0; i + 1 < t->progress.epoch; i++) {
        const struct ln_epoch *row = &t->progress.history[i];
        if (t->val && isnan(row->val_loss)) continue; /* not evaluated (--val-every): nothing to compare */
        t->schedule.kind->watch(&w, isnan(row->val_loss) ? row->train_loss : row->val_loss,
                                t->opts.step_epochs);
    }
    return w.factor;
}

static bool was_watched(const struct ln_progress *p) {
    return p->epoch > 1 && !isnan(p->history[p->epoch - 2].val_loss);
}

/* p->epoch is the next one, so p->epoch - 1 is the last that is complete. Only an epoch that was evaluated
 * can end the run: with --val-every 4 --patience 3, epochs 2 to 4 were not, and may have been better. */
static bool out_of_patience(const struct ln_trainer *t) {
    const struct ln_progress *p = &t->progress;
    if (!t->opts.patience || p->best_epoch == 0 || !was_watched(p)) return false;
    return p->epoch - 1 - p->best_epoch >= t->opts.patience;
}

/* What must fit into the time after the last epoch: the test part and the pictures of the report. The time of
 * the test part is estimated from that of the validation part, by the number of images. */
static void plan_end(struct ln_trainer *t) {
    enum { PICTURES_S = 2 };
    const double val = (double)t->ds->parts[LINNET_VAL].count;
    const double test_s =
        val > 0 ? ln_pace_watch_s(&t->pace) * (double)t->ds->parts[LINNET_TEST].count / val : 0;
    if (t->opts.time_s > 0) t->pace.opts.end = t->start + t->opts.time_s - test_s - PICTURES_S;
}

/* After a failure the log ends, because half a record may have been written. */
static void log_epoch(struct ln_trainer *t, const struct ln_epoch *row) {
    const int status = ln_events_epoch(&t->events, t->progress.epoch, row);
    ln_trainer_report(t, LN_REPORT_EVENTS, status);
    if (status != LINNET_OK) ln_events_fini(&t->events);
}

static void report_epochs(struct ln_trainer *t) {
    const int epochs = t->result->epochs;
    if (!t->opts.dir || epochs == 0) return;
    ln_trainer_report(t, LN_REPORT_RESULTS, ln_run_results(t->opts.dir, t->progress.history, epochs));
}

static int one_epoch(struct ln_trainer *t) {
    struct ln_progress *p = &t->progress;
    struct ln_epoch *row = &p->history[p->epoch - 1];
    plan_end(t);
    LN_TRY(ln_trainer_enter_stage(t));
    t->lr_factor = lr_factor(t);
    LN_TRY(train_part(t, row));
    bool best;
    LN_TRY(ln_together_agree(t, ln_trainer_watch(t, row, p->epoch >= t->epochs_most || ended(t), &best)));
    LN_TRY(ln_skipped_share(&p->skipped));
    ln_chance_warn(t->ds, t->model->net, row, &(struct ln_chance_run){p->epoch, t->epochs, t->opts.lr});
    ln_trainer_report(t, LN_REPORT_SKIPPED, ln_skipped_write(&p->skipped, t->opts.dir));
    log_epoch(t, row); /* before the checkpoint: see events.h */
    next_epoch(p);
    ln_trainer_leave_stage(t);
    int status = ln_trainer_save_last(t);
    if (status == LINNET_OK && best) status = ln_best_publish(t);
    LN_TRY(ln_together_agree(t, status));
    t->result->epochs = p->epoch - 1;
    report_epochs(t);
    ln_trainer_tell(t, (struct linnet_event){.kind = LINNET_EVENT_EPOCH,
                                             .part = LINNET_TRAIN,
                                             .epoch = t->result->epochs,
                                             .images_per_s = row->images_per_s,
                                             .lr = row->lr,
                                             .loss = row->train_loss,
                                             .acc = row->train_acc,
                                             .val_loss = row->val_loss,
                                             .val_acc = row->val_acc,
                                             .best = best});
    return LINNET_OK;
}

/* ---- the run ------------------------------------------------------------------------------------------- */

/* A run whose epochs are all complete writes no event file. */
static int begin_events(struct ln_trainer *t) {
    if (!t->opts.tensorboard || !t->opts.dir || ln_trainer_complete(t)) return LINNET_OK;
    return ln_events_init(&t->events, t->opts.dir, t->opts.resume ? t->progress.epoch : 0);
}

static int begin(struct ln_trainer *t) {
    struct ln_progress *p = &t->progress;
    LN_TRY(ln_together_agree(t, ln_trainer_prepare(t)));
    LN_TRY(ln_together_begin(t));
    LN_TRY(begin_events(t));
    t->result->epochs = p->epoch - 1;
    /* The clock of a resumed run continues where its last complete epoch ended, so that times in results.csv
     * grow. */
    t->started_at = ln_clock_now();
    t->live->best_epoch = p->best_epoch;
    if (t->opts.resume) t->live->resumed_epoch = p->epoch;
    double now;
    LN_TRY(ln_together_clock(t, &now));
    t->start = now - (p->epoch > 1 ? p->history[p->epoch - 2].time_s : 0);
    ln_trainer_tell(t, (struct linnet_event){.kind = LINNET_EVENT_START,
                                             .part = LINNET_TRAIN,
                                             .epoch = p->epoch,
                                             .step = p->step,
                                             .steps = ln_loader_steps(t->train),
                                             .memory = &t->memory});
    t->saved_at = ln_clock_now();
    if (t->opts.resume) report_epochs(t); /* a run may be killed between its checkpoint and results.csv */
    return t->opts.resume || t->epochs == 0 ? LINNET_OK : ln_trainer_save_last(t);
}

static int run(struct ln_trainer *t) {
    struct ln_progress *p = &t->progress;
    LN_TRY(begin(t));
    t->begun = true;
    int status = LINNET_OK;
    while (status == LINNET_OK && !ln_trainer_complete(t) && !out_of_patience(t)) status = one_epoch(t);
    ln_trainer_fill_result(t);
    if (status != LINNET_OK) ln_together_leave(t, status);
    if (status != LINNET_OK) ln_trainer_rescue(t);
    if (status == LINNET_OK) status = ln_trainer_finish(t);
    /* skipped.csv is written also after a failure, whose record must survive that. */
    const struct ln_error error = *ln_error_get();
    ln_error_clear();
    ln_trainer_report(t, LN_REPORT_SKIPPED, ln_skipped_write(&p->skipped, t->opts.dir));
    ln_error_set(&error);
    t->result->skipped = (int64_t)p->skipped.left_out.count;
    t->result->damaged = (int64_t)p->skipped.damaged.count;
    return status;
}

/* locked: a program that watches the folder can rely on its lock. */
static int watched_run(struct ln_trainer *t, bool locked) {
    struct ln_live live;
    ln_live_init(&live, t->opts.dir, locked);
    if (t->ds->parts[LINNET_VAL].count) live.watched = t->ds->val_is_test ? "test" : "val";
    t->live = &live;
    int status = run(t);
    ln_live_end(&live, status);
    return status;
}

/* Continues or begins the run in its folder. A new run that fails before it has begun leaves no file there. */
static int run_in_folder(struct ln_trainer *t, const struct linnet_data_opts *data_opts, bool locked) {
    if (t->opts.resume) return watched_run(t, locked);
    LN_TRY(ln_run_check_free(t->opts.dir));
    int status = ln_run_begin(t->opts.dir, t->model, t->ds, data_opts, &t->opts);
    if (status == LINNET_OK) status = watched_run(t, locked);
    if (status != LINNET_OK && !t->begun) {
        ln_events_remove(&t->events);
        ln_run_abandon(t->opts.dir);
    }
    return status;
}

/* The lock comes before anything is written: two runs in one folder would overwrite each other's files. */
static int run_locked(struct ln_trainer *t, const struct linnet_data_opts *data_opts) {
    int lock = -1;
    if (t->opts.resume && !t->opts.dir && ln_comm_rank(t->ranks) == 0)
        return ln_fail(LINNET_ERR_USAGE, "train-resume", "resuming needs the run's folder (.dir)");
    if (!t->opts.dir) return watched_run(t, false);
    const bool made = !ln_file_is_folder(t->opts.dir);
    LN_TRY(ln_run_lock(t->opts.dir, &lock));
    int status = run_in_folder(t, data_opts, lock >= 0);
    if (status != LINNET_OK && made) (void)rmdir(t->opts.dir); /* succeeds only if the folder is empty */
    ln_run_unlock(lock);
    return status;
}

static int init(struct ln_trainer *t, struct ln_model *model, const struct ln_dataset *ds,
                const struct linnet_train_opts *opts) {
    *t = (struct ln_trainer){
        .model = model,
        .ds = ds,
        .opts = *opts,
        .ranks = opts->ranks,
        .share = ln_share_of(opts->ranks, 0),
        .progress = {
            .epoch = 1,
            .best_sum = -1,
            .skipped = {.ds = ds, .on_event = opts->on_event, .user = opts->user, .ranks = opts->ranks}}};
    LN_TRY(ln_train_resolve(&t->opts, model));
    t->epochs = t->opts.epochs == LINNET_NONE ? 0 : t->opts.epochs;
    /* With a time limit more epochs than planned may fit. The history and the schedule need a bound before
     * the first step is timed: twice as many, and ten for runs of a few epochs. */
    t->epochs_most = t->opts.time_s > 0 ? 2 * t->epochs + 10 : t->epochs;
    return LINNET_OK;
}

int ln_train_memory(struct ln_model *model, const struct ln_dataset *ds, const struct linnet_train_opts *opts,
                    struct linnet_train_memory *memory) {
    struct ln_trainer t;
    LN_TRY(init(&t, model, ds, opts));
    int status = ln_trainer_compile(&t);
    if (status == LINNET_OK) status = ln_trainer_check_memory(&t);
    *memory = t.memory;
    ln_trainer_fini(&t);
    return status;
}

static int train(struct ln_model *model, const struct ln_dataset *ds,
                 const struct linnet_data_opts *data_opts, const struct linnet_train_opts *opts,
                 const struct ln_train_doubts *doubts, struct linnet_result *result) {
    struct ln_trainer t;
    *result = ln_trainer_no_result();
    LN_TRY(init(&t, model, ds, opts));
    ln_quant_destroy(model->quant); /* of the weights before training */
    model->quant = NULL;
    t.result = result;
    t.doubts = doubts;
    t.progress_of = (struct ln_progress_of){t.opts.opt, t.opts.seed, t.opts.batch, t.epochs_most,
                                            t.opts.dir || t.ranks ? ln_dataset_manifest(ds) : 0};
    t.start = ln_clock_now();
    int status = run_locked(&t, data_opts);
    for (size_t i = 0; doubts && status == LINNET_OK && i < ds->count; i++)
        doubts->opinions[i] = ln_doubt_opinion(&t.doubt, (uint32_t)i);
    ln_trainer_fini(&t);
    return status;
}

int ln_train(struct ln_model *model, const struct ln_dataset *ds, const struct linnet_data_opts *data_opts,
             const struct linnet_train_opts *opts, struct linnet_result *result) {
    return train(model, ds, data_opts, opts, NULL, result);
}

int ln_train_doubting(struct ln_model *model, const struct ln_dataset *ds,
                      const struct linnet_train_opts *opts, const struct ln_train_doubts *doubts,
                      struct linnet_result *result) {
    static const struct linnet_data_opts no_data_opts;
    assert(!opts->dir && !opts->ranks);
    return train(model, ds, &no_data_opts, opts, doubts, result);
}
