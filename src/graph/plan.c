/* A plan's life: compiled, placed, its addresses settled; and its end. */
#include "base/alloc.h"
#include "base/memory.h"
#include "graph/plan_impl.h"

#include <string.h>

/* Layouts and primitives are the plan's; a plan that shares parameters shares the layouts too. */
static int take_dnn(struct ln_plan *plan) {
    if (plan->opts.like) {
        plan->dnn = plan->opts.like->dnn;
        return LINNET_OK;
    }
    plan->owns_dnn = true;
    return ln_dnn_create(&plan->dnn);
}

static void *address(const struct ln_plan *plan, int buffer) {
    if (buffer < 0 || plan->buffers[buffer].external) return NULL;
    return plan->work->base + plan->buffers[buffer].offset;
}

static void *slice_address(const struct ln_plan *plan, int buffer, int64_t at) {
    return ln_at_mutable(address(plan, buffer), at, ln_dtype_size(plan->opts.dtype));
}

/* Every address of a step but the caller's images. */
static void settle_step(struct ln_plan *plan, struct ln_step *step) {
    const struct ln_node *node = &plan->nodes[step->node].node;
    struct ln_args *a = &step->args;
    for (int i = 0; i < LN_OP_INPUTS; i++) {
        a->in[i] = address(plan, step->in[i]);
        a->din[i] = address(plan, step->din[i]);
    }
    a->out = slice_address(plan, step->out, step->slice_at);
    for (int i = 0; i < LN_OP_DOUTS; i++) {
        a->douts[i] = slice_address(plan, step->douts[i], step->slice_at);
        a->dout_count += step->douts[i] >= 0;
    }
    a->dout = a->douts[0];
    a->saved = address(plan, step->saved);
    a->constant = address(plan, step->constant);
    a->scratch = address(plan, step->scratch);
    bool layer = step->kind != LN_STEP_REORDER && step->kind != LN_STEP_SUM;
    for (int p = 0; layer && p < node->params; p++) {
        a->param[p] = plan->params[node->first_param + p].value;
        a->dparam[p] = plan->params[node->first_param + p].grad;
    }
    const struct ln_plan_node *n = &plan->nodes[step->node];
    for (int p = 0; layer && n->prep.norm_after && p < LN_NORM_PARAMS; p++)
        a->norm[p] = plan->params[n->norm_param + p].value;
    a->seed = plan->opts.seed;
    a->node = (uint32_t)step->node;
    a->loss = &plan->loss;
    a->scale = (float)plan->net->outputs[plan->nodes[step->node].scale_output].weight;
}

/* oneDNN aborts where memory is short: what a plan needs is compared with what there is before it is asked
 * for. */
static int check_memory(const struct ln_plan *plan) {
    size_t need = plan->activation_bytes, have = ln_memory_available();
    for (size_t i = 0; !plan->opts.like && i < plan->net->param_count; i++)
        need += plan->params[i].layout->bytes * (plan->opts.train ? 3 : 1); /* values, gradients, momentum */
    if (need <= have) return LINNET_OK;
    return ln_fail(
        LINNET_ERR_LIMIT, "plan-memory",
        "this network at batch %d needs %zu MB and %zu MB are free; a smaller --batch-size needs less",
        plan->opts.batch, need >> 20, have >> 20);
}

/* Plans that share parameters run one after the other: where the owner's memory is enough, it serves all. */
static int take_activations(struct ln_plan *plan) {
    size_t bytes = plan->activation_bytes + LN_ARENA_ALIGN;
    struct ln_plan *owner = ln_plan_owner(plan);
    plan->work = &owner->activations;
    if (owner != plan && owner->activations.size >= ln_arena_slice_bytes(bytes)) return LINNET_OK;
    plan->work = &plan->activations;
    LN_TRY(ln_arena_reserve(plan->work, ln_arena_slice_bytes(bytes)));
    ln_arena_take(plan->work, bytes);
    return LINNET_OK;
}

static int create(struct ln_plan *plan) {
    LN_TRY(take_dnn(plan));
    LN_TRY(ln_plan_build(plan));
    LN_TRY(ln_plan_place(plan->buffers, plan->buffer_count, &plan->activation_bytes));
    LN_TRY(ln_plan_params_create(plan));
    LN_TRY(check_memory(plan));
    LN_TRY(take_activations(plan));
    for (size_t i = 0; i < plan->step_count; i++) settle_step(plan, &plan->steps[i]);
    return LINNET_OK;
}

int ln_plan_create(struct ln_plan **out, const struct ln_net *net, const struct ln_plan_opts *opts) {
    if (opts->batch < 1 || opts->batch > 1 << 20)
        return ln_fail(LINNET_ERR_USAGE, "plan-batch", "a batch of %d; 1 to %d", opts->batch, 1 << 20);
    struct ln_plan *plan = ln_calloc(1, sizeof *plan);
    if (!plan) return LINNET_ERR_LIMIT;
    plan->net = net;
    plan->opts = *opts;
    plan->refreshed = UINT64_MAX;
    int status = create(plan);
    if (status != LINNET_OK) {
        ln_plan_destroy(plan);
        return status;
    }
    *out = plan;
    return LINNET_OK;
}

void ln_plan_destroy(struct ln_plan *plan) {
    if (!plan) return;
    for (size_t i = 0; i < plan->step_count; i++) ln_prim_destroy(plan->steps[i].prim);
    for (size_t i = 1; plan->nodes && i < plan->node_count; i++)
        if (plan->nodes[i].node.op->destroy) plan->nodes[i].node.op->destroy(plan->nodes[i].prep.state);
    ln_arena_fini(&plan->activations);
    ln_arena_fini(&plan->grads);
    ln_arena_fini(&plan->values);
    ln_free(plan->params);
    ln_free(plan->buffers);
    ln_free(plan->steps);
    ln_free(plan->nodes);
    if (plan->owns_dnn) ln_dnn_destroy(plan->dnn);
    ln_free(plan);
}
