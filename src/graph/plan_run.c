/* Running a plan: its steps, one after another. */
#include "base/alloc.h"
#include "base/clock.h"
#include "graph/plan_impl.h"
#include "kernel/numbers.h"

#include <string.h>

/* out = the sum of in[], for gradients of a value that several layers read; out may be one of them. */
static void sum(const struct ln_layout *layout, const void *const *in, void *out) {
    int terms = 2;
    while (terms < LN_OP_INPUTS && in[terms]) terms++;
    ln_numbers_sum(ln_numbers_of(layout), in, terms, out);
}

static int run_step(struct ln_plan *plan, struct ln_step *s) {
    struct ln_plan_node *n = &plan->nodes[s->node];
    switch (s->kind) {
    case LN_STEP_FORWARD: return n->node.op->forward(n->prep.state, &s->args);
    case LN_STEP_RECOMPUTE: return n->node.op->recompute(n->prep.state, &s->args);
    case LN_STEP_BACKWARD: return n->node.op->backward(n->prep.state, &s->args);
    case LN_STEP_REORDER:
        return ln_prim_run(s->prim, (void *[LN_ARGS]){[LN_ARG_SRC] = (void *)s->args.in[0],
                                                      [LN_ARG_DST] = s->args.out,
                                                      [LN_ARG_SCRATCH] = s->args.scratch});
    case LN_STEP_SUM: sum(s->layout, s->args.in, s->args.out); break;
    }
    return LINNET_OK;
}

/* All ones is a nan, which exposes a step that reads a buffer after its lifetime. */
static void poison(struct ln_plan *plan, size_t step) {
    for (size_t i = 0; i < plan->buffer_count; i++) {
        const struct ln_buffer *b = &plan->buffers[i];
        if (!b->external && b->last == (int)step) memset(plan->work->base + b->offset, 0xff, b->bytes);
    }
}

/* The value that the step wrote, for ln_plan_watch. */
static int show(const struct ln_plan *plan, int layer, const struct ln_layout *layout, const void *value) {
    const struct ln_layout *plain = ln_layout_get(plan->dnn, LN_F32, &layout->shape, LN_PLAIN);
    struct ln_prim *prim = NULL;
    if (!plain) return LINNET_ERR_LIMIT;
    const size_t count = plain->bytes / sizeof(float);
    if (plain == layout) return plan->watch.show(plan->watch.user, layer, value, count);
    LN_TRY(ln_plan_int8_reorder(plan, layer, layout, plain, &prim));
    float *copy = ln_alloc(plain->bytes);
    void *scratch = ln_alloc(ln_prim_scratch(prim) + 1);
    int status = copy && scratch ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK)
        status = ln_prim_run(
            prim,
            (void *[LN_ARGS]){[LN_ARG_SRC] = (void *)value, [LN_ARG_DST] = copy, [LN_ARG_SCRATCH] = scratch});
    if (status == LINNET_OK) status = plan->watch.show(plan->watch.user, layer, copy, count);
    ln_free(scratch);
    ln_free(copy);
    ln_prim_destroy(prim);
    return status;
}

/* The constant of a step's layer. */
static int refresh_step(const struct ln_plan *plan, size_t i) {
    const struct ln_plan_node *n = &plan->nodes[plan->steps[i].node];
    if (plan->steps[i].kind != LN_STEP_FORWARD || !n->prep.constant) return LINNET_OK;
    return n->node.op->refresh(n->prep.state, &plan->steps[i].args);
}

/* stale: a layer's constant is computed just before the layer runs, and is then still in the cache. */
static int run(struct ln_plan *plan, size_t from, size_t to, bool stale) {
    for (size_t i = from; i < to; i++) {
        double begin = plan->profile ? ln_clock_now() : 0;
        if (stale) LN_TRY(refresh_step(plan, i));
        LN_TRY(run_step(plan, &plan->steps[i]));
        if (plan->watch.show && plan->steps[i].kind == LN_STEP_FORWARD)
            LN_TRY(show(plan, plan->steps[i].node, plan->steps[i].layout, plan->steps[i].args.out));
        if (plan->profile) plan->profile[i] += ln_clock_now() - begin;
        if (plan->on_backward && i >= plan->backward_from) plan->on_backward(plan->on_backward_user, i);
        if (plan->opts.poison && i + 1 < plan->step_count) poison(plan, i);
    }
    return LINNET_OK;
}

/* What changes from step to step: the images, the labels, the number. */
static void bind(struct ln_plan *plan, const float *images, const int32_t *labels, uint32_t step) {
    for (size_t i = 0; i < plan->step_count; i++) {
        struct ln_step *s = &plan->steps[i];
        for (int j = 0; j < LN_OP_INPUTS; j++)
            if (s->in[j] >= 0 && plan->buffers[s->in[j]].external) s->args.in[j] = images;
        if (s->out >= 0 && plan->buffers[s->out].external) s->args.out = (void *)images; /* read only */
        s->args.labels = labels;
        s->args.other = plan->other;
        s->args.share = plan->share;
        s->args.class_weights = plan->opts.class_weights;
        s->args.ranks = plan->of_ranks;
        s->args.step = step;
    }
}

