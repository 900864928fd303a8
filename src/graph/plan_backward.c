/* Compiling: the backward pass, last layer first. A value has one gradient from each layer that reads it.
 * These gradients are brought to one layout and summed, by a separate step or by the layer as it reads them,
 * and then pass through the layer.
 */
#include "graph/plan_impl.h"

/* Adds a gradient of the value of node `id`; shared: the buffer holds another value's gradient too. */
static int deliver(struct ln_plan *plan, int id, int buffer, const struct ln_layout *layout, bool shared) {
    struct ln_plan_node *n = &plan->nodes[id];
    if (n->grads.count == LN_PLAN_GRADS)
        return ln_fail(LINNET_ERR_LIMIT, "plan-consumers", "%s: more than %d layers read it", n->node.name,
                       n->grads.count);
    n->grads.buffer[n->grads.count] = buffer;
    n->grads.shared[n->grads.count] = shared;
    n->grads.layout[n->grads.count++] = layout;
    return LINNET_OK;
}

static bool is_join(const struct ln_plan_node *n) {
    return n->node.op->role == LN_ROLE_JOIN;
}

/* The gradients of a value in one layout. */
struct douts {
    int count, buffer[LN_PLAN_GRADS];
    bool shared[LN_PLAN_GRADS]; /* must not be overwritten */
};

/* Adds a step that sums the last `terms` gradients into one; in place unless all are shared. */
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

/* Brings the gradients of the value to one layout, and sums them until at most `most` are left. */
static int gather(struct ln_plan *plan, size_t id, const struct ln_layout *want, int most, struct douts *d) {
    struct ln_plan_node *n = &plan->nodes[id];
    *d = (struct douts){.count = n->grads.count};
    for (int i = 0; i < n->grads.count; i++) {
        d->buffer[i] = n->grads.buffer[i];
        d->shared[i] = n->grads.shared[i];
        if (n->grads.layout[i] == want) continue;
        d->shared[i] = false;
        LN_TRY(
            ln_plan_reorder_add(plan, (int)id, n->grads.buffer[i], n->grads.layout[i], want, &d->buffer[i]));
    }
    while (d->count > most) {
        int terms = d->count - most + 1;
        LN_TRY(sum_last(plan, id, d, terms < LN_OP_INPUTS ? terms : LN_OP_INPUTS, want));
    }
    return LINNET_OK;
}

/* Input 0 as the forward pass read it, which may have been a reordered copy. */
static void restore_input(const struct ln_plan *plan, int id, struct ln_step *step) {
    for (size_t i = 0; i < plan->backward_from; i++)
        if (plan->steps[i].kind == LN_STEP_FORWARD && plan->steps[i].node == id)
            step->in[0] = plan->steps[i].in[0];
}

/* Nothing runs: the value's gradients are the input's. */
static int pass_backward(struct ln_plan *plan, const struct ln_plan_node *n) {
    for (int i = 0; i < n->grads.count; i++)
        LN_TRY(deliver(plan, n->node.in[0], n->grads.buffer[i], n->grads.layout[i], n->grads.shared[i]));
    return LINNET_OK;
}

/* Nothing runs: the value's gradient is that of every input. */
static int share_backward(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct douts d;
    int readers = 0;
    LN_TRY(gather(plan, id, n->prep.dout, 1, &d));
    for (int j = 0; j < n->node.inputs; j++) readers += plan->nodes[n->node.in[j]].graph.needs_grad;
    for (int j = 0; j < n->node.inputs; j++)
        if (plan->nodes[n->node.in[j]].graph.needs_grad)
            LN_TRY(deliver(plan, n->node.in[j], d.buffer[0], n->prep.dout, d.shared[0] || readers > 1));
    return LINNET_OK;
}

/* Some inputs of a join are slices of its output: their gradients are slices of its gradients. */
static int slice_backward(struct ln_plan *plan, const struct ln_plan_node *n, const struct douts *d) {
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        for (int i = 0; from->value.slice_at >= 0 && from->graph.needs_grad && i < d->count; i++)
            LN_TRY(deliver(plan, n->node.in[j], d->buffer[i], from->prep.dout, true));
    }
    return LINNET_OK;
}

