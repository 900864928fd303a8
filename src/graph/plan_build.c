/* Compiling: from layers to steps and buffers.
 *
 *   1. which layers take part, and what a neighbour can do on the way (plan_mark.c, plan_fuse.c)
 *   2. forward: each layer says which layouts it takes and gives; where they differ, a reorder
 *   3. backward, last layer first: gradients of a value are brought to one layout, summed, and passed through
 *      its layer
 */
#include "base/alloc.h"
#include "graph/plan_impl.h"

#include <limits.h>
#include <string.h>

/* ---- buffers and steps --------------------------------------------------------------------------------- */

static int buffer_add(struct ln_plan *plan, size_t bytes, int *id) {
    struct ln_buffer *grown =
        ln_grow(plan->buffers, plan->buffer_count, &plan->buffer_capacity, sizeof *plan->buffers);
    if (!grown) return LINNET_ERR_LIMIT;
    plan->buffers = grown;
    *id = (int)plan->buffer_count++;
    plan->buffers[*id] = (struct ln_buffer){.bytes = bytes, .first = LN_NONE_YET, .last = LN_NONE_YET};
    return LINNET_OK;
}

/* The buffer, if it is one, is alive at `step`. */
static void touch(struct ln_plan *plan, int id, int step) {
    if (id < 0) return;
    struct ln_buffer *b = &plan->buffers[id];
    if (b->first < 0 || step < b->first) b->first = step;
    if (step > b->last) b->last = step;
}

static struct ln_step step_of(enum ln_step_kind kind, int node) {
    struct ln_step step = {.kind = kind, .node = node, .out = -1, .saved = -1, .scratch = -1, .constant = -1};
    for (int i = 0; i < LN_OP_INPUTS; i++) step.in[i] = step.din[i] = LN_NONE_YET;
    for (int i = 0; i < LN_OP_DOUTS; i++) step.douts[i] = LN_NONE_YET;
    return step;
}

/* Takes step.prim; with `scratch` bytes that live in this step alone. */
static int step_add(struct ln_plan *plan, struct ln_step *step, size_t scratch) {
    int at = (int)plan->step_count;
    struct ln_step *grown = ln_grow(plan->steps, plan->step_count, &plan->step_capacity, sizeof *plan->steps);
    if (!grown) {
        ln_prim_destroy(step->prim);
        return LINNET_ERR_LIMIT;
    }
    plan->steps = grown;
    plan->steps[plan->step_count++] = *step;
    if (scratch) LN_TRY(buffer_add(plan, scratch, &plan->steps[at].scratch));
    step = &plan->steps[at];
    for (int i = 0; i < LN_OP_INPUTS; i++) {
        touch(plan, step->in[i], at);
        touch(plan, step->din[i], at);
    }
    for (int i = 0; i < LN_OP_DOUTS; i++) touch(plan, step->douts[i], at);
    touch(plan, step->out, at);
    touch(plan, step->saved, at);
    touch(plan, step->scratch, at);
    return LINNET_OK;
}

/* A reorder of `from` into a new buffer *to. */
static int reorder_add(struct ln_plan *plan, int node, int from, const struct ln_layout *have,
                       const struct ln_layout *want, int *to) {
    struct ln_step step = step_of(LN_STEP_REORDER, node);
    LN_TRY(ln_prim_reorder(plan->dnn, have, want, &step.prim));
    int status = buffer_add(plan, want->bytes, &step.out);
    if (status != LINNET_OK) {
        ln_prim_destroy(step.prim);
        return status;
    }
    step.in[0] = from;
    step.layout = want;
    *to = step.out;
    return step_add(plan, &step, ln_prim_scratch(step.prim));
}

/* ---- 2. forward ---------------------------------------------------------------------------------------- */

/* The layer's parameters as the plan that is shared has them. */
static void share_layouts(struct ln_plan *plan, struct ln_plan_node *n) {
    if (!plan->opts.like) return;
    for (int p = 0; p < n->node.params; p++) {
        n->prep.param[p] = plan->opts.like->params[n->node.first_param + p].layout;
        n->prep.param_view[p] = plan->opts.like->params[n->node.first_param + p].view;
    }
}

