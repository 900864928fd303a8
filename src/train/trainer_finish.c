/* The end of a training run: the kept weights are restored, their temperature is fitted, the test part is
 * evaluated and its files are written. Everything that is fitted uses the validation part only; the test part
 * is scored once, last. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "train/calibration.h"
#include "train/energy.h"
#include "train/evaluate.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>

struct linnet_result ln_trainer_no_result(void) {
    return (struct linnet_result){.train_loss = NAN,
                                  .train_acc = NAN,
                                  .val_loss = NAN,
                                  .val_acc = NAN,
                                  .val_acc_low = NAN,
                                  .val_acc_high = NAN,
                                  .temperature = 1,
                                  .test_loss = NAN,
                                  .test_acc = NAN,
                                  .test_acc_low = NAN,
                                  .test_acc_high = NAN,
                                  .test_balanced_acc = NAN,
                                  .test_majority = NAN,
                                  .test_auc = NAN,
                                  .test_auc_low = NAN,
                                  .test_auc_high = NAN,
                                  .test_ece = NAN,
                                  .test_ece_raw = NAN};
}

void ln_trainer_fill_result(struct ln_trainer *t) {
    struct linnet_result *r = t->result;
    r->time_s = ln_clock_now() - t->start;
    r->images_per_s = t->train_time > 0 ? (double)t->trained / t->train_time : 0;
    r->best_epoch = t->progress.best_epoch;
    if (r->epochs > 0) {
        r->train_loss = t->progress.history[r->epochs - 1].train_loss;
        r->train_acc = t->progress.history[r->epochs - 1].train_acc;
    }
    if (r->epochs > 0 && t->progress.best_epoch > 0) {
        r->val_loss = t->progress.history[t->progress.best_epoch - 1].val_loss;
        r->val_acc = t->progress.history[t->progress.best_epoch - 1].val_acc;
    }
}

/* With mirror images the mean is that of probabilities at the fitted temperature, so the images are scored once more. */
static int score_calibrated(struct ln_trainer *t, struct ln_scores *scores) {
    if (!t->model->tta || t->model->temperature == 1) return LINNET_OK;
    LN_TRY(ln_infer_flip(&t->infer, t->model->temperature));
    ln_scores_fini(scores);
    return ln_score_infer(scores, &t->infer, t->val, true, NULL);
}

static void take_mistakes(struct ln_trainer *t, const struct ln_scores *s) {
    t->mistakes.count = 0;
    for (size_t i = 0; i < s->count; i++)
        ln_mistakes_add(&t->mistakes, s->indices[i], s->logits + i * (size_t)s->classes, s->classes,
                        t->model->temperature, s->labels[i]);
}

/* Fits the temperature that calibrates the probabilities of the kept weights, and the energy above which an
 * image is unlike those of the validation part. */
static int fit_to_validation(struct ln_trainer *t, struct ln_scores *scores) {
    t->result->val_count = scores->tally.count;
    ln_wilson(scores->tally.correct, scores->tally.count, &t->result->val_acc_low, &t->result->val_acc_high);
    const double expected = ln_inverse_temperature_expected(t->opts.label_smoothing);
    t->result->temperature = t->model->temperature = ln_temperature_fit(scores, expected);
    LN_TRY(score_calibrated(t, scores));
    take_mistakes(t, scores);
    return ln_unknown_energy_fit(scores, t->model->temperature, &t->model->unknown_energy);
}

/* Scores the validation part with the kept weights, for the interval of its accuracy and the fitted values, and writes
 * best.safetensors again with these. Nothing may be fitted on the test part, even if it was watched. */
static int judge_validation(struct ln_trainer *t) {
    struct ln_scores scores;
    if (!t->val || t->ds->val_is_test || t->progress.best_epoch == 0) return LINNET_OK;
    int status = ln_score_infer(&scores, &t->infer, t->val, true, NULL);
    if (status == LINNET_OK) status = fit_to_validation(t, &scores);
    ln_scores_fini(&scores);
    const bool fitted = t->model->temperature != 1 || isfinite(t->model->unknown_energy);
    if (status == LINNET_OK && fitted) status = ln_trainer_save_best(t);
    return status;
}

