/* Compiling: the forward pass. Each layer chooses the layouts that it reads and writes; the plan reorders
 * what neighbours do not agree on. An output is written over an input that nothing reads afterwards.
 */
#include "graph/plan_impl.h"

#include <limits.h>

/* The layer's parameters have the layouts of the plan whose parameters are shared. */
static void share_layouts(struct ln_plan *plan, struct ln_plan_node *n) {
    if (!plan->opts.like) return;
    for (int p = 0; p < n->node.params; p++) {
        n->prep.param[p] = plan->opts.like->params[n->node.first_param + p].layout;
        n->prep.param_view[p] = plan->opts.like->params[n->node.first_param + p].view;
    }
}

/* The output may stay fp32: only its loss or the caller reads it. */
static bool may_be_wide(const struct ln_plan *plan, const struct ln_plan_node *n) {
    size_t id = (size_t)(n - plan->nodes);
    if (!ln_plan_is_output(plan, id)) return false;
    for (size_t i = id + 1; i < plan->net->count; i++)
        for (int j = 0; plan->nodes[i].graph.active && j < plan->nodes[i].node.inputs; j++)
            if ((size_t)plan->nodes[i].node.in[j] == id) return false;
    return true;
}

static int prepare(struct ln_plan *plan, struct ln_plan_node *n) {
    struct ln_prep *prep = &n->prep;
    struct ln_shape in[LN_OP_INPUTS];
    prep->dnn = plan->dnn;
    prep->op = n->node.op;
    prep->name = n->node.name;
    prep->attrs = n->node.attrs;
    prep->direct = plan->opts.direct;
    prep->train = !ln_plan_infers(plan, n);
    prep->fixed = prep->train && plan->opts.explained;
    prep->borrows = plan->opts.params && !prep->train;
    prep->inputs = n->node.inputs;
    prep->dtype = n->node.op->role == LN_ROLE_LOSS ? LN_F32 : plan->opts.dtype;
    prep->wide = may_be_wide(plan, n);
    ln_plan_int8_prepare(plan, n);
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        prep->in[j] = ln_layout_cast(plan->dnn, from->value.layout, ln_plan_int8_in(plan, n, j));
        if (!prep->in[j]) return LINNET_ERR_LIMIT;
        prep->need_din[j] = from->graph.needs_grad;
        in[j] = from->node.out;
        in[j].dim[0] = plan->opts.batch;
    }
    LN_TRY(n->node.op->shape(n->node.name, prep->attrs, in, n->node.inputs, &prep->out_shape));
    share_layouts(plan, n);
    LN_TRY(n->node.op->prepare(prep));
    if (!prep->dout) prep->dout = prep->out;
    for (int j = 0; j < prep->inputs; j++)
        if (!prep->din[j]) prep->din[j] = prep->in[j];
    n->value.layout = prep->out;
    return LINNET_OK;
}

/* Does a layer behind `id`, or the caller, read the value of node `value`? */
static bool value_is_needed(const struct ln_plan *plan, size_t value, size_t id) {
    if (ln_plan_is_output(plan, value)) return true;
    for (size_t i = id + 1; plan->nodes[value].graph.readers > 0 && i < plan->node_count; i++)
        for (int j = 0; plan->nodes[i].graph.active && j < plan->nodes[i].node.inputs; j++)
            if ((size_t)plan->nodes[i].node.in[j] == value) return true;
    return false;
}

/* The same for a buffer, which may hold several values that are views of one another. */
static bool buffer_is_needed(const struct ln_plan *plan, int buffer, size_t id) {
    for (size_t i = 0; i < id; i++)
        if (plan->nodes[i].graph.active && plan->nodes[i].value.buffer == buffer &&
            value_is_needed(plan, i, id))
            return true;
    return false;
}

/* Does the backward pass read input j of the layer, or another value in the same buffer? */
static bool is_needed_backward(const struct ln_plan *plan, const struct ln_plan_node *n, int j) {
    const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
    if (!plan->opts.train) return false;
    return (j == 0 && n->prep.reads_in) || from->prep.reads_out || from->graph.readers != 1 ||
           from->prep.view || from->fusion.skips_forward;
}

