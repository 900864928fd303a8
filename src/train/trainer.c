/* Training: epochs of steps, a look at the validation part after each, the best weights kept.
 *
 *   prepare   plans (training, its last and smaller batch, inference), optimiser, loaders
 *   epoch     steps over the train part; the part that is watched; results.csv, last and best .safetensors
 *   finish    kept weights back into the model, the test part, its files
 *
 * All plans share one set of parameters.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "data/cache.h"
#include "train/evaluate.h"
#include "train/mixer.h"
#include "train/run_folder.h"
#include "train/skipped.h"
#include "train/step.h"

#include <math.h>
#include <string.h>

enum { BAD_STEPS_MAX = 3 };

struct trainer {
    struct ln_model *model;
    const struct ln_dataset *ds;
    struct linnet_train_opts opts; /* settled */
    struct linnet_result *result;
    bool *frozen;                       /* [nodes of the net]; NULL: everything is trained */
    struct ln_plan *plan, *tail, *eval; /* tail: for the rest that is no whole batch; NULL: none */
    struct ln_stepper stepper;
    struct ln_schedule schedule;
    struct ln_mixer mixer;
    struct ln_loader *train, *val; /* val: NULL where nothing is watched */
    struct ln_skipped skipped;
    struct ln_epoch *history;
    int epochs, epoch, best_epoch; /* epoch: the one under way, from 1 */
    uint32_t steps;                /* done, over all epochs */
    uint32_t last_good;
    int bad_steps; /* in a row */
    double start, train_time, val_acc, val_loss;
    int64_t images;
};

static void tell(const struct trainer *t, struct linnet_event event) {
    event.epoch = t->epoch;
    event.epochs = t->epochs;
    event.time_s = ln_clock_now() - t->start;
    if (t->opts.on_event) t->opts.on_event(t->opts.user, &event);
}

static bool stopped(const struct trainer *t) {
    return t->opts.stop && *t->opts.stop;
}

/* ---- prepare ------------------------------------------------------------------------------------------- */

static int freeze(struct trainer *t) {
    if (strcmp(t->opts.freeze, "backbone") != 0) return LINNET_OK;
    t->frozen = ln_calloc(t->model->net->count, sizeof *t->frozen);
    if (!t->frozen) return LINNET_ERR_LIMIT;
    ln_net_backbone(t->model->net, t->frozen);
    return LINNET_OK;
}

static int make_plans(struct trainer *t) {
    size_t count = t->ds->parts[LINNET_TRAIN].count;
    int batch = (size_t)t->opts.batch < count ? t->opts.batch : (int)count,
        rest = (int)(count % (size_t)batch);
    struct ln_plan_opts opts = {.batch = batch,
                                .train = true,
                                .label_smoothing = t->opts.label_smoothing,
                                .seed = t->opts.seed,
                                .frozen = t->frozen};
    LN_TRY(ln_plan_create(&t->plan, t->model->net, &opts));
    opts.like = t->plan;
    opts.batch = rest;
    if (rest) LN_TRY(ln_plan_create(&t->tail, t->model->net, &opts));
    LN_TRY(ln_plan_create(&t->eval, t->model->net, &(struct ln_plan_opts){.batch = batch, .like = t->plan}));
    return ln_model_to_plan(t->model, t->plan);
}

/* What is read once is not kept. Validation first: it needs few bytes an image, and pays most for reading. */
static size_t cache_bytes(const struct trainer *t, enum linnet_part part) {
    const struct ln_preprocess *pp = &t->model->preprocess;
    const size_t all = t->opts.cache_mb > 0 ? (size_t)t->opts.cache_mb << 20 : 0;
    const size_t image = (size_t)pp->width * (size_t)pp->height * (size_t)pp->channels + LN_CACHE_OVERHEAD;
    const size_t count = t->ds->parts[LINNET_VAL].count;
    const size_t val = count < all / 2 / image ? count * image : all / 2;
    return part == LINNET_TRAIN ? all - val : part == LINNET_VAL ? val : 0;
}

