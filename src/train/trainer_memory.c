/* The memory of a run before its first step: computed from the compiled plans, the optimiser, the options and some photos, and
 * compared with what the run may have. The program itself, with its libraries, the data set, the initial weights and
 * oneDNN's compiled kernels, is not computed but measured: it is what the process holds already.
 */
#include "base/arena.h"
#include "base/memory.h"
#include "optim/optim.h"
#include "train/trainer.h"

/* Pictures are drawn when a run ends, beside everything else: pango, fontconfig and cairo with their fonts take 10 MB, the
 * canvas of a confusion matrix 9 MB. */
enum { REPORT = 19 << 20 };

static int64_t plan_memory(const struct ln_plan *plan, struct linnet_train_memory *m) {
    const struct ln_plan_pages pages = ln_plan_pages(plan);
    m->weights += (int64_t)pages.values;
    m->gradients += (int64_t)pages.grads;
    return (int64_t)pages.activations;
}

/* Activations also count the mirror images of --tta. */
static void count_plans(const struct ln_trainer *t, struct linnet_train_memory *m) {
    size_t image;
    for (int i = 0; i < t->stage_count; i++) {
        const struct ln_trainer_stage *s = &t->stages[i];
        if (!s->owns_plans) continue;
        m->activations += plan_memory(s->plan, m);
        if (s->tail) m->activations += plan_memory(s->tail, m);
    }
    m->activations += plan_memory(t->eval, m);
    if (ln_tta_flips(t->opts.tta, false) && ln_shape_count(&t->model->net->nodes[0].out, &image))
        m->activations += (int64_t)(image * sizeof(float)) * ln_plan_batch(t->eval);
}

/* A checkpoint is written tensor by tensor. */
static void count_weights(const struct ln_trainer *t, struct linnet_train_memory *m) {
    const int slots = ln_optim_slots(ln_optim_find(t->opts.opt));
    size_t trained, all;
    ln_plan_values(t->plan, &trained);
    ln_plan_all_values(t->plan, &all);
    m->optimiser =
        (int64_t)ln_arena_mapped_bytes((size_t)slots * ln_arena_slice_bytes(trained * sizeof(float)));
    if (t->opts.model_ema) m->average = (int64_t)(all * sizeof(float));
    if (t->opts.dir) m->weights += (int64_t)ln_plan_read_bytes(t->plan);
}

/* A part without images has no loader. The loaders of training, validation and test exist side by side at the end. */
static int count_loader(struct ln_trainer *t, enum linnet_part part, const struct ln_trainer_stage *stage,
                        struct ln_loader_memory *most) {
    struct ln_augment augment;
    struct ln_loader_opts opts;
    if (t->ds->parts[part].count == 0) return LINNET_OK;
    LN_TRY(ln_trainer_loader_opts(t, part, stage, &augment, &opts));
    const struct ln_loader_memory m = ln_loader_memory(t->ds, &opts);
    if (m.batches > most->batches) most->batches = m.batches;
    if (m.decoding > most->decoding) most->decoding = m.decoding;
    if (m.cache > most->cache) most->cache = m.cache;
    most->lists = m.lists;
    return LINNET_OK;
}

/* The scores that are kept of the larger part. */
static size_t scores_bytes(const struct ln_trainer *t) {
    const size_t val = t->ds->parts[LINNET_VAL].count, test = t->ds->parts[LINNET_TEST].count;
    return (val > test ? val : test) * ((size_t)t->model->classes * sizeof(float) + 2 * sizeof(int32_t));
}

static void add_loader(const struct ln_loader_memory *of, struct linnet_train_memory *m) {
    m->loader += (int64_t)(of->batches + of->lists);
    m->cache += (int64_t)of->cache;
}

static size_t largest(size_t a, size_t b, size_t c) {
    const size_t ab = a > b ? a : b;
    return ab > c ? ab : c;
}

static int count_loaders(struct ln_trainer *t, struct linnet_train_memory *m) {
    struct ln_loader_memory train = {0}, val = {0}, test = {0};
    size_t features = 0;
    for (int i = 0; i < t->stage_count; i++) {
        const size_t bytes = ln_trainer_features_bytes(t, &t->stages[i]);
        if (bytes > features) features = bytes;
        LN_TRY(count_loader(t, LINNET_TRAIN, &t->stages[i], &train));
    }
    LN_TRY(count_loader(t, LINNET_VAL, NULL, &val));
    LN_TRY(count_loader(t, LINNET_TEST, NULL, &test));
    m->loader = (int64_t)(scores_bytes(t) + largest(train.decoding, val.decoding, test.decoding));
    m->cache = (int64_t)features;
    add_loader(&train, m);
    add_loader(&val, m);
    add_loader(&test, m);
    return LINNET_OK;
}

/* ---- limits -------------------------------------------------------------------------------------------- */

static int64_t without_cache(const struct linnet_train_memory *m) {
    return m->program + m->report + m->weights + m->gradients + m->optimiser + m->average + m->activations +
           m->loader;
}

/* The cache only saves time, so it takes what is left. Features of a frozen backbone may take half as much besides. */
static void shrink_cache(struct ln_trainer *t, struct linnet_train_memory *m) {
    const int64_t left = m->allowed - without_cache(m);
    const int64_t mb = (left > 0 ? left : 0) * 2 / 3 >> 20;
    if (m->cache <= left || mb >= t->opts.cache_mb) return;
    t->opts.cache_mb = mb > 0 ? mb : LINNET_NONE;
    m->cache = mb << 20;
}

int ln_trainer_check_memory(struct ln_trainer *t) {
    struct linnet_train_memory *m = &t->memory;
    *m = (struct linnet_train_memory){.size = sizeof *m};
    count_plans(t, m);
    count_weights(t, m);
    LN_TRY(count_loaders(t, m));
    m->program = (int64_t)ln_memory_resident();
    m->report = t->opts.dir ? REPORT : 0;
    const struct ln_memory_allowed allowed = ln_memory_allowed(t->opts.max_memory_mb);
    m->allowed = allowed.bytes;
    shrink_cache(t, m);
    m->total = without_cache(m) + m->cache;
    if (m->total <= m->allowed) return LINNET_OK;
    return ln_fail(
        LINNET_ERR_LIMIT, "train-memory",
        "training %s at batch %d needs %lld MB, %lld of them for activations, and %s %lld MB; a smaller "
        "--batch-size or --imgsz needs less",
        t->model->arch, ln_plan_batch(t->plan), (long long)m->total >> 20, (long long)m->activations >> 20,
        allowed.by, (long long)m->allowed >> 20);
}