/* May the output of layer `id` overwrite its input j, which is in buffer in[j]? */
static bool in_place(const struct ln_plan *plan, size_t id, const int *in, int j) {
    const struct ln_plan_node *n = &plan->nodes[id];
    if (!n->prep.in_place[j] || n->prep.out->bytes != n->prep.in[j]->bytes) return false;
    if (plan->buffers[in[j]].external || ln_plan_may_recompute(plan, n->node.in[j])) return false;
    for (int k = 0; k < n->node.inputs; k++)
        if (k != j && in[k] == in[j]) return false;
    size_t from = (size_t)n->node.in[j];
    if (in[j] != plan->nodes[from].value.buffer) /* a reordered copy, which others may read too */
        return plan->opts.train ? plan->nodes[from].graph.readers == 1 && !n->prep.reads_in
                                : !value_is_needed(plan, from, id);
    return !is_needed_backward(plan, n, j) && !buffer_is_needed(plan, in[j], id);
}

/* The buffer of the output: an input's or a new one. */
static int place_output(struct ln_plan *plan, size_t id, const int *in) {
    struct ln_plan_node *n = &plan->nodes[id];
    for (int j = n->node.inputs; j-- > 0;)
        if (in_place(plan, id, in, j)) {
            n->value.buffer = in[j];
            return LINNET_OK;
        }
    return ln_plan_buffer_add(plan, n->prep.out->bytes, &n->value.buffer);
}

/* The layer's constant is computed from parameters and kept from step to step, unless the plan runs once. */
static int place_constant(struct ln_plan *plan, struct ln_plan_node *n) {
    if (!n->prep.constant) return LINNET_OK;
    LN_TRY(ln_plan_buffer_add(plan, n->prep.constant, &n->value.constant));
    if (plan->opts.once) return LINNET_OK; /* it lives for its step alone */
    ln_plan_touch(plan, n->value.constant, 0);
    ln_plan_touch(plan, n->value.constant, INT_MAX);
    return LINNET_OK;
}

/* A view runs no step: its value is that of its input. */
static void pass_forward(struct ln_plan *plan, struct ln_plan_node *n) {
    const struct ln_plan_node *from = &plan->nodes[n->node.in[0]];
    n->value.buffer = from->value.buffer;
    n->value.layout = from->value.layout;
}

/* Returns the value of `id` in the layout `want`; all layers that read it in this layout share one copy. */
static int reordered(struct ln_plan *plan, int id, const struct ln_layout *want, int *buffer) {
    struct ln_plan_node *n = &plan->nodes[id];
    if (n->value.copy_layout != want)
        LN_TRY(ln_plan_reorder_add(plan, id, n->value.buffer, n->value.layout, want, &n->value.copy));
    n->value.copy_layout = want;
    *buffer = n->value.copy;
    return LINNET_OK;
}

static bool reads_nothing(const struct ln_step *step) {
    for (int j = 0; j < LN_OP_INPUTS; j++)
        if (step->in[j] >= 0) return false;
    return true;
}

static int forward_node(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct ln_step step = ln_plan_step_of(LN_STEP_FORWARD, (int)id);
    LN_TRY(prepare(plan, n));
    if (n->prep.view || n->fusion.skips_forward) {
        pass_forward(plan, n);
        return LINNET_OK;
    }
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        step.in[j] = from->value.buffer;
        if (n->prep.in[j] != from->value.layout)
            LN_TRY(reordered(plan, n->node.in[j], n->prep.in[j], &step.in[j]));
    }
    LN_TRY(place_output(plan, id, step.in));
    LN_TRY(place_constant(plan, n));
    if (n->prep.saved) LN_TRY(ln_plan_buffer_add(plan, n->prep.saved, &n->value.saved));
    if (n->node.op->role == LN_ROLE_JOIN && !plan->opts.watched) {
        ln_plan_slice(plan, id, step.in);
        if (reads_nothing(&step)) return LINNET_OK;
    }
    step.out = n->value.buffer;
    step.saved = n->value.saved;
    step.constant = n->value.constant;
    step.layout = n->prep.out;
    LN_TRY(ln_plan_step_add(plan, &step, n->prep.scratch_forward));
    return LINNET_OK;
}

int ln_plan_build_forward(struct ln_plan *plan) {
    struct ln_shape in = plan->net->nodes[0].out;
    in.dim[0] = plan->opts.batch;
    struct ln_plan_node *input = &plan->nodes[0];
    input->value.layout = ln_layout_get(plan->dnn, LN_F32, &in, LN_PLAIN);
    if (!input->value.layout) return LINNET_ERR_LIMIT;
    LN_TRY(ln_plan_buffer_add(plan, input->value.layout->bytes, &input->value.buffer));
    plan->buffers[input->value.buffer].external = true;
    for (size_t i = 1; i < plan->node_count; i++)
        if (plan->nodes[i].graph.active) LN_TRY(forward_node(plan, i));
    return LINNET_OK;
}