static int make_loader(struct trainer *t, enum linnet_part part, bool shuffle, struct ln_loader **loader) {
    struct ln_augment augment = {0};
    if (part == LINNET_TRAIN) LN_TRY(ln_augment_level(t->opts.augment, t->ds->width == 0, &augment));
    return ln_loader_create(loader, t->ds,
                            &(struct ln_loader_opts){.part = part,
                                                     .batch = ln_plan_batch(t->plan),
                                                     .preprocess = &t->model->preprocess,
                                                     .shuffle = shuffle,
                                                     .augment = &augment,
                                                     .seed = t->opts.seed,
                                                     .workers = t->opts.workers,
                                                     .cache_bytes = cache_bytes(t, part),
                                                     .refill = part == LINNET_TRAIN,
                                                     .strict = t->opts.strict,
                                                     .on_skip = ln_skipped_add,
                                                     .user = &t->skipped});
}

static double none_is_zero(double value) {
    return value == LINNET_NONE ? 0 : value;
}

/* Refused before training, not after it. */
static int check_chapter_csv(const struct trainer *t) {
    if (!t->opts.chapter_csv) return LINNET_OK;
    if (t->model->classes != 2)
        return ln_fail(LINNET_ERR_USAGE, "train-chapter-csv",
                       "%s: id,label holds the probability of one class of two; the model has %d classes",
                       t->opts.chapter_csv, t->model->classes);
    if (t->ds->parts[LINNET_TEST].count == 0)
        return ln_fail(LINNET_ERR_USAGE, "train-chapter-csv",
                       "%s: there is no test part to predict; see --split", t->opts.chapter_csv);
    return LINNET_OK;
}

