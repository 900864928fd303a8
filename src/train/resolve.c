/* Resolves the options of training: constant defaults and checks come from the table; the defaults that depend on the
 * network, the optimiser or the machine are filled in here.
 */
#include "base/memory.h"
#include "base/option.h"
#include "base/threads.h"
#include "comm/comm.h"
#include "data/augment.h"
#include "data/share.h"
#include "optim/optim.h"
#include "optim/schedule.h"
#include "train/choices.h"
#include "train/train.h"

enum { CACHE_MB_MOST = 1 << 30 };

/* A quarter of the free memory: the system needs free memory for its file cache, and other programs need some too. */
int64_t ln_default_cache_mb(void) {
    const size_t mb = ln_memory_available() / 4 >> 20;
    return mb < 1 ? 1 : mb < CACHE_MB_MOST ? (int64_t)mb : CACHE_MB_MOST;
}

/* On small pictures AdamW needs fewer epochs: after five, LeNet on Fashion-MNIST is 0.4 points more accurate. The decay, of weights
 * alone, and the smoothing cost nothing in ten epochs, and in 25 they gain a point (docs/recipes.md). But a user who gives a
 * rate, a momentum or a decay expects SGD, the usual default. */
static void choose_optimiser(struct linnet_train_opts *o, const struct ln_model *model) {
    enum { SMALL = 64 }; /* pixels */
    const bool small = model->preprocess.width <= SMALL && model->preprocess.height <= SMALL;
    if (o->opt || !small || o->lr != 0 || o->momentum != 0 || o->weight_decay != 0) return;
    o->opt = "adamw";
    o->lr = 0.002;
    o->weight_decay = 0.1;
    o->decay_weights = true;
    if (!o->label_smoothing) o->label_smoothing = 0.05;
}

/* 0 in an option means "not set", so an amount of none is stored as LINNET_NONE. */
static double or_none(double value) {
    return value > 0 ? value : LINNET_NONE;
}

/* Photos and small colour pictures may be mirrored; small grey pictures are often digits or letters, which may not, and
 * are shifted alone. Options that the caller leaves open take the values of the level. */
static int resolve_augment(struct linnet_train_opts *o, const struct ln_preprocess *pp) {
    const bool photos = pp->resize > 0;
    const char *of_recipe;
    struct ln_augment level;
    LN_TRY(ln_recipe_augment(o->recipe, &of_recipe));
    if (!o->augment) o->augment = photos || pp->channels == 3 ? of_recipe : "shift";
    LN_TRY(ln_augment_level(o->augment, photos, &level));
    if (!o->auto_augment) o->auto_augment = level.trivial ? "trivial" : "none";
    if (!o->scale) o->scale = level.scale.low;
    if (!o->rotate) o->rotate = or_none(level.rotate);
    if (!o->jitter) o->jitter = or_none(level.jitter.brightness); /* all three are alike in each level */
    if (!o->erase) o->erase = or_none(level.erase);
    return LINNET_OK;
}

static void resolve_optimiser(struct linnet_train_opts *o) {
    const struct ln_optim_kind *kind = ln_optim_find(o->opt);
    if (o->lr == 0) o->lr = kind->lr;
    if (o->momentum == 0) o->momentum = kind->momentum > 0 ? kind->momentum : LINNET_NONE;
    if (o->weight_decay == 0) o->weight_decay = kind->weight_decay;
}

static void resolve_schedule(struct linnet_train_opts *o) {
    const bool takes_step_size = ln_schedule_find(o->lr_scheduler)->takes_step_size;
    if (takes_step_size && !o->step_epochs) o->step_epochs = o->epochs > 3 ? o->epochs / 3 : 1;
}

static void resolve_machine(struct linnet_train_opts *o) {
    if (!o->cache_mb) o->cache_mb = ln_default_cache_mb() / ln_comm_local_size(o->ranks);
    if (!o->cache_mb) o->cache_mb = 1;
    o->threads = ln_threads_start(o->threads);
    if (!o->workers) o->workers = o->threads;
}

int ln_train_resolve(struct linnet_train_opts *o, const struct ln_model *model) {
    enum ln_dtype dtype;
    choose_optimiser(o, model);
    ln_options_default(linnet_train_options, o);
    LN_TRY(ln_options_check(linnet_train_options, o));
    LN_TRY(ln_share_check(ln_share_of(o->ranks, 0), o->batch)); /* here too, before anything is printed */
    LN_TRY(resolve_augment(o, &model->preprocess));
    LN_TRY(ln_dtype_resolve(&o->dtype, model->net, &dtype));
    resolve_optimiser(o);
    resolve_schedule(o);
    resolve_machine(o);
    return LINNET_OK;
}
