/* The rungs of linnet tune. Each has a third of the time: with a factor of three, a third of the candidates
 * trains three times as long, so every rung costs the same.
 *
 * One epoch by the defaults is measured first; from its time follow the number of candidates and the epochs
 * of each rung. All that is known is in s->trials, and a trial that is found there is not repeated. A search
 * that continues therefore runs the same loop from the beginning and skips what is done.
 */
#include "model.h"
#include "output.h"
#include "stop.h"
#include "tune.h"
#include <math.h>
#include <stdlib.h>

/* How the time is spent. */
struct plan {
    double epoch_s; /* an epoch by the defaults */
    int candidates[TUNE_RUNGS], epochs[TUNE_RUNGS];
};

double tune_used(const struct tune_search *s) {
    double used = 0;
    for (int i = 0; i < s->count; i++) used += s->trials[i].time_s;
    return used;
}

/* ---- one training ----------------------------------------------------------------------------------------- */

static void on_event(void *user, const struct linnet_event *event) {
    struct tune_search *s = user;
    char note[64];
    if (event->kind != LINNET_EVENT_STEP) return;
    snprintf(note, sizeof note, "epoch %d/%d  acc %.2f%%", event->epoch, event->epochs, 100 * event->acc);
    cli_progress_show(&s->progress, s->label, event->step, event->steps, event->images_per_s, note);
}

static int train(struct tune_search *s, const struct tune_candidate *c, int epochs,
                 struct linnet_result *result) {
    struct linnet_model_opts model_opts;
    struct linnet_train_opts train;
    linnet_model *model;
    tune_options(s, c, epochs, &model_opts, &train);
    train.on_event = on_event;
    train.user = s;
    train.stop = cli_stop_watch();
    int status = cli_model_create(&model, s->arch, s->data, &model_opts);
    if (status) return status;
    status = linnet_train(model, s->data, &train, result);
    linnet_model_destroy(model);
    cli_progress_clear(&s->progress);
    if (!status || status == LINNET_ERR_DIVERGED) return LINNET_OK; /* a rate that is too high is a finding */
    if (status == LINNET_ERR_INTERRUPTED)
        return cli_fail(status, "interrupted after %d trainings; the same command continues", s->count);
    return cli_fail_library(status);
}

/* A training that ends early diverged, whatever its last validation said: the trainer stops only then, as
 * there is neither patience nor a time limit here. The file is written after each training, so that a crash
 * costs one of them. */
static int run_trial(struct tune_search *s, int rung, int number, int epochs) {
    const struct tune_candidate c = tune_candidate(s, number);
    struct linnet_result result = {.size = sizeof result, .val_acc = NAN, .val_loss = NAN};
    int status = train(s, &c, epochs, &result);
    if (status) return status;
    const bool diverged = result.epochs < epochs || !isfinite(result.val_loss);
    s->trials[s->count++] = (struct tune_trial){.rung = rung,
                                                .candidate = number,
                                                .epochs = epochs,
                                                .val_acc = diverged ? NAN : result.val_acc,
                                                .val_loss = diverged ? NAN : result.val_loss,
                                                .time_s = result.time_s};
    return tune_file_write(s);
}

/* ---- ranking ------------------------------------------------------------------------------------------------ */

/* Later rungs first: an accuracy after 27 epochs and one after 3 cannot be compared. The candidate's number
 * decides a tie, so that the order is the same in each run. */
static int by_merit(const void *a, const void *b) {
    const struct tune_trial *x = *(const struct tune_trial *const *)a,
                            *y = *(const struct tune_trial *const *)b;
    if (isnan(x->val_acc) != isnan(y->val_acc)) return isnan(x->val_acc) ? 1 : -1;
    if (x->rung != y->rung) return y->rung - x->rung;
    if (!isnan(x->val_acc) && x->val_acc != y->val_acc) return x->val_acc > y->val_acc ? -1 : 1;
    if (!isnan(x->val_acc) && x->val_loss != y->val_loss) return x->val_loss < y->val_loss ? -1 : 1;
    return x->candidate - y->candidate;
}

