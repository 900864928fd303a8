/* Compiling, second walk: fusion. A layer takes over what the layers behind it do, where its descriptor
 * offers it (ln_op.fuses_..., folds_...): it then stands in the place of the last of them, so that whoever
 * reads that one's value, and whatever else flows into it, is as it was; the others are out of the plan.
 *
 *   batchnorm (+ add) (+ relu)          one pass forward and one backward
 *   conv (+ batchnorm) (+ add) (+ relu) in inference: the normalisation is in the weights
 *
 *        c2 = conv(r1)              c2 = conv(r1)
 *        b2 = batchnorm(c2)         .
 *        s = add(b2 x)      ->      .
 *        r2 = relu(s)               r2 = batchnorm(c2 x), which adds x and applies a ReLU
 *
 * A ReLU behind a convolution in training is another matter: forward the convolution applies it, but its
 * backward pass remains, unless the pooling behind it does that.
 */
#include "graph/plan_impl.h"

/* The one layer that reads the value of `id`, if there is just one and nobody else sees it; 0: none. */
static size_t sole_reader(const struct ln_plan *plan, size_t id) {
    if (plan->nodes[id].consumers != 1 || ln_plan_is_output(plan, id)) return 0;
    for (size_t i = id + 1; i < plan->node_count; i++)
        for (int j = 0; plan->nodes[i].active && j < plan->nodes[i].node.inputs; j++)
            if ((size_t)plan->nodes[i].node.in[j] == id) return i;
    return 0;
}

/* Moves the layer at `from` into the place of `to`, which it does the work of. */
static void move(struct ln_plan *plan, size_t from, size_t to) {
    struct ln_plan_node *n = &plan->nodes[from], *last = &plan->nodes[to];
    bool needs_grad = last->needs_grad;
    int consumers = last->consumers;
    last->active = false;
    n->moved_to = (int)to;
    *last = *n;
    last->needs_grad = needs_grad;
    last->consumers = consumers;
    last->moved_to = 0;
    last->fused = true;
    n->active = false;
}

/* The layer at `at` does what `next` behind it does; false where it can't. */
static bool take_norm(struct ln_plan *plan, struct ln_plan_node *n, size_t next) {
    const struct ln_plan_node *norm = &plan->nodes[next];
    const struct ln_prep *p = &n->prep;
    if (norm->node.op != &ln_op_batchnorm || p->norm_after || p->add_after || p->relu_after) return false;
    if (!n->node.op->folds_norm_forward || !ln_plan_infers(plan, n) || !ln_plan_infers(plan, norm))
        return false;
    n->prep.norm_after = true;
    n->prep.norm_eps = ((const struct ln_batchnorm_attrs *)norm->node.attrs)->eps;
    n->norm_param = norm->node.first_param;
    return true;
}

static bool take_add(struct ln_plan *plan, struct ln_plan_node *n, size_t at, size_t next) {
    const struct ln_node *add = &plan->nodes[next].node;
    bool infers = ln_plan_infers(plan, n);
    if (add->op != &ln_op_add || add->inputs != 2 || n->prep.add_after || n->prep.relu_after) return false;
    int other = add->in[0] == (int)at ? add->in[1] : add->in[0];
    if (!n->node.op->fuses_add && !(n->node.op->fuses_add_forward && infers)) return false;
    if (infers && plan->nodes[other].needs_grad) return false; /* it would not be inference any more */
    n->prep.add_after = true;
    n->node.in[n->node.inputs++] = other;
    return true;
}

static bool take_relu(struct ln_plan *plan, struct ln_plan_node *n, size_t next) {
    if (plan->nodes[next].node.op != &ln_op_relu || n->prep.relu_after) return false;
    if (!n->node.op->fuses_relu && !(n->node.op->fuses_relu_forward && ln_plan_infers(plan, n))) return false;
    n->prep.relu_after = true;
    return true;
}

static void fuse_behind(struct ln_plan *plan, size_t at) {
    for (size_t next; (next = sole_reader(plan, at)) > 0; at = next) {
        struct ln_plan_node *n = &plan->nodes[at];
        if (!take_norm(plan, n, next) && !take_add(plan, n, at, next) && !take_relu(plan, n, next)) return;
        move(plan, at, next);
    }
}

/* A ReLU that a layer before it applies, and whose gradient a layer behind it masks. */
static void share_relu(struct ln_plan *plan, size_t at) {
    struct ln_plan_node *relu = &plan->nodes[at], *before = &plan->nodes[relu->node.in[0]];
    size_t behind = sole_reader(plan, at);
    if (before->node.op && before->node.op->fuses_relu_forward &&
        sole_reader(plan, (size_t)relu->node.in[0]) == at)
        before->prep.relu_after = relu->passes_forward = true;
    if (behind && plan->nodes[behind].node.op->masks_relu)
        plan->nodes[behind].prep.relu_before = relu->passes_backward = true;
}

void ln_plan_fuse(struct ln_plan *plan) {
    for (size_t i = 1; i < plan->node_count; i++)
        if (plan->nodes[i].active) fuse_behind(plan, i);
    ln_plan_mark_flow(plan);
    for (size_t i = 1; i < plan->node_count; i++)
        if (plan->nodes[i].active && plan->nodes[i].node.op == &ln_op_relu) share_relu(plan, i);
}