static int prepare(struct trainer *t) {
    if (t->ds->parts[LINNET_TRAIN].count == 0)
        return ln_fail(LINNET_ERR_INPUT, "data-empty", "%s: the train part has no images", t->ds->path);
    LN_TRY(ln_check_classes(t->model, t->ds));
    LN_TRY(check_chapter_csv(t));
    LN_TRY(freeze(t));
    LN_TRY(make_plans(t));
    LN_TRY(ln_stepper_init(&t->stepper, t->plan, t->opts.opt,
                           &(struct ln_optim_opts){.momentum = none_is_zero(t->opts.momentum),
                                                   .weight_decay = none_is_zero(t->opts.weight_decay)}));
    LN_TRY(make_loader(t, LINNET_TRAIN, true, &t->train));
    if (t->ds->parts[LINNET_VAL].count) LN_TRY(make_loader(t, LINNET_VAL, false, &t->val));
    LN_TRY(ln_mixer_init(&t->mixer, &(struct ln_mix){t->opts.mixup, t->opts.cutmix}, &t->model->preprocess,
                         ln_plan_batch(t->plan), t->opts.seed));
    double steps = ln_loader_steps(t->train);
    t->schedule = (struct ln_schedule){.lr = t->opts.lr,
                                       .warmup = t->opts.warmup_epochs * steps,
                                       .total = t->epochs * steps,
                                       .every = t->opts.step_epochs * steps};
    if (!ln_schedule_find(t->opts.lr_scheduler, &t->schedule.kind)) return LINNET_ERR_USAGE;
    t->history = ln_calloc((size_t)t->epochs + 1, sizeof *t->history);
    return t->history ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* ---- epoch --------------------------------------------------------------------------------------------- */

/* A step whose loss or gradient is not finite was not applied; three in a row end the run. */
static int judge(struct trainer *t, const struct ln_step_result *r, double lr) {
    if (r->applied) {
        t->bad_steps = 0;
        t->last_good = t->steps;
        return LINNET_OK;
    }
    t->bad_steps++;
    ln_log(LINNET_LOG_WARNING, "step %u: loss is %g (lr %g, grad norm %g); update not applied, %d in a row",
           t->steps, r->loss, lr, r->grad_norm, t->bad_steps);
    if (t->bad_steps < BAD_STEPS_MAX) return LINNET_OK;
    return ln_fail(LINNET_ERR_DIVERGED, "train-nonfinite",
                   "step %u: loss is %g (lr %g, grad norm %g); update not applied, %d in a row, stopping; "
                   "last good: step "
                   "%u; a smaller --lr may help",
                   t->steps, r->loss, lr, r->grad_norm, t->bad_steps, t->last_good);
}

static int one_step(struct trainer *t, const struct ln_batch *batch, struct ln_tally *tally,
                    struct ln_epoch *row) {
    struct ln_plan *plan = batch->count == ln_plan_batch(t->plan) ? t->plan : t->tail;
    struct ln_step_result r;
    const int32_t *other = t->mixer.other;
    ln_mixer_run(&t->mixer, batch, t->steps);
    ln_plan_mix(plan, other, t->mixer.share);
    if (t->steps == 0 && t->opts.dir)
        LN_TRY(ln_run_train_batch(
            t->opts.dir, t->model,
            &(struct ln_seen_batch){batch->images, batch->count, batch->labels, other, t->mixer.share}));
    row->lr = ln_schedule_lr(&t->schedule, t->steps);
    LN_TRY(ln_stepper_run(&t->stepper, plan, batch->images, batch->labels, row->lr, t->steps, &r));
    t->steps++;
    const float *logits = ln_plan_logits(plan);
    for (int i = 0; i < batch->count; i++)
        ln_tally_add_mixed(tally, logits + (size_t)i * (size_t)t->model->classes, t->model->classes,
                           batch->labels[i], other ? other[i] : -1, t->mixer.share);
    return judge(t, &r, row->lr);
}

static int train_part(struct trainer *t, struct ln_epoch *row) {
    struct ln_tally tally = {0};
    int steps = ln_loader_steps(t->train);
    double begin = ln_clock_now();
    LN_TRY(ln_loader_start(t->train, t->epoch));
    for (int step = 1;; step++) {
        struct ln_batch batch;
        LN_TRY(ln_loader_next(t->train, &batch));
        if (batch.count == 0) break;
        LN_TRY(one_step(t, &batch, &tally, row));
        row->train_loss = ln_tally_loss(&tally);
        row->train_acc = ln_tally_acc(&tally);
        row->images_per_s = (double)tally.count / (ln_clock_now() - begin);
        tell(t, (struct linnet_event){.kind = LINNET_EVENT_STEP,
                                      .part = LINNET_TRAIN,
                                      .step = step,
                                      .steps = steps,
                                      .images_per_s = row->images_per_s,
                                      .lr = row->lr,
                                      .loss = row->train_loss,
                                      .acc = row->train_acc});
        if (stopped(t))
            return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted at step %u", t->steps);
    }
    t->train_time += ln_clock_now() - begin;
    t->images += tally.count;
    return LINNET_OK;
}

static int on_score(void *user, int step, int steps, const struct ln_tally *tally) {
    const struct trainer *t = user;
    tell(t, (struct linnet_event){.kind = LINNET_EVENT_STEP,
                                  .part = LINNET_VAL,
                                  .step = step,
                                  .steps = steps,
                                  .loss = ln_tally_loss(tally),
                                  .acc = ln_tally_acc(tally)});
    return stopped(t);
}

static int watch_part(struct trainer *t, struct ln_epoch *row) {
    struct ln_scores scores;
    row->val_loss = row->val_acc = NAN;
    if (!t->val) return LINNET_OK;
    int status = ln_score(&scores, t->eval, t->val, false, &(struct ln_score_watch){on_score, t});
    row->val_loss = ln_tally_loss(&scores.tally);
    row->val_acc = ln_tally_acc(&scores.tally);
    return status;
}

static int save(const struct trainer *t, const struct ln_plan *plan, const char *name) {
    if (!t->opts.dir) return LINNET_OK;
    char *path = ln_file_join(t->opts.dir, name);
    int status = path ? ln_model_save(t->model, plan, path) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) tell(t, (struct linnet_event){.kind = LINNET_EVENT_FILE, .path = path});
    ln_free(path);
    return status;
}