int tune_ranked(const struct tune_search *s, const struct tune_trial *ranked[TUNE_TRIALS]) {
    int count = 0;
    for (int i = 0; i < s->count; i++)
        if (s->trials[i].rung >= 0) ranked[count++] = &s->trials[i];
    qsort((void *)ranked, (size_t)count, sizeof(const struct tune_trial *), by_merit);
    return count;
}

/* ---- rungs -------------------------------------------------------------------------------------------------- */

static const struct tune_trial *find(const struct tune_search *s, int rung, int number) {
    for (int i = 0; i < s->count; i++)
        if (s->trials[i].rung == rung && s->trials[i].candidate == number) return &s->trials[i];
    return NULL;
}

/* From the time of the measurement and the flags alone, so that a continued search has the same plan. With
 * little time there are fewer candidates rather than less than an epoch for each. Rounding up keeps at least
 * one candidate in the last rung. */
static struct plan make_plan(const struct tune_search *s) {
    const struct tune_trial *measured = find(s, TUNE_MEASURE, 0);
    struct plan p = {.epoch_s = fmax(measured ? measured->time_s : 0, 1e-3)};
    const double epochs = s->seconds / TUNE_RUNGS / p.epoch_s;
    int count = epochs < TUNE_CANDIDATES ? (int)epochs : TUNE_CANDIDATES;
    if (count < TUNE_FACTOR) count = TUNE_FACTOR;
    for (int rung = 0; rung < TUNE_RUNGS; rung++) {
        const double each = fmin(epochs / count, s->epochs);
        p.candidates[rung] = count;
        p.epochs[rung] = each < 1 ? 1 : (int)each;
        count = (count + TUNE_FACTOR - 1) / TUNE_FACTOR;
    }
    return p;
}

/* The candidates of a rung, the most promising first. */
static int choose(const struct tune_search *s, const struct plan *p, int rung, int numbers[TUNE_CANDIDATES]) {
    const struct tune_trial *ranked[TUNE_TRIALS];
    const int count = tune_ranked(s, ranked);
    int chosen = 0;
    for (int i = 0; rung == 0 && i < p->candidates[0]; i++) numbers[chosen++] = i;
    for (int i = 0; i < count && chosen < p->candidates[rung]; i++)
        if (ranked[i]->rung == rung - 1 && !isnan(ranked[i]->val_acc))
            numbers[chosen++] = ranked[i]->candidate;
    return chosen;
}

/* True if there is time for it before the rung's end. The cost goes with the pixels, so with the square of
 * the side. */
static bool fits(const struct tune_search *s, const struct plan *p, int rung, int number) {
    const double side = (double)tune_candidate(s, number).imgsz / s->imgsz;
    return tune_used(s) + p->epochs[rung] * p->epoch_s * side * side <= s->seconds * (rung + 1) / TUNE_RUNGS;
}

/* The first candidate of a rung is trained even if there is no time for it: a rung without a result would
 * leave nothing to choose from. */
static int run_rung(struct tune_search *s, const struct plan *p, int rung) {
    int numbers[TUNE_CANDIDATES], status = LINNET_OK;
    char label[48];
    const int count = choose(s, p, rung, numbers);
    for (int i = 0; i < count && !status && s->count < TUNE_TRIALS; i++) {
        if (find(s, rung, numbers[i]) || (i > 0 && !fits(s, p, rung, numbers[i]))) continue;
        snprintf(label, sizeof label, "round %d/%d, %d/%d", rung + 1, TUNE_RUNGS, i + 1, count);
        s->label = label;
        status = run_trial(s, rung, numbers[i], p->epochs[rung]);
    }
    return status;
}

int tune_search_run(struct tune_search *s) {
    int status = LINNET_OK;
    s->label = "measuring";
    if (!find(s, TUNE_MEASURE, 0)) status = run_trial(s, TUNE_MEASURE, 0, 1);
    if (status) return status;
    const struct plan plan = make_plan(s);
    for (int rung = 0; rung < TUNE_RUNGS && !status; rung++) status = run_rung(s, &plan, rung);
    return status;
}