static int draw_results(const struct ln_trainer *t) {
    if (!t->opts.dir || t->result->epochs == 0) return LINNET_OK;
    const char *val_name = t->ds->val_is_test ? "test" : "validation";
    struct ln_text title = {0};
    ln_text_addf(&title, "%s on %s", t->model->arch, ln_file_name(t->ds->path));
    char *text;
    LN_TRY(ln_text_take(&title, &text));
    int status = ln_run_curves(t->opts.dir, text, t->progress.history, t->result->epochs,
                               ln_dataset_keeps_last(t->ds) ? 0 : t->progress.best_epoch, val_name);
    ln_free(text);
    return status;
}

/* metrics, scores: of the test part; NULL if it is empty. */
static void report(struct ln_trainer *t, const struct linnet_metrics *metrics,
                   const struct ln_scores *scores) {
    if (!t->opts.dir || t->epochs == 0) return;
    t->result->skipped = (int64_t)t->progress.skipped.left_out.count;
    t->result->damaged = (int64_t)t->progress.skipped.damaged.count;
    const struct ln_run_report page = {.model = t->model,
                                       .ds = t->ds,
                                       .opts = &t->opts,
                                       .result = t->result,
                                       .epochs = t->progress.history,
                                       .metrics = metrics,
                                       .scores = scores,
                                       .plan = t->eval};
    ln_trainer_report(t, LN_REPORT_PAGE, ln_run_report(t->opts.dir, &page));
}

static void take_metrics(struct linnet_result *r, const struct linnet_metrics *m) {
    r->test_loss = m->loss;
    r->test_acc = m->acc;
    r->test_acc_low = m->acc_low;
    r->test_acc_high = m->acc_high;
    r->test_count = m->count;
    r->test_balanced_acc = m->balanced_acc;
    r->test_majority = m->majority;
    r->test_auc = m->auc;
    r->test_auc_low = m->auc_low;
    r->test_auc_high = m->auc_high;
    r->test_ece = m->ece;
    r->test_ece_raw = m->ece_raw;
}

static int write_test(struct ln_trainer *t, const struct ln_scores *scores, int64_t *confusion) {
    struct linnet_metrics metrics;
    LN_TRY(ln_metrics_of(scores, t->model->temperature, &metrics, confusion));
    take_metrics(t->result, &metrics);
    if (t->opts.dir)
        ln_trainer_report(t, LN_REPORT_TEST,
                          ln_run_evaluation(t->opts.dir, t->model, t->ds, scores, &metrics, false));
    take_mistakes(t, scores);
    if (t->opts.dir)
        ln_trainer_report(t, LN_REPORT_MISTAKES,
                          ln_mistakes_list(&t->mistakes, t->opts.dir, t->model, t->ds, 0));
    report(t, &metrics, scores);
    return LINNET_OK;
}

/* A finished run shows the mistakes of the kept weights. Those of the test part are listed by write_test and shown in
 * top_losses.png; without a test part this function draws those of the validation part. */
static void draw_last_mistakes(struct ln_trainer *t) {
    if (!t->opts.dir) return;
    const char *dir = t->opts.dir;
    ln_trainer_report(t, LN_REPORT_MISTAKES,
                      t->ds->parts[LINNET_TEST].count > 0
                          ? ln_mistakes_remove(dir)
                          : ln_mistakes_write(&t->mistakes, dir, t->model, t->ds, 0));
}

/* A run without a test part still has its report, with the validation results. */
static int test_part(struct ln_trainer *t) {
    draw_last_mistakes(t);
    if (t->ds->parts[LINNET_TEST].count == 0) {
        report(t, NULL, NULL);
        return LINNET_OK;
    }
    struct ln_loader *loader = NULL;
    struct ln_scores scores = {0};
    size_t classes = (size_t)t->model->classes;
    int64_t *confusion = ln_calloc(classes * classes, sizeof *confusion);
    ln_live_part(t->live, LINNET_TEST);
    int status = confusion ? ln_trainer_loader(t, LINNET_TEST, false, &loader) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = ln_score_infer(&scores, &t->infer, loader, true, NULL);
    if (status == LINNET_OK) status = ln_skipped_share(&t->progress.skipped);
    if (status == LINNET_OK) status = write_test(t, &scores, confusion);
    ln_loader_destroy(loader);
    ln_scores_fini(&scores);
    ln_free(confusion);
    return status;
}

