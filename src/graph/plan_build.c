/* Compiling: from layers to steps and buffers.
 *
 *   1. mark: which layers take part, where gradients flow, what a neighbour can do on the way (fusion)
 *   2. forward: each layer says which layouts it takes and gives; where they differ, a reorder
 *   3. backward, last layer first: gradients of a value are brought to one layout, summed, and passed through
 * its layer
 */
#include "base/alloc.h"
#include "graph/plan_impl.h"

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
    struct ln_step step = {.kind = kind, .node = node, .out = -1, .dout = -1, .saved = -1, .scratch = -1};
    for (int i = 0; i < LN_OP_INPUTS; i++) step.in[i] = step.din[i] = LN_NONE_YET;
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
    touch(plan, step->out, at);
    touch(plan, step->dout, at);
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

/* ---- 1. mark ------------------------------------------------------------------------------------------- */

/* The outputs that have a loss: in training all of them, or the main one where the others are frozen. */
static int count_losses(const struct ln_plan *plan) {
    const struct ln_net *net = plan->net;
    if (!plan->opts.train || plan->opts.no_loss) return 0;
    bool aux_frozen = net->output_count > 1 && plan->opts.frozen && plan->opts.frozen[net->outputs[1].node];
    return aux_frozen ? 1 : net->output_count;
}

/* Nodes of the net, then, in training, a loss behind each output. */
static int copy_nodes(struct ln_plan *plan) {
    const struct ln_net *net = plan->net;
    int losses = count_losses(plan);
    plan->nodes = ln_calloc(net->count + (size_t)losses, sizeof *plan->nodes);
    bool *needed = ln_calloc(net->count, sizeof *needed);
    if (!plan->nodes || !needed) {
        ln_free(needed);
        return LINNET_ERR_LIMIT;
    }
    ln_net_needed(net, needed);
    for (size_t i = 0; i < net->count; i++) {
        plan->nodes[i].node = net->nodes[i];
        plan->nodes[i].active = needed[i] || losses > 1;
        plan->nodes[i].frozen = plan->opts.frozen && plan->opts.frozen[i];
    }
    ln_free(needed);
    plan->node_count = net->count;
    for (int i = 0; i < losses; i++) {
        static const struct ln_softmax_xent_attrs none;
        plan->nodes[plan->node_count++] = (struct ln_plan_node){.node = {.name = (char *)(uintptr_t) "loss",
                                                                         .op = &ln_op_softmax_xent,
                                                                         .attrs = (void *)(uintptr_t)&none,
                                                                         .inputs = 1,
                                                                         .in = {net->outputs[i].node},
                                                                         .out = ln_shape_of(1)},
                                                                .active = true,
                                                                .scale_output = i};
    }
    return LINNET_OK;
}

static void mark_gradients(struct ln_plan *plan) {
    plan->nodes[0].needs_grad = plan->opts.train && plan->opts.input_grad;
    for (size_t i = 1; i < plan->node_count; i++) {
        struct ln_plan_node *n = &plan->nodes[i];
        n->saved = n->buffer = LN_NONE_YET;
        if (!n->active) continue;
        n->needs_grad = plan->opts.train && n->node.params > 0 && !n->frozen;
        for (int j = 0; j < n->node.inputs; j++) {
            plan->nodes[n->node.in[j]].consumers++;
            n->needs_grad |= plan->nodes[n->node.in[j]].needs_grad;
        }
    }
}

static bool is_output(const struct ln_plan *plan, size_t id) {
    for (int i = 0; i < plan->net->output_count; i++)
        if ((size_t)plan->net->outputs[i].node == id) return true;
    return false;
}

