/* Compiling, from layers to steps and buffers: the order of the walks. */
#include "graph/plan_impl.h"

/* The main output in plain form, for the caller; a copy where it is the caller's own images, only seen
 * otherwise. */
static int deliver_logits(struct ln_plan *plan) {
    const struct ln_plan_node *out = &plan->nodes[plan->net->outputs[0].node];
    const struct ln_layout *plain = ln_layout_get(plan->dnn, LN_F32, &out->layout->shape, LN_PLAIN);
    if (!plain) return LINNET_ERR_LIMIT;
    plan->logits = out->buffer;
    if (plain != out->layout || plan->buffers[out->buffer].external)
        LN_TRY(ln_plan_reorder_add(plan, plan->net->outputs[0].node, out->buffer, out->layout, plain,
                                   &plan->logits));
    return LINNET_OK;
}

/* What the caller reads or writes between the passes lives to the end. */
static void keep_for_caller(struct ln_plan *plan) {
    int last = (int)plan->step_count - 1;
    ln_plan_touch(plan, plan->logits, last);
    ln_plan_touch(plan, plan->dout, 0);
    ln_plan_touch(plan, plan->din, last);
}

int ln_plan_build(struct ln_plan *plan) {
    plan->logits = plan->dout = plan->din = LN_NONE_YET;
    LN_TRY(ln_plan_mark(plan));
    ln_plan_fuse(plan);
    plan->repeats = ln_plan_repeats(plan);
    LN_TRY(ln_plan_build_forward(plan));
    LN_TRY(deliver_logits(plan));
    plan->backward_from = plan->step_count;
    if (plan->opts.train) LN_TRY(ln_plan_build_backward(plan));
    keep_for_caller(plan);
    return LINNET_OK;
}
