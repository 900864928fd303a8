/* Compiling: fusion. A layer does the work of the layers behind it, as far as its descriptor agrees
 * (ln_op.fuses). It then takes the place of the last of these, whose readers and other inputs stay as they were;
 * the other layers leave the plan.
 *
 *   batchnorm (+ add) (+ activation)          one pass forward and one backward
 *   conv (+ batchnorm) (+ add) (+ activation) in inference: the normalisation is in the weights
 *
 *        c2 = conv(r1)              c2 = conv(r1)
 *        b2 = batchnorm(c2)         .
 *        s = add(b2 x)      ->      .
 *        r2 = relu(s)               r2 = batchnorm(c2 x), which adds x and applies a ReLU
 *
 * In training an activation behind a convolution is different. If its derivative needs only the output, the
 * convolution applies it in the forward pass, but the activation keeps its backward pass. It loses that pass too
 * if it rectifies and the pooling behind it can mask the gradient.
 */
#include "graph/plan_impl.h"

/* The one layer that reads the value of `id`; 0: none or several, or the caller reads it too. */
static size_t sole_reader(const struct ln_plan *plan, size_t id) {
    if (plan->nodes[id].graph.readers != 1 || ln_plan_is_output(plan, id)) return 0;
    for (size_t i = id + 1; i < plan->node_count; i++)
        for (int j = 0; plan->nodes[i].graph.active && j < plan->nodes[i].node.inputs; j++)
            if ((size_t)plan->nodes[i].node.in[j] == id) return i;
    return 0;
}

/* Moves the layer at `from` into the place of `to`, whose work it does. */
static void move(struct ln_plan *plan, size_t from, size_t to) {
    struct ln_plan_node *n = &plan->nodes[from], *last = &plan->nodes[to];
    bool needs_grad = last->graph.needs_grad;
    int readers = last->graph.readers;
    *last = *n;
    last->graph.needs_grad = needs_grad;
    last->graph.readers = readers;
    last->fusion.last = true;
    n->graph.active = false;
    n->fusion.moved_to = (int)to;
}

static bool agrees(const struct ln_plan_node *n, const struct ln_epilogue *e, bool backward) {
    return n->node.op->fuses && n->node.op->fuses(e, backward);
}

static bool take_norm(struct ln_plan *plan, struct ln_plan_node *n, const struct ln_plan_node *norm) {
    struct ln_epilogue e = n->prep.epilogue;
    if (e.norm || e.add || ln_activation_exists(&e.act) || !ln_plan_infers(plan, norm)) return false;
    e.norm = true;
    e.eps = *ln_attr_real(norm->node.op->attrs, norm->node.attrs, "eps");
    if (!ln_plan_infers(plan, n) || !agrees(n, &e, false)) return false;
    n->prep.epilogue = e;
    n->fusion.norm = norm->node.op->name;
    n->fusion.norm_param = norm->node.first_param;
    return true;
}

static bool take_sum(struct ln_plan *plan, struct ln_plan_node *n, size_t at, const struct ln_node *sum) {
    struct ln_epilogue e = n->prep.epilogue;
    bool infers = ln_plan_infers(plan, n);
    if (sum->inputs != 2 || e.add || ln_activation_exists(&e.act)) return false;
    int other = sum->in[0] == (int)at ? sum->in[1] : sum->in[0];
    e.add = true;
    if (!agrees(n, &e, !infers)) return false;
    if (infers && plan->nodes[other].graph.needs_grad) return false; /* a gradient would flow through it */
    n->prep.epilogue = e;
    n->node.in[n->node.inputs++] = other;
    return true;
}

static bool take_activation(struct ln_plan *plan, struct ln_plan_node *n, const struct ln_node *activation) {
    struct ln_epilogue e = n->prep.epilogue;
    if (ln_activation_exists(&e.act)) return false;
    e.act = ln_op_activation(activation->op, activation->attrs);
    if (!agrees(n, &e, !ln_plan_infers(plan, n))) return false;
    n->prep.epilogue = e;
    return true;
}

/* The layer at `at` does the work of `next` behind it; false: it cannot. */
static bool take(struct ln_plan *plan, size_t at, size_t next) {
    struct ln_plan_node *n = &plan->nodes[at];
    const struct ln_plan_node *behind = &plan->nodes[next];
    switch (behind->node.op->role) {
    case LN_ROLE_NORM: return take_norm(plan, n, behind);
    case LN_ROLE_SUM: return take_sum(plan, n, at, &behind->node);
    case LN_ROLE_ACTIVATION: return take_activation(plan, n, &behind->node);
    default: return false;
    }
}

static void fuse_behind(struct ln_plan *plan, size_t at) {
    for (size_t next; (next = sole_reader(plan, at)) > 0 && take(plan, at, next); at = next)
        move(plan, at, next);
}

/* The passes of an activation that is still a layer: the layer before it may do the forward pass, the layer behind
 * it the backward pass. */
static void share_activation(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id], *before = &plan->nodes[n->node.in[0]];
    struct ln_activation f = ln_op_activation(n->node.op, n->node.attrs);
    size_t behind = sole_reader(plan, id);
    if (before->node.op && !f.by_input && sole_reader(plan, (size_t)n->node.in[0]) == id) {
        struct ln_epilogue e = before->prep.epilogue;
        e.act = f;
        n->fusion.skips_forward =
            !ln_activation_exists(&before->prep.epilogue.act) && agrees(before, &e, false);
        if (n->fusion.skips_forward) before->prep.epilogue = e;
    }
    if (f.rectifies && behind && plan->nodes[behind].node.op->masks_input)
        plan->nodes[behind].prep.mask_input = n->fusion.skips_backward = true;
}

void ln_plan_fuse(struct ln_plan *plan) {
    for (size_t i = 1; i < plan->node_count; i++)
        if (plan->nodes[i].graph.active) fuse_behind(plan, i);
    ln_plan_mark_flow(plan);
    for (size_t i = 1; i < plan->node_count; i++)
        if (plan->nodes[i].graph.active && plan->nodes[i].node.op->role == LN_ROLE_ACTIVATION)
            share_activation(plan, i);
}
