/* Sets up a training run: plans for training, for a smaller last batch and for inference, which share one set of
 * parameters; the optimiser; the loaders. In a resumed run their state comes from the checkpoint.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "base/option.h"
#include "data/manifest.h"
#include "train/class_weights.h"
#include "train/evaluate.h"
#include "train/generation.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

static int freeze(struct ln_trainer *t) {
    if (!ln_freeze_backbone(t->opts.freeze) && t->opts.freeze_epochs <= 0) return LINNET_OK;
    t->backbone = ln_calloc(t->model->net->count, sizeof *t->backbone);
    if (!t->backbone) return LINNET_ERR_LIMIT;
    ln_net_backbone(t->model->net, t->backbone);
    return LINNET_OK;
}

int ln_trainer_compile(struct ln_trainer *t) {
    bool direct;
    if (t->ds->parts[LINNET_TRAIN].count == 0)
        return ln_fail(LINNET_ERR_INPUT, "data-empty", "%s: the train part has no images", t->ds->path);
    LN_TRY(ln_check_classes(t->model, t->ds));
    LN_TRY(freeze(t));
    LN_TRY(ln_class_weights(t->opts.class_weights, t->ds, &t->class_weights));
    LN_TRY(ln_conv_resolve(t->opts.conv, &direct));
    LN_TRY(ln_dtype_resolve(&t->opts.dtype, t->model->net, &t->model->dtype));
    LN_TRY(ln_trainer_stages(t));
    struct ln_plan_opts eval = {
        .batch = ln_plan_batch(t->plan), .direct = direct, .dtype = t->model->dtype, .like = t->plan};
    return ln_plan_compile(&t->eval, t->model->net, &eval);
}

static int take_memory(struct ln_trainer *t) {
    LN_TRY(ln_trainer_check_memory(t));
    LN_TRY(ln_trainer_stages_take_memory(t));
    LN_TRY(ln_plan_take_memory(t->eval));
    t->infer = ln_infer_in(t->eval);
    t->infer.ranks = t->ranks;
    /* Temperature 1 until one is fitted at the end of the run. */
    if (t->model->tta) LN_TRY(ln_infer_flip(&t->infer, 1));
    return ln_model_to_plan(t->model, t->plan);
}

/* Patience counts epochs without a better validation result. The test part must not decide when to stop. */
static int check_patience(const struct ln_trainer *t) {
    if (!t->opts.patience || (t->ds->parts[LINNET_VAL].count && !ln_dataset_keeps_last(t->ds)))
        return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "train-patience",
                   "%s: patience %d needs a validation part to decide which epoch is better; see --split",
                   t->ds->path, t->opts.patience);
}

static int load(struct ln_trainer *t, const char *path) {
    char *json = NULL;
    const struct ln_checkpoint checkpoint = ln_trainer_checkpoint(t);
    int status = ln_checkpoint_load(&checkpoint, path, &json);
    if (status == LINNET_OK) status = ln_progress_parse(&t->progress, &t->progress_of, path, json);
    /* The file may have been edited, or the data may have shrunk. */
    if (status == LINNET_OK && t->progress.step > ln_loader_steps(t->train))
        status = ln_fail(LINNET_ERR_INPUT, "ckpt-progress",
                         "%s: the checkpoint is at step %d, but an epoch has only %d", path, t->progress.step,
                         ln_loader_steps(t->train));
    ln_free(json);
    return status;
}

/* Applies the progress to the parts of the trainer that do not read it themselves. */
static void apply_progress(struct ln_trainer *t) {
    const struct ln_progress *p = &t->progress;
    const double steps = (double)t->epochs * ln_loader_steps(t->train);
    *ln_optim_steps(t->stepper.optim) = p->updates;
    t->pace.position = t->opts.time_s > 0 ? p->position : t->epochs > 0 ? p->steps / steps : 1;
    ln_run_times(t->opts.dir, t->progress.history, p->epoch - 1);
    ln_trainer_saved(t);
}

/* The previous checkpoint becomes the last one, so that the next save does not replace it by the damaged one. */
static int fall_back(const struct ln_trainer *t, const struct ln_generation *g) {
    const bool damaged = g->damage.status != LINNET_OK;
    ln_log(LINNET_LOG_WARNING, "%s%s; the run continues from the checkpoint before it, of step %u [%s]",
           damaged ? g->damage.translated : t->opts.dir, damaged ? "" : ": " LN_GENERATION_LAST " is missing",
           t->progress.steps, damaged ? g->damage.code : "ckpt-missing");
    return ln_generation_adopt(t->opts.dir);
}

/* Restores the state from the newest checkpoint that is whole, as if the run had never stopped. The best
 * weights come after the progress, which names them by their sum. */