/* A ReLU behind a layer that can apply it on its way, and before one that can mask its gradient. */
static void fuse_relu(struct ln_plan *plan) {
    for (size_t i = 1; i < plan->node_count; i++) {
        struct ln_plan_node *n = &plan->nodes[i];
        if (!n->active) continue;
        struct ln_plan_node *before = &plan->nodes[n->node.in[0]];
        size_t before_id = (size_t)n->node.in[0];
        if (n->node.op == &ln_op_relu && before->consumers == 1 && before->node.op &&
            before->node.op->fuses_relu && !is_output(plan, before_id))
            before->prep.relu_after = n->passes_forward = true;
        if (before->node.op == &ln_op_relu && before->consumers == 1 && n->node.op->masks_relu &&
            !is_output(plan, before_id))
            n->prep.relu_before = before->passes_backward = true;
    }
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

/* May the output lie over input 0? Nobody else may read that, then or in the backward pass. */
static bool in_place(const struct ln_plan *plan, const struct ln_plan_node *n, const int *in) {
    const struct ln_plan_node *from = &plan->nodes[n->node.in[0]];
    if (!n->prep.in_place || from->consumers != 1 || is_output(plan, (size_t)n->node.in[0])) return false;
    if (in[0] < 0 || plan->buffers[in[0]].external || n->prep.out->bytes != n->prep.in[0]->bytes)
        return false;
    if (plan->opts.train && n->prep.reads_in) return false;
    if (in[0] != from->buffer) return true;                    /* a reorder's copy, ours alone */
    if (from->prep.view || from->passes_forward) return false; /* others may hold the same bytes */
    return !(plan->opts.train && from->prep.reads_out);
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
    if (in_place(plan, n, step.in))
        n->buffer = step.in[0];
    else
        LN_TRY(buffer_add(plan, n->prep.out->bytes, &n->buffer));
    if (n->prep.saved) LN_TRY(buffer_add(plan, n->prep.saved, &n->saved));
    step.out = n->buffer;
    step.saved = n->saved;
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
    if (n->grad_count == (int)(sizeof n->grads / sizeof *n->grads))
        return ln_fail(LINNET_ERR_LIMIT, "plan-consumers", "%s: more than %d layers read it", n->node.name,
                       n->grad_count);
    n->grads[n->grad_count] = buffer;
    n->grad_shared[n->grad_count] = shared;
    n->grad_layouts[n->grad_count++] = layout;
    return LINNET_OK;
}

/* All gradients of the value in one layout, summed into one buffer; shared: it is not to be written over. */
static int gather(struct ln_plan *plan, size_t id, const struct ln_layout *want, int *total, bool *shared) {
    struct ln_plan_node *n = &plan->nodes[id];
    *shared = n->grad_count == 1 && n->grad_layouts[0] == want && n->grad_shared[0];
    for (int i = 0; i < n->grad_count; i++) {
        int buffer = n->grads[i];
        if (n->grad_layouts[i] != want)
            LN_TRY(reorder_add(plan, (int)id, buffer, n->grad_layouts[i], want, &buffer));
        if (i == 0) {
            *total = buffer;
            continue;
        }
        struct ln_step sum = step_of(LN_STEP_SUM, (int)id);
        sum.in[0] = *total;
        sum.in[1] = buffer;
        sum.layout = want;
        LN_TRY(buffer_add(plan, want->bytes, &sum.out));
        *total = sum.out;
        LN_TRY(step_add(plan, &sum, 0));
    }
    return LINNET_OK;
}

/* The value that the step's in[j] had in the forward pass: the layer may have read a reordered copy. */
static void recall_inputs(const struct ln_plan *plan, int id, struct ln_step *step) {
    for (size_t i = 0; i < plan->backward_from; i++)
        if (plan->steps[i].kind == LN_STEP_FORWARD && plan->steps[i].node == id)
            memcpy(step->in, plan->steps[i].in, sizeof step->in);
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
    int dout = LN_NONE_YET, readers = 0;
    bool shared = false;
    if (n->grad_count == 0) return LINNET_OK;
    LN_TRY(gather(plan, id, n->prep.dout, &dout, &shared));
    for (int j = 0; j < n->node.inputs; j++) readers += plan->nodes[n->node.in[j]].needs_grad;
    for (int j = 0; j < n->node.inputs; j++)
        if (plan->nodes[n->node.in[j]].needs_grad)
            LN_TRY(deliver(plan, n->node.in[j], dout, n->prep.dout, shared || readers > 1));
    return LINNET_OK;
}

static int backward_node(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct ln_step step = step_of(LN_STEP_BACKWARD, (int)id);
    bool loss = n->node.op == &ln_op_softmax_xent, shared = false;
    if (n->prep.view || n->passes_backward) return pass_backward(plan, n);
    if (n->prep.din_is_dout) return share_backward(plan, id);
    if (!loss) {
        if (n->grad_count == 0) return LINNET_OK; /* nobody asked: an output that no loss looks at */
        LN_TRY(gather(plan, id, n->prep.dout, &step.dout, &shared));
    }
    if (n->prep.reads_in) recall_inputs(plan, (int)id, &step);
    if (n->prep.reads_out) step.out = n->buffer;
    step.saved = n->saved;
    step.layout = n->prep.din[0];
    for (int j = 0; j < n->node.inputs; j++) {
        if (!plan->nodes[n->node.in[j]].needs_grad) continue;
        if (j == 0 && n->prep.din_in_place && step.dout >= 0 && !shared)
            step.din[j] = step.dout;
        else
            LN_TRY(buffer_add(plan, n->prep.din[j]->bytes, &step.din[j]));
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
    bool shared;
    return gather(plan, 0, plan->nodes[0].layout, &plan->din, &shared);
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
    LN_TRY(copy_nodes(plan));
    mark_gradients(plan);
    fuse_relu(plan);
    LN_TRY(forward_all(plan));
    LN_TRY(deliver_logits(plan));
    plan->backward_from = plan->step_count;
    if (plan->opts.train) LN_TRY(backward_all(plan));
    keep_for_caller(plan);
    return LINNET_OK;
}