/* How many gradients the layer can read: prep.douts, or all for a join whose inputs are all slices. */
static int douts_of(const struct ln_plan *plan, const struct ln_plan_node *n) {
    int most = n->prep.douts ? n->prep.douts : 1;
    if (!is_join(n)) return most;
    for (int j = 0; j < n->node.inputs; j++)
        if (plan->nodes[n->node.in[j]].value.slice_at < 0 && plan->nodes[n->node.in[j]].graph.needs_grad)
            return 1;
    return LN_OP_DOUTS;
}

/* A buffer for the gradient of input j: the buffer of a gradient of the output, which is overwritten only once, or a
 * new one. */
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
    if (n->prep.view || n->fusion.skips_backward) return pass_backward(plan, n);
    if (n->node.op->role != LN_ROLE_LOSS) {
        if (n->grads.count == 0) return LINNET_OK; /* an output without a loss */
        if (n->prep.din_is_dout) return share_backward(plan, id);
        LN_TRY(gather(plan, id, n->prep.dout, douts_of(plan, n), &d));
        if (is_join(n)) LN_TRY(slice_backward(plan, n, &d));
    }
    for (int i = 0; i < d.count; i++) step.douts[i] = d.buffer[i];
    if (n->prep.reads_in) restore_input(plan, (int)id, &step);
    if (n->prep.reads_out) step.out = n->value.buffer;
    LN_TRY(ln_plan_restore(plan, &step.in[0]));
    LN_TRY(ln_plan_restore(plan, &step.out));
    step.saved = n->value.saved;
    step.layout = n->prep.din[0];
    step.slice_at = n->value.slice_at > 0 ? n->value.slice_at : 0;
    bool runs = !is_join(n);
    for (int j = n->node.inputs; j-- > 0;) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        if (!from->graph.needs_grad || (from->value.slice_at >= 0 && is_join(n))) continue;
        runs = true;
        LN_TRY(place_din(plan, n, j, &d, &step.din[j]));
        LN_TRY(deliver(plan, n->node.in[j], step.din[j], n->prep.din[j], false));
    }
    return runs ? ln_plan_step_add(plan, &step, n->prep.scratch_backward) : LINNET_OK;
}

/* The gradient that the caller reads: of the images, or of the explained layer. */
static int deliver_din(struct ln_plan *plan) {
    const size_t id = (size_t)plan->opts.explained;
    const struct ln_layout *plain =
        ln_layout_get(plan->dnn, LN_F32, &plan->nodes[id].value.layout->shape, LN_PLAIN);
    struct douts d;
    if (!plain) return LINNET_ERR_LIMIT;
    LN_TRY(gather(plan, id, plain, 1, &d));
    if (d.count) plan->din = d.buffer[0];
    return LINNET_OK;
}

int ln_plan_build_backward(struct ln_plan *plan) {
    ln_plan_choose_recomputed(plan);
    if (plan->opts.no_loss) { /* the caller's gradient of the main output */
        const struct ln_layout *plain = ln_layout_get(
            plan->dnn, LN_F32, &plan->nodes[plan->net->outputs[0].node].value.layout->shape, LN_PLAIN);
        if (!plain) return LINNET_ERR_LIMIT;
        LN_TRY(ln_plan_buffer_add(plan, plain->bytes, &plan->dout));
        LN_TRY(deliver(plan, plan->net->outputs[0].node, plan->dout, plain, true));
    }
    for (size_t i = plan->node_count; i-- > (size_t)plan->opts.explained + 1;)
        if (plan->nodes[i].graph.active && plan->nodes[i].graph.needs_grad) LN_TRY(backward_node(plan, i));
    return plan->opts.input_grad || plan->opts.explained ? deliver_din(plan) : LINNET_OK;
}
