/* Compiling, fourth walk, last layer first: the backward pass. The gradients of a value, one from each layer
 * that reads it, are brought to one layout and summed, by a step of their own or by the layer itself, and
 * passed through the layer.
 */
#include "graph/plan_impl.h"

/* One more gradient of the value of node `id`; shared: another value's too, or more than it. */
static int deliver(struct ln_plan *plan, int id, int buffer, const struct ln_layout *layout, bool shared) {
    struct ln_plan_node *n = &plan->nodes[id];
    if (n->grad_count == LN_PLAN_GRADS)
        return ln_fail(LINNET_ERR_LIMIT, "plan-consumers", "%s: more than %d layers read it", n->node.name,
                       n->grad_count);
    n->grads[n->grad_count] = buffer;
    n->grad_shared[n->grad_count] = shared;
    n->grad_layouts[n->grad_count++] = layout;
    return LINNET_OK;
}

/* The gradients of a value in one layout. */
struct douts {
    int count, buffer[LN_PLAN_GRADS];
    bool shared[LN_PLAN_GRADS]; /* not to be written over */
};

/* The last `terms` of them as one, by a step of its own, in place where that can be. */
static int sum_last(struct ln_plan *plan, size_t id, struct douts *d, int terms,
                    const struct ln_layout *layout) {
    struct ln_step sum = ln_plan_step_of(LN_STEP_SUM, (int)id);
    int first = d->count - terms;
    for (int i = 0; i < terms; i++) {
        sum.in[i] = d->buffer[first + i];
        if (!d->shared[first + i]) sum.out = sum.in[i];
    }
    if (sum.out < 0) LN_TRY(ln_plan_buffer_add(plan, layout->bytes, &sum.out));
    sum.layout = layout;
    d->buffer[first] = sum.out;
    d->shared[first] = false;
    d->count = first + 1;
    return ln_plan_step_add(plan, &sum, 0);
}

/* The gradients of the value, brought to the layout and summed up until there are at most `most`. */
static int gather(struct ln_plan *plan, size_t id, const struct ln_layout *want, int most, struct douts *d) {
    struct ln_plan_node *n = &plan->nodes[id];
    *d = (struct douts){.count = n->grad_count};
    for (int i = 0; i < n->grad_count; i++) {
        d->buffer[i] = n->grads[i];
        d->shared[i] = n->grad_shared[i];
        if (n->grad_layouts[i] == want) continue;
        d->shared[i] = false;
        LN_TRY(ln_plan_reorder_add(plan, (int)id, n->grads[i], n->grad_layouts[i], want, &d->buffer[i]));
    }
    while (d->count > most) {
        int terms = d->count - most + 1;
        LN_TRY(sum_last(plan, id, d, terms < LN_OP_INPUTS ? terms : LN_OP_INPUTS, want));
    }
    return LINNET_OK;
}

/* Input 0 as the forward pass read it, which may have been a reordered copy. */
static void recall_input(const struct ln_plan *plan, int id, struct ln_step *step) {
    for (size_t i = 0; i < plan->backward_from; i++)
        if (plan->steps[i].kind == LN_STEP_FORWARD && plan->steps[i].node == id)
            step->in[0] = plan->steps[i].in[0];
}

/* Nothing runs: the gradients are the input's gradients, as they are. */
static int pass_backward(struct ln_plan *plan, const struct ln_plan_node *n) {
    for (int i = 0; i < n->grad_count; i++)
        LN_TRY(deliver(plan, n->node.in[0], n->grads[i], n->grad_layouts[i], n->grad_shared[i]));
    return LINNET_OK;
}

/* Nothing runs: the gradient is that of every input. */
static int share_backward(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct douts d;
    int readers = 0;
    LN_TRY(gather(plan, id, n->prep.dout, 1, &d));
    for (int j = 0; j < n->node.inputs; j++) readers += plan->nodes[n->node.in[j]].needs_grad;
    for (int j = 0; j < n->node.inputs; j++)
        if (plan->nodes[n->node.in[j]].needs_grad)
            LN_TRY(deliver(plan, n->node.in[j], d.buffer[0], n->prep.dout, d.shared[0] || readers > 1));
    return LINNET_OK;
}

