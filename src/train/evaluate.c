/* Evaluation of a model on a part of a data set: every image is scored once, without augmentation. */
#include "train/evaluate.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "train/alike.h"
#include "train/figures.h"
#include "train/paired.h"
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
    int batch;
    int64_t images; /* of the part */
};

static int on_step(void *user, int step, int steps, const struct ln_tally *tally) {
    struct watch *w = user;
    double time = ln_clock_now() - w->start;
    const int64_t done = (int64_t)step * w->batch; /* with those that were skipped */
    if (w->opts->on_event)
        w->opts->on_event(w->opts->user,
                          &(struct linnet_event){.kind = LINNET_EVENT_STEP,
                                                 .part = w->part,
                                                 .step = step,
                                                 .steps = steps,
                                                 .time_s = time,
                                                 .images_per_s = (double)tally->count / time,
                                                 .loss = ln_tally_loss(tally),
                                                 .acc = ln_tally_acc(tally),
                                                 .images_done = done < w->images ? done : w->images,
                                                 .images = w->images});
    return w->opts->stop && *w->opts->stop;
}

/* Memory besides the plans: the loader's batches and photos, the scores, and the pictures of the report. */
static int64_t beside(const struct ln_model *model, const struct ln_dataset *ds,
                      const struct linnet_eval_opts *opts, const struct ln_loader_opts *loader) {
    enum { REPORT = 19 << 20 }; /* as in trainer_memory.c */
    const struct ln_loader_memory m = ln_loader_memory(ds, loader);
    const size_t score = (size_t)model->classes * sizeof(float) + 2 * sizeof(int32_t);
    return (int64_t)(m.batches + m.decoding + m.lists + ds->parts[loader->part].count * score) +
           (opts->dir ? REPORT : 0);
}

/* The batch is not larger than the part: a larger plan would compute images that do not exist. */
int ln_evaluate_part(const struct ln_model *model, const struct ln_dataset *ds,
                     const struct linnet_eval_opts *opts, enum linnet_part part, struct ln_skipped *skipped,
                     struct ln_scores *scores) {
    struct ln_infer infer;
    struct ln_loader *loader = NULL;
    size_t count = ds->parts[part].count;
    int batch = opts->batch ? opts->batch : LN_DEFAULT_BATCH;
    if ((size_t)batch > count) batch = (int)count;
    const struct ln_share share = ln_share_of(opts->ranks, batch);
    int status = ln_infer_compile(&infer, model,
                                  &(struct ln_infer_opts){.batch = batch,
                                                          .dtype = opts->dtype,
                                                          .conv = opts->conv,
                                                          .threads = opts->threads,
                                                          .flip = ln_tta_flips(opts->tta, model->tta)});
    infer.ranks = opts->ranks;
    const struct ln_loader_opts loading = {.part = part,
                                           .batch = batch * share.ranks,
                                           .share = share,
                                           .preprocess = &model->preprocess,
                                           .workers = opts->workers ? opts->workers : infer.threads,
                                           .strict = opts->strict,
                                           .on_skip = ln_skipped_add,
                                           .on_damage = ln_skipped_add_damaged,
                                           .user = skipped};
    if (status == LINNET_OK)
        status = ln_infer_take_memory(&infer, model,
                                      &(struct ln_infer_need){.what = "evaluating",
                                                              .max_memory_mb = opts->max_memory_mb,
                                                              .beside = beside(model, ds, opts, &loading)});
    if (status == LINNET_OK) status = ln_loader_create(&loader, ds, &loading);
    struct watch watch = {opts, part, ln_clock_now(), batch * share.ranks, (int64_t)count};
    status = ln_comm_agree(opts->ranks, status);
    if (status == LINNET_OK)
        status = ln_score_infer(scores, &infer, loader, true,
                                &(struct ln_score_watch){.on_step = on_step, .user = &watch});
    ln_loader_destroy(loader);
    ln_infer_fini(&infer);
    return status;
}

/* Checks that the model fits the data, and that all ranks have the same of both. */
static int check_fit(const struct ln_model *model, const struct ln_dataset *ds,
                     const struct linnet_eval_opts *opts, enum linnet_part part) {
    LN_TRY(ln_alike_data(opts->ranks, ds));
    LN_TRY(ln_alike_model(opts->ranks, model));
    int status = ln_check_classes(model, ds);
    if (status == LINNET_OK && ds->parts[part].count == 0)
        status = ln_fail(LINNET_ERR_INPUT, "data-empty", "%s: the part to evaluate has no images", ds->path);
    return ln_comm_agree(opts->ranks, status);
}

/* Evaluates the reference on the same images, and compares. */
static int refer(const struct ln_model *reference, const struct ln_dataset *ds,
                 const struct linnet_eval_opts *opts, enum linnet_part part, const struct ln_scores *scores,
                 struct linnet_metrics *m) {
    struct ln_scores other = {0};
    struct ln_skipped skipped = {.ds = ds};
    struct ln_paired paired;
    struct linnet_eval_opts plain = *opts;
    if (opts->dtype && strcmp(opts->dtype, "int8") == 0) plain.dtype = NULL;
    int status = check_fit(reference, ds, opts, part);
    if (status == LINNET_OK) status = ln_evaluate_part(reference, ds, &plain, part, &skipped, &other);
    if (status == LINNET_OK) status = ln_paired_of(&paired, scores, &other);
    if (status == LINNET_OK) {
        m->reference_acc = ln_tally_acc(&other.tally);
        ln_paired_gain(&paired, &m->gain, &m->gain_low, &m->gain_high);
    }
    ln_skipped_fini(&skipped);
    ln_scores_fini(&other);
    return status;
}

int ln_evaluate_against(const struct ln_model *model, const struct ln_dataset *ds,
                        const struct linnet_eval_opts *opts, const struct ln_model *reference,
                        struct linnet_metrics *metrics, int64_t *confusion) {
    enum linnet_part part = choose_part(ds, opts->part);
    LN_TRY(check_fit(model, ds, opts, part));
    struct ln_scores scores = {0};
    struct ln_skipped skipped = {
        .ds = ds, .on_event = opts->on_event, .user = opts->user, .ranks = opts->ranks};
    int status = ln_evaluate_part(model, ds, opts, part, &skipped, &scores);
    if (status == LINNET_OK) status = ln_skipped_share(&skipped);
    if (status == LINNET_OK) status = ln_metrics_of(&scores, model->temperature, metrics, confusion);
    if (status == LINNET_OK && reference) status = refer(reference, ds, opts, part, &scores, metrics);
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

int ln_evaluate(const struct ln_model *model, const struct ln_dataset *ds,
                const struct linnet_eval_opts *opts, struct linnet_metrics *metrics, int64_t *confusion) {
    return ln_evaluate_against(model, ds, opts, NULL, metrics, confusion);
}
