/* The range test as a training of its own, with the trainer's plans, loader and optimiser, so that its
 * result holds for the training that follows. The model's weights are copied into a plan and never copied
 * back. */
#include "train/lr_find.h"
#include "base/alloc.h"
#include "base/option.h"
#include "train/trainer.h"

#include <math.h>

/* The running mean of about ten losses decides when to stop: a single batch may have a large loss by chance.
 * Above four times its minimum the loss does not come back (the limit of fastai's lr_find). */
static const double beta = 0.9;
static const double diverged_at = 4;

struct finder {
    struct ln_trainer t;
    const struct linnet_lr_find_opts *opts;
    struct ln_lr_curve *curve;
    double mean, weight, lowest; /* running mean of the loss, as Adam corrects its bias */
};

/* The epochs follow each other without a break. */
static int next_batch(struct finder *f, struct ln_batch *batch) {
    struct ln_progress *p = &f->t.progress;
    LN_TRY(ln_loader_next(f->t.train, batch));
    if (batch->count > 0) return LINNET_OK;
    LN_TRY(ln_loader_start(f->t.train, ++p->epoch, 0));
    return ln_loader_next(f->t.train, batch);
}

static int run_step(struct finder *f, double lr, struct ln_step_result *r) {
    struct ln_trainer *t = &f->t;
    struct ln_batch batch;
    LN_TRY(next_batch(f, &batch));
    struct ln_plan *plan = ln_trainer_plan(t, batch.count);
    ln_mixer_run(&t->mixer, &batch, t->progress.steps);
    ln_plan_mix(plan, t->mixer.other, t->mixer.share);
    return ln_stepper_run(&t->stepper, plan, batch.images, batch.labels, lr, t->progress.steps++, r);
}

/* True if the loss has left its minimum for good. */
static bool has_diverged(struct finder *f, const struct ln_step_result *r) {
    if (!r->applied) return true;
    f->weight = beta * f->weight + (1 - beta);
    f->mean = beta * f->mean + (1 - beta) * r->loss;
    const double mean = f->mean / f->weight;
    f->lowest = fmin(f->lowest, mean);
    return mean > diverged_at * f->lowest;
}

static void tell(const struct finder *f, const struct linnet_lr_point *point) {
    const struct linnet_lr_find_opts *o = f->opts;
    if (!o->on_event) return;
    o->on_event(o->user, &(struct linnet_event){.kind = LINNET_EVENT_STEP,
                                                .part = LINNET_TRAIN,
                                                .step = f->curve->shown.count,
                                                .steps = o->steps,
                                                .lr = point->lr,
                                                .loss = point->loss,
                                                .images_per_s = NAN,
                                                .val_loss = NAN,
                                                .val_acc = NAN});
}

static int run_steps(struct finder *f) {
    const struct linnet_lr_find_opts *o = f->opts;
    struct linnet_lr_curve *c = &f->curve->shown;
    f->lowest = INFINITY;
    LN_TRY(ln_loader_start(f->t.train, 1, 0));
    while (c->count < o->steps && !c->diverged) {
        struct ln_step_result r;
        struct linnet_lr_point *point = &f->curve->points[c->count];
        point->lr = o->from * pow(o->to / o->from, (double)c->count / (o->steps - 1));
        LN_TRY(run_step(f, point->lr, &r));
        point->loss = r.loss;
        c->diverged = has_diverged(f, &r);
        if (r.applied) c->count++;
        tell(f, point);
        if (o->stop && *o->stop)
            return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted at step %d of %d", c->count,
                           o->steps);
    }
    return LINNET_OK;
}

static int run(struct finder *f) {
    LN_TRY(ln_train_resolve(&f->t.opts, f->t.model));
    f->t.epochs = f->t.epochs_most = 1;
    f->t.opts.start_imgsz = 0; /* as in most epochs: of the full size, with all augmentation */
    f->t.opts.plain_share = 0;
    f->t.opts.freeze_epochs = 0;
    LN_TRY(ln_trainer_prepare(&f->t));
    f->curve->shown.opt = f->t.opts.opt;
    LN_TRY(run_steps(f));
    if (f->curve->shown.count < 2)
        return ln_fail(LINNET_ERR_DIVERGED, "lr-find-diverged",
                       "the loss diverges at once, at a rate of %g; begin with a lower one", f->opts->from);
    ln_lr_curve_judge(&f->curve->shown, f->curve->points);
    return f->opts->plot ? ln_lr_curve_draw(&f->curve->shown, f->t.model, f->t.ds, f->opts->plot) : LINNET_OK;
}

int ln_lr_find(struct ln_lr_curve *curve, struct ln_model *model, const struct ln_dataset *ds,
               const struct linnet_lr_find_opts *opts) {
    const struct ln_model before = *model; /* its weights are only read */
    struct linnet_result result;
    *curve = (struct ln_lr_curve){0};
    struct finder f = {.opts = opts,
                       .curve = curve,
                       .t = {.model = model,
                             .ds = ds,
                             .opts = opts->train ? *opts->train : (struct linnet_train_opts){0},
                             .result = &result,
                             .progress = {.epoch = 1, .skipped = {.ds = ds}}}};
    f.t.opts.dir = NULL;
    f.t.opts.resume = false;
    f.t.opts.patience = 0;
    f.t.progress.skipped.on_event = opts->on_event;
    f.t.progress.skipped.user = opts->user;
    curve->points = ln_calloc((size_t)opts->steps, sizeof *curve->points);
    curve->shown.points = curve->points;
    int status = curve->points ? run(&f) : LINNET_ERR_LIMIT;
    ln_trainer_fini(&f.t);
    /* Preparing a training resets these for the new weights, but the test keeps the old weights. */
    model->temperature = before.temperature;
    model->unknown_energy = before.unknown_energy;
    model->dtype = before.dtype;
    model->tta = before.tta;
    return status;
}

void ln_lr_curve_fini(struct ln_lr_curve *curve) {
    ln_free(curve->points);
}
