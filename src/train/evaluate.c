/* Evaluation of a model on a part of a data set: every image is scored once, without augmentation. */
#include "train/evaluate.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "train/figures.h"
#include "train/run_folder.h"
#include "train/skipped.h"

#include <string.h>

int ln_metrics_of(const struct ln_scores *s, double temperature, struct linnet_metrics *m,
                  int64_t *confusion) {
    int classes = s->classes;
    *m = (struct linnet_metrics){.count = s->tally.count,
                                 .loss = ln_tally_loss(&s->tally),
                                 .acc = ln_tally_acc(&s->tally),
                                 .top5 = ln_tally_top5(&s->tally, classes),
                                 .classes = classes,
                                 .confusion = confusion};
    ln_wilson(s->tally.correct, s->tally.count, &m->acc_low, &m->acc_high);
    memset(confusion, 0, (size_t)classes * (size_t)classes * sizeof *confusion);
    for (size_t i = 0; i < s->count; i++)
        confusion[s->labels[i] * classes + ln_argmax(s->logits + i * (size_t)classes, classes)]++;
    return ln_figures_add(s, temperature, m);
}

/* The default is the test part; if it is empty, validation; else train. */
static enum linnet_part choose_part(const struct ln_dataset *ds, enum linnet_part part) {
    if (part != LINNET_PART_DEFAULT) return part;
    if (ds->parts[LINNET_TEST].count) return LINNET_TEST;
    return ds->parts[LINNET_VAL].count ? LINNET_VAL : LINNET_TRAIN;
}

/* Labels are indices, so the same classes in another order would give plausible but wrong figures. */
int ln_check_classes(const struct ln_model *model, const struct ln_dataset *ds) {
    if (ds->classes != model->classes)
        return ln_fail(LINNET_ERR_INPUT, "data-classes", "%s has %d classes, the model has %d", ds->path,
                       ds->classes, model->classes);
    for (int i = 0; i < ds->classes; i++)
        if (strcmp(ds->class_names[i], model->class_names[i]) != 0)
            return ln_fail(LINNET_ERR_INPUT, "data-classes", "%s: class %d is '%s', but '%s' in the model",
                           ds->path, i, ds->class_names[i], model->class_names[i]);
    return LINNET_OK;
}

struct watch {
    const struct linnet_eval_opts *opts;
    enum linnet_part part;
    double start;
};

static int on_step(void *user, int step, int steps, const struct ln_tally *tally) {
    struct watch *w = user;
    double time = ln_clock_now() - w->start;
    if (w->opts->on_event)
        w->opts->on_event(w->opts->user, &(struct linnet_event){.kind = LINNET_EVENT_STEP,
                                                                .part = w->part,
                                                                .step = step,
                                                                .steps = steps,
                                                                .time_s = time,
                                                                .images_per_s = (double)tally->count / time,
                                                                .loss = ln_tally_loss(tally),
                                                                .acc = ln_tally_acc(tally)});
    return w->opts->stop && *w->opts->stop;
}

/* The batch is not larger than the part, whose plan would otherwise compute images that do not exist. */
int ln_evaluate_part(const struct ln_model *model, const struct ln_dataset *ds,
                     const struct linnet_eval_opts *opts, enum linnet_part part, struct ln_skipped *skipped,
                     struct ln_scores *scores) {
    struct ln_infer infer;
    struct ln_loader *loader = NULL;
    size_t count = ds->parts[part].count;
    int batch = opts->batch ? opts->batch : LN_DEFAULT_BATCH;
    if ((size_t)batch > count) batch = (int)count;
    int status = ln_infer_init(&infer, model,
                               &(struct ln_infer_opts){.batch = batch,
                                                       .dtype = opts->dtype,
                                                       .conv = opts->conv,
                                                       .threads = opts->threads,
                                                       .flip = ln_tta_flips(opts->tta, model->tta)});
    if (status == LINNET_OK)
        status = ln_loader_create(
            &loader, ds,
            &(struct ln_loader_opts){.part = part,
                                     .batch = batch,
                                     .preprocess = &model->preprocess,
                                     .workers = opts->workers ? opts->workers : infer.threads,
                                     .strict = opts->strict,
                                     .on_skip = ln_skipped_add,
                                     .on_damage = ln_skipped_add_damaged,
                                     .user = skipped});
    struct watch watch = {opts, part, ln_clock_now()};
    if (status == LINNET_OK)
        status = ln_score_infer(scores, &infer, loader, true, &(struct ln_score_watch){on_step, &watch});
    ln_loader_destroy(loader);
    ln_infer_fini(&infer);
    return status;
}

int ln_evaluate(const struct ln_model *model, const struct ln_dataset *ds,
                const struct linnet_eval_opts *opts, struct linnet_metrics *metrics, int64_t *confusion) {
    enum linnet_part part = choose_part(ds, opts->part);
    LN_TRY(ln_check_classes(model, ds));
    if (ds->parts[part].count == 0)
        return ln_fail(LINNET_ERR_INPUT, "data-empty", "%s: the part to evaluate has no images", ds->path);
    struct ln_scores scores = {0};
    struct ln_skipped skipped = {.ds = ds, .on_event = opts->on_event, .user = opts->user};
    int status = ln_evaluate_part(model, ds, opts, part, &skipped, &scores);
    if (status == LINNET_OK) status = ln_metrics_of(&scores, model->temperature, metrics, confusion);
    if (status == LINNET_OK) {
        metrics->skipped = (int64_t)skipped.left_out.count;
        metrics->damaged = (int64_t)skipped.damaged.count;
        if (opts->dir) status = ln_run_evaluation(opts->dir, model, ds, &scores, metrics, opts->logits);
    }
    if (status == LINNET_OK) status = ln_skipped_write(&skipped, opts->dir);
    ln_skipped_fini(&skipped);
    ln_scores_fini(&scores);
    return status;
}
