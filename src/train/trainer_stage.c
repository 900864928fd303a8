/* The stages of a run: epochs that see small images, then larger ones, then larger ones without strong
 * augmentation. All their plans share one set of parameters.
 *
 *   epoch   1 ........ start_share * epochs ........ (1 - plain_share) * epochs ........ epochs
 *   size    start_imgsz            train_imgsz                      train_imgsz
 *   augment   full                    full                             plain
 *
 * With freeze_epochs these come first, as a stage of their own, in which the backbone is frozen.
 */
#include "base/option.h"
#include "data/cache.h"
#include "train/trainer.h"

#include <string.h>

static int make_augment(const struct ln_trainer *t, const struct ln_trainer_stage *stage,
                        struct ln_augment *a) {
    const struct linnet_train_opts *o = &t->opts;
    LN_TRY(ln_augment_level(o->augment, t->ds->width == 0, a));
    if (a->crop == LN_CROP_RESIZED && o->scale > 0) a->scale.low = o->scale;
    const double jitter = ln_option_amount(o->jitter);
    a->jitter = (struct ln_jitter){.brightness = jitter, .contrast = jitter, .saturation = jitter};
    a->rotate = ln_option_amount(o->rotate);
    a->erase = stage->plain ? 0 : ln_option_amount(o->erase);
    a->trivial = !stage->plain && strcmp(o->auto_augment, "trivial") == 0;
    return LINNET_OK;
}

/* ---- sizes --------------------------------------------------------------------------------------------- */

static int frozen_epochs(const struct ln_trainer *t) {
    return t->opts.freeze_epochs > 0 ? t->opts.freeze_epochs : 0;
}

/* A stage that would begin in the same epoch as the stage before replaces it: with few epochs some stages
 * have no epoch. */
static void add_stage(struct ln_trainer *t, double share, int imgsz, bool plain) {
    const int thawed = frozen_epochs(t) + 1, by_share = 1 + (int)(share * t->epochs);
    const int first = by_share > thawed ? by_share : thawed;
    struct ln_trainer_stage *last = t->stage_count ? &t->stages[t->stage_count - 1] : NULL;
    if (last && last->first_epoch == first) t->stage_count--;
    t->stages[t->stage_count++] = (struct ln_trainer_stage){
        .first_epoch = first, .imgsz = imgsz, .plain = plain, .frozen = t->backbone && frozen_epochs(t) == 0};
}

static void choose_stages(struct ln_trainer *t) {
    const struct linnet_train_opts *o = &t->opts;
    const int full = o->train_imgsz ? o->train_imgsz : t->model->preprocess.width;
    const double start = o->start_imgsz ? o->start_share > 0 ? o->start_share : 0.7 : 0;
    if (frozen_epochs(t))
        t->stages[t->stage_count++] = (struct ln_trainer_stage){
            .first_epoch = 1, .imgsz = start > 0 ? o->start_imgsz : full, .frozen = true};
    if (start > 0) add_stage(t, 0, o->start_imgsz, false);
    add_stage(t, start, full, false);
    if (o->plain_share > 0) add_stage(t, 1 - o->plain_share, full, true);
}

static bool mixes(const struct ln_trainer *t, const struct ln_trainer_stage *stage) {
    return !stage->plain && (t->opts.mixup > 0 || t->opts.cutmix > 0);
}

/* The number of views of the stage; 0: every epoch draws new ones. */
static int count_views(const struct ln_trainer *t, const struct ln_trainer_stage *stage) {
    return stage->frozen && !mixes(t, stage) && !ln_sampler_balanced(t->opts.sampler) ? t->opts.freeze_views
                                                                                      : 0;
}

/* ---- plans --------------------------------------------------------------------------------------------- */

/* The plan of an earlier stage with the same size and frozen layers; compiling takes seconds, and its buffers
 * are the largest memory of a run. */
static struct ln_trainer_stage *same_plans(struct ln_trainer *t, const struct ln_trainer_stage *stage) {
    for (int i = 0; i < t->stage_count; i++) {
        const struct ln_trainer_stage *s = &t->stages[i];
        if (s->owns_plans && s->imgsz == stage->imgsz && s->frozen == stage->frozen) return &t->stages[i];
    }
    return NULL;
}

/* This rank's images of the last batch if they need a plan of their own; else 0. A rank without any computes a blank image, so that
 * it takes part in the sums of the ranks. */
static int remainder_of(const struct ln_trainer *t) {
    const size_t tail = t->ds->parts[LINNET_TRAIN].count % (size_t)t->batch;
    const size_t own = ln_share_count(t->share, tail);
    const size_t computed = tail > 0 && own == 0 ? 1 : own;
    return computed == ln_share_count(t->share, (size_t)t->batch) ? 0 : (int)computed;
}

/* A batch larger than the part is cut to it. */
static int choose_batch(struct ln_trainer *t) {
    const size_t count = t->ds->parts[LINNET_TRAIN].count;
    t->batch = (size_t)t->opts.batch < count ? t->opts.batch : (int)count;
    return ln_share_check(t->share, t->batch);
}