static void begin(struct ln_plan *plan, const float *images, const int32_t *labels, uint32_t step) {
    bind(plan, images, labels, step);
    plan->other = NULL; /* for this step only */
    plan->of_ranks = (struct ln_op_share){0};
    plan->loss = 0;
}

/* Must the constants be recomputed? Yes if the parameters have changed since, if another plan has used this memory, or if
 * constants are not kept. *now: the new value of plan->refreshed, once they are computed. */
static bool is_stale(struct ln_plan *plan, uint64_t *now) {
    struct ln_plan *owner = ln_plan_owner(plan);
    /* A step of training changes running statistics, and the optimiser after it all other parameters; but in
     * a plan for training only frozen layers have constants. */
    const bool trains = plan->opts.train && !plan->opts.explained;
    if (trains) owner->trained++;
    *now = owner->changes + (trains ? 0 : owner->trained);
    bool lost = plan->work == &owner->activations && owner->last_run != plan; /* overwritten */
    if (plan->work == &owner->activations) owner->last_run = plan;
    if (plan->refreshed == *now && !lost && !plan->opts.once) return false;
    plan->refreshed = UINT64_MAX; /* in case a layer fails */
    return true;
}

static float *buffer_at(const struct ln_plan *plan, int id) {
    if (id < 0 || plan->buffers[id].external || !plan->work) return NULL; /* !work: has no memory yet */
    return (float *)(plan->work->base + plan->buffers[id].offset);
}

void ln_plan_mix(struct ln_plan *plan, const int32_t *other, float share) {
    plan->other = other;
    plan->share = share;
}

void ln_plan_share(struct ln_plan *plan, const struct ln_op_share *share) {
    plan->of_ranks = *share;
}

void ln_plan_on_backward(struct ln_plan *plan, void (*on_step)(void *user, size_t step), void *user) {
    plan->on_backward = on_step;
    plan->on_backward_user = user;
}

int ln_plan_forward(struct ln_plan *plan, const float *images, const int32_t *labels, uint32_t step) {
    uint64_t now;
    LN_TRY(ln_arena_touch(plan->work));
    const bool stale = is_stale(plan, &now);
    begin(plan, images, labels, step);
    if (plan->watch.show) LN_TRY(show(plan, 0, plan->nodes[0].value.layout, images));
    LN_TRY(run(plan, 0, plan->backward_from, stale));
    plan->refreshed = now;
    return LINNET_OK;
}

bool ln_plan_takes_features(const struct ln_plan *plan) {
    return plan->opts.features && plan->features_from > 0;
}

/* Puts plain features where the layers behind them read them. */
static int put_features(struct ln_plan *plan, const float *features) {
    const struct ln_plan_node *n = &plan->nodes[plan->feature_node];
    const struct ln_layout *plain = ln_layout_get(plan->dnn, LN_F32, &n->value.layout->shape, LN_PLAIN);
    if (!plain) return LINNET_ERR_LIMIT;
    return ln_reorder(plan->dnn, plain, features, n->value.layout, buffer_at(plan, n->value.buffer));
}

int ln_plan_forward_features(struct ln_plan *plan, const float *features, const int32_t *labels,
                             uint32_t step) {
    uint64_t now;
    LN_TRY(ln_arena_touch(plan->work));
    const bool stale = is_stale(plan, &now);
    for (size_t i = 0; stale && i < plan->backward_from; i++) LN_TRY(refresh_step(plan, i));
    plan->refreshed = now;
    begin(plan, NULL, labels, step);
    LN_TRY(put_features(plan, features));
    return run(plan, plan->features_from, plan->backward_from, plan->opts.once);
}

int ln_plan_backward(struct ln_plan *plan) {
    return run(plan, plan->backward_from, plan->step_count, false);
}

double ln_plan_loss(const struct ln_plan *plan) {
    return plan->loss;
}

const float *ln_plan_logits(const struct ln_plan *plan) {
    return buffer_at(plan, plan->logits);
}

const float *ln_plan_features(const struct ln_plan *plan, size_t *count) {
    *count = 0;
    if (!plan->opts.features || !ln_shape_count(&plan->nodes[plan->feature_node].node.out, count))
        return NULL;
    return buffer_at(plan, plan->features);
}

float *ln_plan_dout(struct ln_plan *plan) {
    return buffer_at(plan, plan->dout);
}

const float *ln_plan_map(const struct ln_plan *plan) {
    return buffer_at(plan, plan->map);
}

const float *ln_plan_din(const struct ln_plan *plan) {
    return buffer_at(plan, plan->din);
}

void ln_plan_watch(struct ln_plan *plan, const struct ln_plan_watch *watch) {
    plan->watch = *watch;
}

void ln_plan_profile(struct ln_plan *plan, double *seconds) {
    plan->profile = seconds;
}

int ln_plan_batch(const struct ln_plan *plan) {
    return plan->opts.batch;
}

const struct ln_net *ln_plan_net(const struct ln_plan *plan) {
    return plan->net;
}
