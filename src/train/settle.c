/* Defaults and checks of training's options. */
#include "base/memory.h"
#include "base/text.h"
#include "base/threads.h"
#include "data/augment.h"
#include "optim/optim.h"
#include "optim/schedule.h"
#include "train/train.h"

#include <string.h>

enum { CACHE_MB_MOST = 1 << 30 };

static int refuse_number(const char *name, double value, double min, double max) {
    if (value >= min && value <= max) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "train-option", "%s is %g; %g to %g", name, value, min, max);
}

/* Where an explicit nothing differs from the default. */
static int refuse_unless_none(const char *name, double value, double max) {
    return value == LINNET_NONE ? LINNET_OK : refuse_number(name, value, 0, max);
}

static int check_names(const struct linnet_train_opts *o) {
    struct ln_augment augment;
    const char *names[32], *near;
    size_t n = 0;
    if (!ln_optim_find(o->opt)) {
        while (n < 32 && (names[n] = ln_optim_name((int)n))) n++;
        near = ln_text_nearest(o->opt, names, n);
        return ln_fail(LINNET_ERR_USAGE, "train-opt", "unknown optimiser '%s'%s%s", o->opt,
                       near ? "; did you mean " : "", near ? near : "");
    }
    if (!ln_schedule_find(o->lr_scheduler)) {
        while (n < 32 && (names[n] = ln_schedule_name((int)n))) n++;
        near = ln_text_nearest(o->lr_scheduler, names, n);
        return ln_fail(LINNET_ERR_USAGE, "train-schedule", "unknown schedule '%s'%s%s", o->lr_scheduler,
                       near ? "; did you mean " : "", near ? near : "");
    }
    if (strcmp(o->freeze, "none") != 0 && strcmp(o->freeze, "backbone") != 0)
        return ln_fail(LINNET_ERR_USAGE, "train-freeze", "unknown part to freeze '%s': backbone or none",
                       o->freeze);
    return ln_augment_level(o->augment, true, &augment);
}

/* Photos, and small colour pictures, look the same when mirrored; grey ones are often digits. */
static int settle_augment(struct linnet_train_opts *o, const struct ln_preprocess *pp) {
    const char *of_recipe;
    LN_TRY(ln_recipe_augment(o->recipe, &of_recipe));
    if (!o->augment) o->augment = pp->resize > 0 || pp->channels == 3 ? of_recipe : "none";
    return LINNET_OK;
}

/* A quarter of what is free: the system keeps files in what is left, and other programs want some. */
int64_t ln_default_cache_mb(void) {
    const size_t mb = ln_memory_available() / 4 >> 20;
    return mb < 1 ? 1 : mb < CACHE_MB_MOST ? (int64_t)mb : CACHE_MB_MOST;
}

/* Where nothing is said of it. Small pictures are learnt in fewer epochs with AdamW: five of LeNet on
 * Fashion-MNIST end 0.4 points higher. Whoever gives a rate or a momentum means SGD, the field's habit. */
static void choose_optimiser(struct linnet_train_opts *o, const struct ln_model *model) {
    enum { SMALL = 64 }; /* pixels a side */
    bool silent = o->lr == 0 && o->momentum == 0 && o->weight_decay == 0;
    if (o->opt) return;
    const bool small = model->preprocess.width <= SMALL && model->preprocess.height <= SMALL;
    o->opt = silent && small ? "adamw" : "sgd";
    if (silent && small) o->lr = 0.002;
}

int ln_train_settle(struct linnet_train_opts *o, const struct ln_model *model) {
    choose_optimiser(o, model);
    if (!o->lr_scheduler) o->lr_scheduler = "cosine";
    if (!o->recipe) o->recipe = "auto";
    LN_TRY(settle_augment(o, &model->preprocess));
    if (!o->freeze) o->freeze = "none";
    if (!o->conv) o->conv = "auto";
    LN_TRY(check_names(o));
    enum ln_dtype dtype;
    LN_TRY(ln_dtype_settle(&o->dtype, &dtype));
    const struct ln_optim_kind *kind = ln_optim_find(o->opt);
    if (o->momentum > 0 && !kind->takes_momentum)
        return ln_fail(LINNET_ERR_USAGE, "train-momentum",
                       "momentum is %g, and %s has none; sgd, nesterov and rmsprop do", o->momentum, o->opt);
    if (!o->epochs) o->epochs = 10;
    if (!o->batch) o->batch = LN_DEFAULT_BATCH;
    if (o->lr == 0) o->lr = kind->lr;
    if (o->momentum == 0) o->momentum = kind->momentum > 0 ? kind->momentum : LINNET_NONE;
    if (o->weight_decay == 0) o->weight_decay = kind->weight_decay;
    if (ln_schedule_find(o->lr_scheduler)->has_warmup) o->warmup_epochs = 0; /* it has its own */
    if (o->model_ema && o->model_ema_decay == 0) o->model_ema_decay = 0.9998;
    if (!o->step_epochs) o->step_epochs = o->epochs > 3 ? o->epochs / 3 : 1;
    LN_TRY(refuse_number("epochs", o->epochs, LINNET_NONE, 1e6));
    LN_TRY(refuse_number("batch", o->batch, 1, 1 << 16));
    LN_TRY(refuse_number("lr", o->lr, 0, 1e6));
    LN_TRY(refuse_unless_none("momentum", o->momentum, 1));
    LN_TRY(refuse_unless_none("weight_decay", o->weight_decay, 1e6));
    LN_TRY(refuse_number("warmup_epochs", o->warmup_epochs, 0, 1e6));
    LN_TRY(refuse_number("step_epochs", o->step_epochs, 1, 1e6));
    LN_TRY(refuse_number("patience", o->patience, 0, 1e6));
    LN_TRY(refuse_number("time_s", o->time_s, 0, 1e9));
    LN_TRY(refuse_number("model_ema_decay", o->model_ema_decay, 0, 1));
    LN_TRY(refuse_number("label_smoothing", o->label_smoothing, 0, 0.999999));
    LN_TRY(refuse_number("mixup", o->mixup, 0, 1000));
    LN_TRY(refuse_number("cutmix", o->cutmix, 0, 1000));
    LN_TRY(refuse_number("threads", o->threads, 0, 1024));
    LN_TRY(refuse_number("workers", o->workers, 0, 1024));
    LN_TRY(refuse_unless_none("cache_mb", (double)o->cache_mb, (double)CACHE_MB_MOST));
    if (!o->cache_mb) o->cache_mb = ln_default_cache_mb();
    o->threads = ln_threads_start(o->threads);
    if (!o->workers) o->workers = o->threads;
    return LINNET_OK;
}
