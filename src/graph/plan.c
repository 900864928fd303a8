/* A plan's life: created by compiling, and destroyed. */
#include "base/alloc.h"
#include "graph/plan_impl.h"

/* Layouts and primitives are the plan's; a plan that shares parameters shares the layouts too. */
static int take_dnn(struct ln_plan *plan) {
    if (plan->opts.like) {
        plan->dnn = plan->opts.like->dnn;
        return LINNET_OK;
    }
    plan->owns_dnn = true;
    return ln_dnn_create(&plan->dnn);
}

int ln_plan_compile(struct ln_plan **out, const struct ln_net *net, const struct ln_plan_opts *opts) {
    if (opts->batch < 1 || opts->batch > 1 << 20)
        return ln_fail(LINNET_ERR_USAGE, "plan-batch", "the batch size is %d; it must be from 1 to %d",
                       opts->batch, 1 << 20);
    struct ln_plan *plan = ln_calloc(1, sizeof *plan);
    if (!plan) return LINNET_ERR_LIMIT;
    plan->net = net;
    plan->opts = *opts;
    plan->refreshed = UINT64_MAX;
    int status = take_dnn(plan);
    if (status == LINNET_OK) status = ln_plan_build(plan);
    if (status != LINNET_OK) {
        ln_plan_destroy(plan);
        return status;
    }
    *out = plan;
    return LINNET_OK;
}

int ln_plan_create(struct ln_plan **out, const struct ln_net *net, const struct ln_plan_opts *opts) {
    struct ln_plan *plan = NULL;
    LN_TRY(ln_plan_compile(&plan, net, opts));
    int status = ln_plan_take_memory(plan);
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
    ln_free(plan->loss_attrs);
    if (plan->owns_dnn) ln_dnn_destroy(plan->dnn);
    ln_free(plan);
}
