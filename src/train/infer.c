/* One network compiled for several batch sizes. A plan always computes its full batch, so a remainder in the large plan
 * would waste most of the work; smaller plans are compiled when a remainder first needs them. */
#include "train/infer.h"
#include "base/alloc.h"
#include "base/memory.h"
#include "base/threads.h"
#include "train/train.h"
#include "train/tta.h"

#include <string.h>

/* 1, 4, 8, 16, ...: a plan for 2 images would be used too rarely to be worth its compilation. */
static int natural_size(int i) {
    return i == 0 ? 1 : 2 << i;
}

static int size_of(const struct ln_infer *s, int i) {
    return i + 1 == s->count ? s->opts.batch : natural_size(i);
}

/* All plans share the weights of the plan for the whole batch, which is created first. */
static int plan_at(struct ln_infer *s, int i, struct ln_plan **plan) {
    struct ln_plan_opts opts = s->opts;
    opts.batch = size_of(s, i);
    opts.like = s->plans[s->count - 1];
    if (!s->plans[i]) LN_TRY(ln_plan_create(&s->plans[i], s->net, &opts));
    *plan = s->plans[i];
    return LINNET_OK;
}

int ln_infer_compile(struct ln_infer *s, const struct ln_model *model, const struct ln_infer_opts *o) {
    const char *dtype = o->dtype;
    *s = (struct ln_infer){.net = model->net,
                           .opts = {.batch = o->batch,
                                    .features = o->features,
                                    .once = o->once,
                                    .params = o->copies ? NULL : model->params},
                           .weights = ln_weights_hold(model),
                           .flip = o->flip};
    LN_TRY(ln_dtype_infer(&dtype, model, &s->opts.dtype, &s->opts.quant));
    LN_TRY(ln_conv_resolve(o->conv, &s->opts.direct));
    while (natural_size(s->count) < o->batch) s->count++;
    s->count++;
    s->threads = ln_threads_start(o->threads);
    return ln_plan_compile(&s->plans[s->count - 1], s->net, &s->opts);
}

/* The smaller plans, compiled later, work in the memory of this one. */
static int check_memory(const struct ln_infer *s, const struct ln_infer_need *need) {
    const struct ln_plan_pages pages = ln_plan_pages(s->plans[s->count - 1]);
    const struct ln_memory_allowed allowed = ln_memory_allowed(need->max_memory_mb);
    size_t image;
    if (!ln_shape_count(&s->net->nodes[0].out, &image)) return LINNET_ERR_LIMIT;
    const int64_t used = (int64_t)pages.activations,
                  mirrored = s->flip ? (int64_t)(image * sizeof(float)) * s->opts.batch : 0,
                  total =
                      (int64_t)ln_memory_resident() + (int64_t)pages.values + used + mirrored + need->beside;
    if (total <= allowed.bytes) return LINNET_OK;
    return ln_fail(LINNET_ERR_LIMIT, "infer-memory",
                   "%s at batch %d needs %lld MB, %lld of them for activations, and %s %lld MB%s", need->what,
                   s->opts.batch, (long long)total >> 20, (long long)used >> 20, allowed.by,
                   (long long)allowed.bytes >> 20,
                   s->opts.batch > 1 ? "; a smaller --batch-size needs less" : "");
}

int ln_infer_take_memory(struct ln_infer *s, const struct ln_model *model, const struct ln_infer_need *need) {
    struct ln_plan *plan = s->plans[s->count - 1];
    LN_TRY(check_memory(s, need));
    LN_TRY(ln_plan_take_memory(plan));
    if (!s->opts.params) LN_TRY(ln_model_to_plan(model, plan));
    return s->flip ? ln_infer_flip(s, model->temperature) : LINNET_OK;
}

int ln_infer_init(struct ln_infer *s, const struct ln_model *model, const struct ln_infer_opts *o) {
    LN_TRY(ln_infer_compile(s, model, o));
    return ln_infer_take_memory(s, model, &(struct ln_infer_need){.what = "inference"});
}