/* A last batch that is not whole gets a plan of its own, because a plan computes a fixed number of images and
 * padding would change the mean of the gradient. */
static int make_plans(struct ln_trainer *t, struct ln_trainer_stage *stage) {
    const struct ln_preprocess *pp = &t->model->preprocess;
    const int batch = (int)ln_share_count(t->share, (size_t)t->batch), remainder = remainder_of(t);
    const struct ln_trainer_stage *same = same_plans(t, stage);
    bool direct;
    LN_TRY(ln_conv_resolve(t->opts.conv, &direct));
    stage->preprocess = *pp;
    if (same) {
        stage->plan = same->plan;
        stage->tail = same->tail;
        stage->preprocess = same->preprocess;
        return LINNET_OK;
    }
    if (stage->imgsz != pp->width) {
        LN_TRY(ln_net_resized(t->model->net, stage->imgsz, stage->imgsz, &stage->net));
        stage->preprocess.width = stage->preprocess.height = stage->imgsz;
        /* The crop's share of the photo stays: 256 and 224 become 146 and 128. */
        stage->preprocess.resize = (int)((int64_t)pp->resize * stage->imgsz / pp->width);
    }
    struct ln_plan_opts opts = {.batch = batch,
                                .train = true,
                                .direct = direct,
                                .dtype = t->model->dtype,
                                .label_smoothing = t->opts.label_smoothing,
                                .class_weights = t->class_weights,
                                .seed = t->opts.seed,
                                .frozen = stage->frozen ? t->backbone : NULL,
                                .features = count_views(t, stage) > 0 && ln_net_head(t->model->net, 0) > 0,
                                .like = t->plan};
    const struct ln_net *net = stage->net ? stage->net : t->model->net;
    stage->owns_plans = true;
    LN_TRY(ln_plan_compile(&stage->plan, net, &opts));
    if (!t->plan) t->plan = stage->plan;
    opts.like = t->plan;
    opts.batch = remainder;
    return remainder ? ln_plan_compile(&stage->tail, net, &opts) : LINNET_OK;
}

int ln_trainer_stages(struct ln_trainer *t) {
    LN_TRY(choose_batch(t));
    choose_stages(t);
    /* The last stage first, because it has the largest images: its memory for activations serves the others. */
    for (int i = t->stage_count - 1; i >= 0; i--) LN_TRY(make_plans(t, &t->stages[i]));
    return LINNET_OK;
}

/* The plan that owns the weights is the last stage's, and comes first. */
int ln_trainer_stages_take_memory(const struct ln_trainer *t) {
    for (int i = t->stage_count - 1; i >= 0; i--) {
        const struct ln_trainer_stage *s = &t->stages[i];
        if (!s->owns_plans) continue;
        LN_TRY(ln_plan_take_memory(s->plan));
        if (s->tail) LN_TRY(ln_plan_take_memory(s->tail));
    }
    return LINNET_OK;
}

void ln_trainer_stages_fini(struct ln_trainer *t) {
    for (int i = 0; i < t->stage_count; i++) {
        struct ln_trainer_stage *s = &t->stages[i];
        if (s->owns_plans) ln_plan_destroy(s->tail);
        if (s->owns_plans && s->plan != t->plan) ln_plan_destroy(s->plan);
    }
    ln_plan_destroy(t->plan);
    for (int i = 0; i < t->stage_count; i++) ln_net_destroy(t->stages[i].net);
}

struct ln_plan *ln_trainer_plan(const struct ln_trainer *t, int count) {
    const struct ln_trainer_stage *stage = &t->stages[t->stage];
    return count == ln_plan_batch(stage->plan) || !stage->tail ? stage->plan : stage->tail;
}

/* ---- the loader ---------------------------------------------------------------------------------------- */

/* Images that are read only once are not cached. Validation takes its share first: its images need few bytes and are
 * expensive to read. */
static size_t cache_bytes(const struct ln_trainer *t, enum linnet_part part) {
    const struct ln_preprocess *pp = &t->model->preprocess;
    const size_t all = t->opts.cache_mb > 0 ? (size_t)t->opts.cache_mb << 20 : 0;
    const size_t image = (size_t)pp->width * (size_t)pp->height * (size_t)pp->channels + LN_CACHE_OVERHEAD;
    const size_t count = t->ds->parts[LINNET_VAL].count;
    const size_t val = count < all / 2 / image ? count * image : all / 2;
    return part == LINNET_TRAIN ? all - val : part == LINNET_VAL ? val : 0;
}