static int prepare(struct ln_plan *plan, struct ln_plan_node *n) {
    struct ln_prep *prep = &n->prep;
    struct ln_softmax_xent_attrs loss = {.smoothing = plan->opts.label_smoothing};
    struct ln_shape in[LN_OP_INPUTS];
    prep->dnn = plan->dnn;
    prep->name = n->node.name;
    prep->attrs = n->node.op == &ln_op_softmax_xent ? &loss : n->node.attrs;
    prep->direct = plan->opts.direct;
    prep->train = plan->opts.train && (n->needs_grad || !n->frozen);
    prep->inputs = n->node.inputs;
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        prep->in[j] = from->layout;
        prep->need_din[j] = from->needs_grad;
        in[j] = from->node.out;
        in[j].dim[0] = plan->opts.batch;
    }
    LN_TRY(n->node.op->shape(n->node.name, prep->attrs, in, n->node.inputs, &prep->out_shape));
    share_layouts(plan, n);
    LN_TRY(n->node.op->prepare(prep));
    prep->attrs = NULL;
    if (!prep->dout) prep->dout = prep->out;
    for (int j = 0; j < prep->inputs; j++)
        if (!prep->din[j]) prep->din[j] = prep->in[j];
    n->layout = prep->out;
    return LINNET_OK;
}

/* Does any layer behind `id`, or the caller, read the value of `value`? */
static bool value_is_needed(const struct ln_plan *plan, size_t value, size_t id) {
    if (ln_plan_is_output(plan, value)) return true;
    for (size_t i = id + 1; plan->nodes[value].consumers > 0 && i < plan->node_count; i++)
        for (int j = 0; plan->nodes[i].active && j < plan->nodes[i].node.inputs; j++)
            if ((size_t)plan->nodes[i].node.in[j] == value) return true;
    return false;
}

/* The same of a buffer, in which several values may lie: views of one another. */
static bool buffer_is_needed(const struct ln_plan *plan, int buffer, size_t id) {
    for (size_t i = 0; i < id; i++)
        if (plan->nodes[i].active && plan->nodes[i].buffer == buffer && value_is_needed(plan, i, id))
            return true;
    return false;
}

/* The same in the backward pass. */
static bool is_needed_backward(const struct ln_plan *plan, const struct ln_plan_node *n, int j) {
    const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
    if (!plan->opts.train) return false;
    return (j == 0 && n->prep.reads_in) || from->prep.reads_out || from->consumers != 1 || from->prep.view ||
           from->passes_forward;
}

/* May the output of layer `id` lie over its input j, which is in buffer in[j]? */
static bool in_place(const struct ln_plan *plan, size_t id, const int *in, int j) {
    const struct ln_plan_node *n = &plan->nodes[id];
    if (!n->prep.in_place[j] || n->prep.out->bytes != n->prep.in[j]->bytes) return false;
    if (plan->buffers[in[j]].external) return false;
    for (int k = 0; k < n->node.inputs; k++)
        if (k != j && in[k] == in[j]) return false;
    if (in[j] != plan->nodes[n->node.in[j]].buffer)
        return !(plan->opts.train && n->prep.reads_in); /* a reorder's copy, ours alone */
    return !is_needed_backward(plan, n, j) && !buffer_is_needed(plan, in[j], id);
}

/* The buffer of the output: of an input, or a new one. */
static int place_output(struct ln_plan *plan, size_t id, const int *in) {
    struct ln_plan_node *n = &plan->nodes[id];
    for (int j = n->node.inputs; j-- > 0;)
        if (in_place(plan, id, in, j)) {
            n->buffer = in[j];
            return LINNET_OK;
        }
    return buffer_add(plan, n->prep.out->bytes, &n->buffer);
}

/* What is made of parameters outlives every step. */
static int place_constant(struct ln_plan *plan, struct ln_plan_node *n) {
    if (!n->prep.constant) return LINNET_OK;
    LN_TRY(buffer_add(plan, n->prep.constant, &n->constant));
    touch(plan, n->constant, 0);
    touch(plan, n->constant, INT_MAX);
    return LINNET_OK;
}

/* Nothing runs: the value is the input's value. */
static void pass_forward(struct ln_plan *plan, struct ln_plan_node *n) {
    const struct ln_plan_node *from = &plan->nodes[n->node.in[0]];
    n->buffer = from->buffer;
    n->layout = from->layout;
}

static int forward_node(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct ln_step step = step_of(LN_STEP_FORWARD, (int)id);
    LN_TRY(prepare(plan, n));
    if (n->prep.view || n->passes_forward) {
        pass_forward(plan, n);
        return LINNET_OK;
    }
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        step.in[j] = from->buffer;
        if (n->prep.in[j] != from->layout)
            LN_TRY(reorder_add(plan, n->node.in[j], from->buffer, from->layout, n->prep.in[j], &step.in[j]));
    }
    LN_TRY(place_output(plan, id, step.in));
    LN_TRY(place_constant(plan, n));
    if (n->prep.saved) LN_TRY(buffer_add(plan, n->prep.saved, &n->saved));
    step.out = n->buffer;
    step.saved = n->saved;
    step.constant = n->constant;
    step.layout = n->prep.out;
    LN_TRY(step_add(plan, &step, n->prep.scratch_forward));
    return LINNET_OK;
}