/* The last epoch is the best where there is nothing to choose by, or only the test part, by which nothing may
 * be chosen. */
static bool is_best(const struct trainer *t, const struct ln_epoch *row) {
    if (!t->val || t->ds->watches_test || t->best_epoch == 0) return true;
    if (row->val_acc != t->val_acc) return row->val_acc > t->val_acc;
    return row->val_loss < t->val_loss;
}

static int keep_best(struct trainer *t, const struct ln_epoch *row) {
    t->best_epoch = t->epoch;
    t->val_acc = row->val_acc;
    t->val_loss = row->val_loss;
    LN_TRY(ln_model_from_plan(t->model, t->plan));
    return save(t, NULL, "best.safetensors");
}

static int one_epoch(struct trainer *t) {
    struct ln_epoch *row = &t->history[t->epoch - 1];
    LN_TRY(train_part(t, row));
    LN_TRY(watch_part(t, row));
    row->time_s = ln_clock_now() - t->start;
    LN_TRY(ln_skipped_write(&t->skipped, t->opts.dir));
    bool best = is_best(t, row);
    if (best) LN_TRY(keep_best(t, row));
    LN_TRY(save(t, t->plan, "last.safetensors"));
    if (t->opts.dir) LN_TRY(ln_run_results(t->opts.dir, t->history, t->epoch));
    t->result->epochs = t->epoch;
    tell(t, (struct linnet_event){.kind = LINNET_EVENT_EPOCH,
                                  .part = LINNET_TRAIN,
                                  .images_per_s = row->images_per_s,
                                  .lr = row->lr,
                                  .loss = row->train_loss,
                                  .acc = row->train_acc,
                                  .val_loss = row->val_loss,
                                  .val_acc = row->val_acc,
                                  .best = best});
    return LINNET_OK;
}

/* ---- finish -------------------------------------------------------------------------------------------- */

static int test_part(struct trainer *t) {
    if (t->ds->parts[LINNET_TEST].count == 0) return LINNET_OK;
    struct ln_loader *loader = NULL;
    struct ln_scores scores = {0};
    struct linnet_metrics metrics;
    size_t classes = (size_t)t->model->classes;
    int64_t *confusion = ln_calloc(classes * classes, sizeof *confusion);
    int status = confusion ? make_loader(t, LINNET_TEST, false, &loader) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = ln_score(&scores, t->eval, loader, true, NULL);
    if (status == LINNET_OK) {
        ln_metrics_of(&scores, &metrics, confusion);
        t->result->test_loss = metrics.loss;
        t->result->test_acc = metrics.acc;
        t->result->test_acc_low = metrics.acc_low;
        t->result->test_acc_high = metrics.acc_high;
        t->result->test_count = metrics.count;
        if (t->opts.dir) status = ln_run_evaluation(t->opts.dir, t->model, t->ds, &scores, &metrics, false);
        if (t->opts.chapter_csv && status == LINNET_OK)
            status = ln_run_chapter_csv(t->opts.chapter_csv, t->ds, &scores);
    }
    ln_loader_destroy(loader);
    ln_scores_fini(&scores);
    ln_free(confusion);
    return status;
}

static int draw_results(const struct trainer *t) {
    if (!t->opts.dir || t->result->epochs == 0) return LINNET_OK;
    const char *val_name = t->ds->watches_test ? "test" : "validation";
    struct ln_text title = {0};
    ln_text_addf(&title, "%s on %s", t->model->arch, ln_file_name(t->ds->path));
    char *text;
    LN_TRY(ln_text_take(&title, &text));
    int status = ln_run_curves(t->opts.dir, text, t->history, t->result->epochs,
                               t->ds->watches_test ? 0 : t->best_epoch, val_name);
    ln_free(text);
    return status;
}

static int finish(struct trainer *t) {
    if (t->epochs == 0) { /* the untrained model */
        LN_TRY(save(t, t->plan, "last.safetensors"));
        LN_TRY(save(t, t->plan, "best.safetensors"));
    }
    if (t->best_epoch && t->best_epoch != t->epochs) LN_TRY(ln_model_to_plan(t->model, t->plan));
    LN_TRY(draw_results(t));
    return test_part(t);
}