int ln_trainer_loader_opts(struct ln_trainer *t, enum linnet_part part, const struct ln_trainer_stage *stage,
                           struct ln_augment *augment, struct ln_loader_opts *opts) {
    *augment = (struct ln_augment){0};
    if (stage) LN_TRY(make_augment(t, stage, augment));
    *opts = (struct ln_loader_opts){.part = part,
                                    .batch = t->batch, /* of which this rank's share is the plans' batch */
                                    .share = t->share,
                                    .previous = stage && mixes(t, stage),
                                    .preprocess = stage ? &stage->preprocess : &t->model->preprocess,
                                    .balanced = stage && ln_sampler_balanced(t->opts.sampler),
                                    .augment = augment,
                                    .views = stage ? count_views(t, stage) : 0,
                                    .first_epoch = stage ? stage->first_epoch : 0,
                                    .seed = t->opts.seed,
                                    .workers = t->opts.workers,
                                    .cache_bytes = cache_bytes(t, part),
                                    .refill = part == LINNET_TRAIN,
                                    .strict = t->opts.strict,
                                    .on_skip = ln_skipped_add,
                                    .on_damage = ln_skipped_add_damaged,
                                    .user = &t->progress.skipped};
    return LINNET_OK;
}

int ln_trainer_loader(struct ln_trainer *t, enum linnet_part part, bool shuffle, struct ln_loader **loader) {
    const struct ln_trainer_stage *stage = part == LINNET_TRAIN ? &t->stages[t->stage] : NULL;
    struct ln_augment augment;
    struct ln_loader_opts opts;
    LN_TRY(ln_trainer_loader_opts(t, part, stage, &augment, &opts));
    opts.shuffle = shuffle;
    return ln_loader_create(loader, t->ds, &opts);
}

/* ---- current stage ------------------------------------------------------------------------------------- */

/* With a time limit stages begin at their share of the time, since the number of epochs is not known. The
 * stage may then change within the planned epochs of another one. */
static int stage_now(const struct ln_trainer *t) {
    const bool timed = t->opts.time_s > 0;
    int stage = t->stage_count - 1;
    while (stage > 0 && (timed ? t->pace.opts.stages[stage].begin > t->pace.position
                               : t->stages[stage].first_epoch > t->progress.epoch))
        stage--;
    return stage;
}

/* When all layers are trained from now on, the optimiser restarts: its state is that of the last layer alone.
 * This is done before the checkpoint between the two epochs, so that a resumed run
 * does the same. */
void ln_trainer_leave_stage(const struct ln_trainer *t) {
    if (t->stages[t->stage].frozen && !t->stages[stage_now(t)].frozen) ln_optim_reset(t->stepper.optim);
}

/* The parts of the weights that the stage trains. */
static void enter_parts(struct ln_trainer *t, const struct ln_trainer_stage *s) {
    const size_t first = s->frozen ? t->head_part : 0;
    t->stepper.parts = t->parts ? t->parts + first : NULL;
    t->stepper.part_count = t->part_count - first;
}

static size_t features_most(const struct ln_trainer *t) {
    return t->opts.cache_mb > 0 ? (size_t)t->opts.cache_mb << 19 : 0; /* half of the cache */
}

size_t ln_trainer_features_bytes(const struct ln_trainer *t, const struct ln_trainer_stage *stage) {
    const double views = count_views(t, stage), images = (double)t->ds->parts[LINNET_TRAIN].count;
    size_t width;
    ln_plan_features(stage->plan, &width);
    const double bytes = views * images * (double)width * sizeof(float);
    return bytes <= (double)features_most(t) ? (size_t)bytes : 0; /* all or nothing */
}

/* The cache of features may take half as much memory as that of decoded photos, in addition to it. Without room
 * for all views none is kept (ln_feature_cache_init). */
static int enter_features(struct ln_trainer *t) {
    const struct ln_trainer_stage *s = &t->stages[t->stage];
    size_t width;
    ln_feature_cache_fini(&t->features);
    if (t->ranks) return LINNET_OK; /* in each epoch a rank sees other images */
    if (t->mixer.other || !ln_plan_features(s->plan, &width) || !ln_plan_takes_features(s->plan))
        return LINNET_OK;
    if (s->tail && !ln_plan_takes_features(s->tail)) return LINNET_OK;
    return ln_feature_cache_init(&t->features, t->ds, count_views(t, s), width, ln_plan_batch(s->plan),
                                 features_most(t));
}

int ln_trainer_enter_stage(struct ln_trainer *t) {
    const int stage = stage_now(t);
    if (stage == t->stage && t->train) return LINNET_OK;
    t->stage = stage;
    const struct ln_trainer_stage *s = &t->stages[stage];
    enter_parts(t, s);
    ln_loader_destroy(t->train);
    t->train = NULL;
    ln_mixer_fini(&t->mixer);
    LN_TRY(ln_mixer_init(&t->mixer,
                         &(struct ln_mix){s->plain ? 0 : t->opts.mixup, s->plain ? 0 : t->opts.cutmix},
                         &s->preprocess, ln_plan_batch(s->plan), t->opts.seed));
    LN_TRY(enter_features(t));
    return ln_trainer_loader(t, LINNET_TRAIN, true, &t->train);
}