/* Inputs of a concatenation that are slices of it: their gradients are slices of its gradients. */
static int slice_backward(struct ln_plan *plan, const struct ln_plan_node *n, const struct douts *d) {
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        for (int i = 0; from->slice_at >= 0 && from->needs_grad && i < d->count; i++)
            LN_TRY(deliver(plan, n->node.in[j], d->buffer[i], from->prep.dout, true));
    }
    return LINNET_OK;
}

/* A layer that reads gradients with gaps in between takes as many as there are; one that moves them on, one.
 */
static int douts_of(const struct ln_plan *plan, const struct ln_plan_node *n) {
    int most = n->prep.douts ? n->prep.douts : 1;
    if (n->node.op != &ln_op_concat) return most;
    for (int j = 0; j < n->node.inputs; j++)
        if (plan->nodes[n->node.in[j]].slice_at < 0 && plan->nodes[n->node.in[j]].needs_grad) return 1;
    return LN_OP_DOUTS;
}

/* A buffer for the gradient of input j: over one of the output's, each of which is written over but once, or
 * a new one. */
static int place_din(struct ln_plan *plan, const struct ln_plan_node *n, int j, struct douts *d,
                     int *buffer) {
    for (int i = 0; n->prep.din_in_place && i < d->count; i++)
        if (!d->shared[i]) {
            d->shared[i] = true;
            *buffer = d->buffer[i];
            return LINNET_OK;
        }
    return ln_plan_buffer_add(plan, n->prep.din[j]->bytes, buffer);
}

static int backward_node(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct ln_step step = ln_plan_step_of(LN_STEP_BACKWARD, (int)id);
    struct douts d = {0};
    if (n->prep.view || n->passes_backward) return pass_backward(plan, n);
    if (n->node.op != &ln_op_softmax_xent) {
        if (n->grad_count == 0) return LINNET_OK; /* nobody asked: an output that no loss looks at */
        if (n->prep.din_is_dout) return share_backward(plan, id);
        LN_TRY(gather(plan, id, n->prep.dout, douts_of(plan, n), &d));
        if (n->node.op == &ln_op_concat) LN_TRY(slice_backward(plan, n, &d));
    }
    for (int i = 0; i < d.count; i++) step.douts[i] = d.buffer[i];
    if (n->prep.reads_in) recall_input(plan, (int)id, &step);
    if (n->prep.reads_out) step.out = n->buffer;
    LN_TRY(ln_plan_recall(plan, &step.in[0]));
    LN_TRY(ln_plan_recall(plan, &step.out));
    step.saved = n->saved;
    step.layout = n->prep.din[0];
    step.slice_at = n->slice_at > 0 ? n->slice_at : 0;
    bool runs = n->node.op != &ln_op_concat;
    for (int j = n->node.inputs; j-- > 0;) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        if (!from->needs_grad || (from->slice_at >= 0 && n->node.op == &ln_op_concat)) continue;
        runs = true;
        LN_TRY(place_din(plan, n, j, &d, &step.din[j]));
        LN_TRY(deliver(plan, n->node.in[j], step.din[j], n->prep.din[j], false));
    }
    return runs ? ln_plan_step_add(plan, &step, n->prep.scratch_backward) : LINNET_OK;
}

int ln_plan_build_backward(struct ln_plan *plan) {
    plan->backward_from = plan->step_count;
    ln_plan_choose_again(plan);
    if (plan->opts.no_loss) { /* the caller's gradient of the main output */
        const struct ln_layout *plain = ln_layout_get(
            plan->dnn, LN_F32, &plan->nodes[plan->net->outputs[0].node].layout->shape, LN_PLAIN);
        if (!plain) return LINNET_ERR_LIMIT;
        LN_TRY(ln_plan_buffer_add(plan, plain->bytes, &plan->dout));
        LN_TRY(deliver(plan, plan->net->outputs[0].node, plan->dout, plain, true));
    }
    for (size_t i = plan->node_count; i-- > 1;)
        if (plan->nodes[i].active && plan->nodes[i].needs_grad) LN_TRY(backward_node(plan, i));
    if (!plan->opts.input_grad) return LINNET_OK;
    struct douts d;
    LN_TRY(gather(plan, 0, plan->nodes[0].layout, 1, &d));
    if (d.count) plan->din = d.buffer[0];
    return LINNET_OK;
}