/* Pictures and explanations of the report need memory that was not counted before the run, so training frees its own first. */
static void release_training(struct ln_trainer *t) {
    for (int i = 0; i < t->stage_count; i++) {
        if (!t->stages[i].owns_plans) continue;
        ln_plan_release(t->stages[i].plan);
        if (t->stages[i].tail) ln_plan_release(t->stages[i].tail);
    }
}

int ln_trainer_finish(struct ln_trainer *t) {
    if (t->stepper.shared) LN_TRY(ln_shared_state_part(t->stepper.shared));
    /* --epochs 0 saves the untrained model: a start for other programs, and a baseline for experiments. */
    if (t->epochs == 0) { /* the untrained model */
        LN_TRY(ln_trainer_save_last(t));
        LN_TRY(ln_trainer_save_best(t));
    }
    const bool newer = t->progress.best_epoch != t->result->epochs || t->average.values;
    if (t->progress.best_epoch && newer) /* the plan has other weights than the model */
        LN_TRY(ln_model_to_plan(t->model, t->plan));
    LN_TRY(ln_together_weights(t));
    release_training(t);
    ln_live_part(t->live, LINNET_VAL);
    LN_TRY(ln_together_agree(t, judge_validation(t)));
    ln_trainer_report(t, LN_REPORT_CURVES, draw_results(t));
    return test_part(t);
}

/* ---- a run that fails ---------------------------------------------------------------------------------- */

static bool is_saved(const struct ln_trainer *t) {
    const struct ln_progress *p = &t->progress;
    return t->opts.dir && t->saved.any && t->saved.epoch == p->epoch && t->saved.step == p->step;
}

/* After a divergence last.safetensors is left alone: weights that diverge may be useless though they are finite. After
 * a failed save another attempt would fail as well, or replace the checkpoint that the message calls untouched. If another rank
 * was lost while it updated its part of the weights, they belong to two steps. */
static bool may_save(const struct ln_trainer *t, int status) {
    const bool torn = t->stepper.shared && t->stepper.shared->updating;
    return t->opts.dir && !torn && status != LINNET_ERR_DIVERGED &&
           (!t->save_failed || status == LINNET_ERR_INTERRUPTED);
}

/* The message names what can be continued, or why the progress is lost. `saving`: the failure of the save.
 * The status stays that of the first failure: it is the cause. */
static int describe(const struct ln_trainer *t, const struct ln_error *error, const struct ln_error *saving) {
    struct ln_error cause = *error;
    if (error->status == LINNET_ERR_INTERRUPTED) {
        ln_fail(error->status, error->code, "interrupted in epoch %d after step %u", t->result->epochs + 1,
                t->progress.steps);
        cause = *ln_error_get();
        ln_error_clear();
    }
    if (saving->status != LINNET_OK)
        return ln_fail_after(&cause, "; the progress is not saved: %s", saving->text);
    if (is_saved(t)) return ln_fail_after(&cause, "; continue with linnet resume %s", t->opts.dir);
    ln_error_set(error);
    return error->status;
}

void ln_trainer_rescue(struct ln_trainer *t) {
    const struct ln_error error = *ln_error_get();
    struct ln_error saving = {0};
    const bool may = may_save(t, error.status);
    ln_error_clear();
    if (may && !is_saved(t) && ln_trainer_save_last(t) != LINNET_OK) saving = *ln_error_get();
    ln_error_clear();
    ln_trainer_report(t, LN_REPORT_CURVES, draw_results(t));
    /* The program that called linnet_train keeps the model: with the best weights, or the latest if there are
     * none. */
    if (t->progress.best_epoch == 0) (void)!ln_model_from_plan(t->model, t->plan);
    ln_error_clear();
    if (may)
        describe(t, &error, &saving);
    else
        ln_error_set(&error);
}