static int restore(struct ln_trainer *t) {
    struct ln_generation g;
    LN_TRY(ln_generation_find(&g, t->opts.dir));
    int status = load(t, g.path);
    if (status == LINNET_OK) {
        apply_progress(t);
        status = ln_best_restore(t);
    }
    if (status == LINNET_OK && g.previous) status = fall_back(t, &g);
    ln_generation_fini(&g);
    return status;
}

static int start_average(struct ln_trainer *t) {
    size_t count;
    float *values = ln_plan_all_values(t->plan, &count);
    return t->opts.model_ema ? ln_average_init(&t->average, values, count, t->opts.model_ema_decay)
                             : LINNET_OK;
}

/* The number of weights at the end of the optimiser's flat memory that are not decayed (biases and norms,
 * which are placed last for this reason); 0: all are decayed. */
static size_t undecayed(const struct ln_trainer *t) {
    size_t count;
    ln_plan_values(t->plan, &count);
    return t->opts.decay_weights ? count - ln_plan_decayed(t->plan) : 0;
}

/* A step's cost is proportional to the pixels of its images. Inference, or a frozen backbone, computes a third of what training
 * does: the forward pass alone. */
static void start_pace(struct ln_trainer *t) {
    static const double forward_share = 1.0 / 3;
    const int batch = t->batch;
    struct ln_pace_opts o = {
        .steps = (int)((t->ds->parts[LINNET_TRAIN].count + (size_t)batch - 1) / (size_t)batch),
        .epochs = t->epochs,
        .longer = t->epochs_most > t->epochs,
        .watch_every = t->opts.val_every,
        .stage_count = t->stage_count};
    for (int i = 0; i < t->stage_count; i++) {
        const double side = t->stages[i].imgsz, share = t->stages[i].frozen ? forward_share : 1;
        o.stages[i] =
            (struct ln_pace_stage){.begin = (t->stages[i].first_epoch - 1.0) / (t->epochs ? t->epochs : 1),
                                   .cost = side * side * share};
    }
    const double side = t->model->preprocess.width;
    if (t->val)
        o.watch_cost = (t->model->tta ? 2 : 1) * side * side * forward_share * ln_loader_steps(t->val);
    ln_pace_init(&t->pace, &o);
}

/* The checks come first, what takes time or memory later. Order that matters: the stages need t->backbone and
 * t->class_weights; the optimiser needs the plan; the rates need the pace (steps per epoch) and the plan; a
 * checkpoint is read last, into all of these. */
int ln_trainer_prepare(struct ln_trainer *t) {
    LN_TRY(ln_trainer_compile(t));
    t->model->temperature = 1; /* an earlier one was fitted to other weights */
    t->model->unknown_energy = INFINITY;
    t->model->tta = ln_tta_flips(t->opts.tta, false);
    LN_TRY(check_patience(t));
    LN_TRY(take_memory(t));
    LN_TRY(ln_stepper_init(&t->stepper, t->plan, t->opts.opt,
                           &(struct ln_optim_opts){.undecayed = undecayed(t),
                                                   .momentum = ln_option_amount(t->opts.momentum),
                                                   .weight_decay = ln_option_amount(t->opts.weight_decay)}));
    LN_TRY(start_average(t));
    t->stepper.clip = t->opts.clip;
    if (t->ds->parts[LINNET_VAL].count) LN_TRY(ln_trainer_loader(t, LINNET_VAL, false, &t->val));
    LN_TRY(ln_doubt_init(&t->doubt, t->doubts ? t->doubts->leave_out : 0, t->ds->count, t->batch));
    start_pace(t);
    LN_TRY(ln_trainer_rates(t));
    LN_TRY(ln_trainer_enter_stage(t));
    t->progress.history = ln_calloc((size_t)t->epochs_most + 1, sizeof *t->progress.history);
    if (!t->progress.history) return LINNET_ERR_LIMIT;
    return t->opts.resume && t->opts.dir ? restore(t) : LINNET_OK;
}

void ln_trainer_fini(struct ln_trainer *t) {
    ln_loader_destroy(t->train);
    ln_loader_destroy(t->val);
    ln_skipped_fini(&t->progress.skipped);
    ln_events_fini(&t->events);
    ln_stepper_fini(&t->stepper);
    ln_average_fini(&t->average);
    ln_mixer_fini(&t->mixer);
    ln_doubt_fini(&t->doubt);
    ln_feature_cache_fini(&t->features);
    ln_infer_fini(&t->infer);
    ln_plan_destroy(t->eval);
    ln_trainer_stages_fini(t);
    ln_free(t->progress.history);
    ln_free(t->backbone);
    ln_free(t->parts);
    ln_free(t->class_weights);
}