static void fill_result(struct trainer *t) {
    struct linnet_result *r = t->result;
    r->time_s = ln_clock_now() - t->start;
    r->images_per_s = t->train_time > 0 ? (double)t->images / t->train_time : 0;
    r->best_epoch = t->best_epoch;
    r->skipped = (int64_t)t->skipped.count;
    if (r->epochs > 0) {
        r->train_loss = t->history[r->epochs - 1].train_loss;
        r->train_acc = t->history[r->epochs - 1].train_acc;
        r->val_loss = t->history[t->best_epoch - 1].val_loss;
        r->val_acc = t->history[t->best_epoch - 1].val_acc;
    }
}

/* Interrupted or diverged: what there is, is saved, and the first error stays the error. */
static void rescue(struct trainer *t) {
    struct ln_error error = *ln_error_get();
    ln_error_clear();
    bool saved = save(t, t->plan, "last.safetensors") == LINNET_OK;
    if (saved && draw_results(t) != LINNET_OK) ln_log(LINNET_LOG_WARNING, "%s", ln_error_line());
    if (t->best_epoch == 0 && ln_model_from_plan(t->model, t->plan) != LINNET_OK) saved = false;
    ln_error_clear();
    if (error.status == LINNET_ERR_INTERRUPTED && saved && t->opts.dir)
        ln_fail(error.status, "interrupted",
                "interrupted in epoch %d after step %u; %s/last.safetensors holds what was done",
                t->result->epochs + 1, t->steps, t->opts.dir);
    else
        ln_error_set(&error);
}

static int run(struct trainer *t) {
    LN_TRY(prepare(t));
    tell(t, (struct linnet_event){
                .kind = LINNET_EVENT_START, .part = LINNET_TRAIN, .steps = ln_loader_steps(t->train)});
    t->start = ln_clock_now();
    int status = LINNET_OK;
    for (t->epoch = 1; t->epoch <= t->epochs && status == LINNET_OK; t->epoch++) status = one_epoch(t);
    t->epoch = t->result->epochs;
    if (status == LINNET_ERR_INTERRUPTED || status == LINNET_ERR_DIVERGED) rescue(t);
    if (status == LINNET_OK) status = finish(t);
    int written = ln_skipped_write(&t->skipped, t->opts.dir);
    fill_result(t);
    return status == LINNET_OK ? written : status;
}

int ln_train(struct ln_model *model, const struct ln_dataset *ds, const struct linnet_data_opts *data_opts,
             const struct linnet_train_opts *opts, struct linnet_result *result) {
    struct trainer t = {.model = model,
                        .ds = ds,
                        .opts = *opts,
                        .result = result,
                        .skipped = {.ds = ds, .on_event = opts->on_event, .user = opts->user}};
    *result = (struct linnet_result){.train_loss = NAN,
                                     .train_acc = NAN,
                                     .val_loss = NAN,
                                     .val_acc = NAN,
                                     .test_loss = NAN,
                                     .test_acc = NAN,
                                     .test_acc_low = NAN,
                                     .test_acc_high = NAN};
    LN_TRY(ln_train_settle(&t.opts, model));
    t.epochs = t.opts.epochs == LINNET_NONE ? 0 : t.opts.epochs;
    t.start = ln_clock_now();
    int status = t.opts.dir ? ln_run_begin(t.opts.dir, model, ds, data_opts, &t.opts) : LINNET_OK;
    if (status == LINNET_OK) status = run(&t);
    ln_loader_destroy(t.train);
    ln_loader_destroy(t.val);
    ln_skipped_fini(&t.skipped);
    ln_stepper_fini(&t.stepper);
    ln_mixer_fini(&t.mixer);
    ln_plan_destroy(t.tail);
    ln_plan_destroy(t.eval);
    ln_plan_destroy(t.plan);
    ln_free(t.history);
    ln_free(t.frozen);
    return status;
}
