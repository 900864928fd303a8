/* Compiling, from layers to steps and buffers: the order of the walks. */
#include "graph/plan_impl.h"

/* A value as plain fp32, for the caller; a copy if the value is a view of the caller's own images. */
static int deliver(struct ln_plan *plan, size_t id, int *buffer) {
    const struct ln_plan_node *n = &plan->nodes[id];
    const struct ln_layout *plain = ln_layout_get(plan->dnn, LN_F32, &n->layout->shape, LN_PLAIN);
    if (!plain) return LINNET_ERR_LIMIT;
    *buffer = n->buffer;
    if (plain != n->layout || plan->buffers[n->buffer].external)
        return ln_plan_reorder_add(plan, (int)id, n->buffer, n->layout, plain, buffer);
    return LINNET_OK;
}

/* What the caller reads or writes between the passes lives to the end. */
static void keep_for_caller(struct ln_plan *plan) {
    int last = (int)plan->step_count - 1;
    ln_plan_touch(plan, plan->logits, last);
    ln_plan_touch(plan, plan->features, last);
    ln_plan_touch(plan, plan->dout, 0);
    ln_plan_touch(plan, plan->din, last);
}

int ln_plan_build(struct ln_plan *plan) {
    plan->logits = plan->features = plan->dout = plan->din = LN_NONE_YET;
    LN_TRY(ln_plan_mark(plan));
    ln_plan_fuse(plan);
    plan->repeats = ln_plan_repeats(plan);
    LN_TRY(ln_plan_build_forward(plan));
    LN_TRY(deliver(plan, (size_t)plan->net->outputs[0].node, &plan->logits));
    if (plan->opts.features) LN_TRY(deliver(plan, (size_t)plan->feature_node, &plan->features));
    plan->backward_from = plan->step_count;
    if (plan->opts.train) LN_TRY(ln_plan_build_backward(plan));
    keep_for_caller(plan);
    return LINNET_OK;
}