static int forward_all(struct ln_plan *plan) {
    struct ln_shape in = plan->net->nodes[0].out;
    in.dim[0] = plan->opts.batch;
    struct ln_plan_node *input = &plan->nodes[0];
    input->layout = ln_layout_get(plan->dnn, LN_F32, &in, LN_PLAIN);
    if (!input->layout) return LINNET_ERR_LIMIT;
    LN_TRY(buffer_add(plan, input->layout->bytes, &input->buffer));
    plan->buffers[input->buffer].external = true;
    for (size_t i = 1; i < plan->node_count; i++)
        if (plan->nodes[i].active) LN_TRY(forward_node(plan, i));
    return LINNET_OK;
}

/* The main output in plain form, for the caller; a copy where it is the caller's own images, only seen
 * otherwise. */
static int deliver_logits(struct ln_plan *plan) {
    const struct ln_plan_node *out = &plan->nodes[plan->net->outputs[0].node];
    const struct ln_layout *plain = ln_layout_get(plan->dnn, LN_F32, &out->layout->shape, LN_PLAIN);
    if (!plain) return LINNET_ERR_LIMIT;
    plan->logits = out->buffer;
    if (plain != out->layout || plan->buffers[out->buffer].external)
        LN_TRY(reorder_add(plan, plan->net->outputs[0].node, out->buffer, out->layout, plain, &plan->logits));
    return LINNET_OK;
}

/* ---- 3. backward --------------------------------------------------------------------------------------- */

/* One more gradient of the value of node `id`; shared: another value's too. */
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
    struct ln_step sum = step_of(LN_STEP_SUM, (int)id);
    int first = d->count - terms;
    for (int i = 0; i < terms; i++) {
        sum.in[i] = d->buffer[first + i];
        if (!d->shared[first + i]) sum.out = sum.in[i];
    }
    if (sum.out < 0) LN_TRY(buffer_add(plan, layout->bytes, &sum.out));
    sum.layout = layout;
    d->buffer[first] = sum.out;
    d->shared[first] = false;
    d->count = first + 1;
    return step_add(plan, &sum, 0);
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
        LN_TRY(reorder_add(plan, (int)id, n->grads[i], n->grad_layouts[i], want, &d->buffer[i]));
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
    return buffer_add(plan, n->prep.din[j]->bytes, buffer);
}

static int backward_node(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct ln_step step = step_of(LN_STEP_BACKWARD, (int)id);
    struct douts d = {0};
    if (n->prep.view || n->passes_backward) return pass_backward(plan, n);
    if (n->node.op != &ln_op_softmax_xent) {
        if (n->grad_count == 0) return LINNET_OK; /* nobody asked: an output that no loss looks at */
        if (n->prep.din_is_dout) return share_backward(plan, id);
        LN_TRY(gather(plan, id, n->prep.dout, n->prep.douts ? n->prep.douts : 1, &d));
    }
    for (int i = 0; i < d.count; i++) step.douts[i] = d.buffer[i];
    if (n->prep.reads_in) recall_input(plan, (int)id, &step);
    if (n->prep.reads_out) step.out = n->buffer;
    step.saved = n->saved;
    step.layout = n->prep.din[0];
    for (int j = n->node.inputs; j-- > 0;) {
        if (!plan->nodes[n->node.in[j]].needs_grad) continue;
        LN_TRY(place_din(plan, n, j, &d, &step.din[j]));
        LN_TRY(deliver(plan, n->node.in[j], step.din[j], n->prep.din[j], false));
    }
    return step_add(plan, &step, n->prep.scratch_backward);
}

static int backward_all(struct ln_plan *plan) {
    plan->backward_from = plan->step_count;
    if (plan->opts.no_loss) { /* the caller's gradient of the main output */
        const struct ln_layout *plain = ln_layout_get(
            plan->dnn, LN_F32, &plan->nodes[plan->net->outputs[0].node].layout->shape, LN_PLAIN);
        if (!plain) return LINNET_ERR_LIMIT;
        LN_TRY(buffer_add(plan, plain->bytes, &plan->dout));
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

/* What the caller reads or writes between the passes lives to the end. */
static void keep_for_caller(struct ln_plan *plan) {
    int last = (int)plan->step_count - 1;
    touch(plan, plan->logits, last);
    touch(plan, plan->dout, 0);
    touch(plan, plan->din, last);
}

int ln_plan_build(struct ln_plan *plan) {
    plan->logits = plan->dout = plan->din = LN_NONE_YET;
    LN_TRY(ln_plan_mark(plan));
    ln_plan_fuse(plan);
    LN_TRY(forward_all(plan));
    LN_TRY(deliver_logits(plan));
    plan->backward_from = plan->step_count;
    if (plan->opts.train) LN_TRY(backward_all(plan));
    keep_for_caller(plan);
    return LINNET_OK;
}