struct ln_infer ln_infer_in(struct ln_plan *plan) {
    return (struct ln_infer){.net = ln_plan_net(plan),
                             .opts.batch = ln_plan_batch(plan),
                             .threads = ln_threads_team(),
                             .count = 1,
                             .plans = {plan},
                             .borrowed = true};
}

int ln_infer_flip(struct ln_infer *s, double temperature) {
    size_t image;
    if (!ln_shape_count(&s->net->nodes[0].out, &image)) return LINNET_ERR_LIMIT;
    s->temperature = temperature;
    if (s->mirrored) return LINNET_OK;
    s->mirrored = ln_calloc((size_t)s->opts.batch, image * sizeof *s->mirrored);
    s->other = ln_calloc((size_t)s->opts.batch, (size_t)ln_net_classes(s->net) * sizeof *s->other);
    return s->mirrored && s->other ? LINNET_OK : LINNET_ERR_LIMIT;
}

void ln_infer_fini(struct ln_infer *s) {
    ln_free(s->mirrored);
    ln_free(s->other);
    /* In this order: the last plan owns the weights of the others. */
    for (int i = 0; i < s->count && !s->borrowed; i++) ln_plan_destroy(s->plans[i]);
    ln_weights_release(s->weights);
}

/* The index of the plan to run next, for `left` images in a buffer that has room for `room` from here on: the
 * smallest plan that takes all of them if they fill more than three quarters of it, else the largest one that
 * they fill. With a batch of 16: 13 images run in the plan for 16, 9 as 8 and 1, 3 as 1, 1 and 1. */
static int choose(const struct ln_infer *s, int left, int room) {
    int i = s->count - 1;
    while (i > 0 && size_of(s, i - 1) >= left) i--;
    if (i == 0 || size_of(s, i) == left) return i;
    return size_of(s, i) <= room && 4 * left > 3 * size_of(s, i) ? i : i - 1;
}

static int run(struct ln_infer *s, const float *images, int count, float *logits, float *features) {
    const size_t classes = (size_t)ln_net_classes(s->net);
    size_t image;
    if (!ln_shape_count(&s->net->nodes[0].out, &image)) return LINNET_ERR_LIMIT;
    for (int done = 0; done < count;) {
        const int i = choose(s, count - done, s->opts.batch - done);
        struct ln_plan *plan;
        size_t width = 0;
        LN_TRY(plan_at(s, i, &plan));
        LN_TRY(ln_plan_forward(plan, images + (size_t)done * image, NULL, 0));
        const size_t rows = (size_t)(count - done < size_of(s, i) ? count - done : size_of(s, i));
        memcpy(logits + (size_t)done * classes, ln_plan_logits(plan), rows * classes * sizeof *logits);
        const float *wide = ln_plan_features(plan, &width);
        if (features) memcpy(features + (size_t)done * width, wide, rows * width * sizeof *features);
        done += (int)rows;
    }
    return LINNET_OK;
}

int ln_infer_run(struct ln_infer *s, const float *images, int count, float *logits, float *features) {
    const struct ln_shape *shape = &s->net->nodes[0].out; /* [1][c][h][w] */
    if (ln_threads_team() != s->threads)
        ln_threads_start(s->threads); /* this thread did not compile the plans */
    LN_TRY(run(s, images, count, logits, features));
    if (!s->mirrored) return LINNET_OK;
    ln_tta_mirror(images, (size_t)count * (size_t)(shape->dim[1] * shape->dim[2]), (size_t)shape->dim[3],
                  s->mirrored);
    LN_TRY(run(s, s->mirrored, count, s->other, NULL));
    ln_tta_mean(logits, s->other, (size_t)count, (size_t)ln_net_classes(s->net), s->temperature);
    return LINNET_OK;
}

size_t ln_infer_features(const struct ln_infer *s) {
    size_t width = 0;
    ln_plan_features(s->plans[s->count - 1], &width);
    return width;
}
