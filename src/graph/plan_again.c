/* Compiling: values that are not kept for the backward pass, but made again when it comes to them.
 *
 * A batch normalisation keeps what it read, and its output, which the convolution behind it reads once more
 * in the backward pass, is one pass over memory away from that (ln_op.again). A quarter of the memory of a
 * residual network for some of its time: only where that is much memory. The bits are the same.
 *
 *   y = relu(norm(x))                made again from x
 *   y = relu(norm(x) + z)            from x and z, where z is kept, or is norm(x') and made again from x'
 *
 * so that of a chain of residual blocks every second output is kept.
 * Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost" (2016), section 3.
 */
#include "graph/plan_impl.h"

/* Bytes of all that could be made again. */
static const double worth_it = 1 << 30;

/* A batch normalisation by the batch's statistics, which has kept them. */
static bool can_repeat(const struct ln_plan *plan, const struct ln_plan_node *n) {
    return n->active && n->node.op && n->node.op->again && n->needs_grad && !ln_plan_infers(plan, n);
}

bool ln_plan_repeats(const struct ln_plan *plan) {
    double bytes = 0;
    if (!plan->opts.train || plan->opts.again == LN_AGAIN_NEVER) return false;
    for (size_t i = 1; i < plan->node_count; i++) {
        size_t count = 0;
        const struct ln_plan_node *n = &plan->nodes[i];
        if (can_repeat(plan, n) && ln_shape_count(&n->node.out, &count))
            bytes += (double)count * plan->opts.batch * (double)ln_dtype_size(plan->opts.dtype);
    }
    return plan->opts.again == LN_AGAIN_ALWAYS || bytes >= worth_it;
}

bool ln_plan_may_repeat(const struct ln_plan *plan, int id) {
    return plan->repeats && can_repeat(plan, &plan->nodes[id]);
}

/* No value from that of `first` on, but that of `id`, lies in the buffer. */
static bool alone(const struct ln_plan *plan, size_t id, size_t first) {
    for (size_t i = first; i < plan->node_count; i++)
        if (i != id && plan->nodes[i].active && plan->nodes[i].buffer == plan->nodes[id].buffer) return false;
    return true;
}

/* What it is made of is there when the backward pass comes to it. */
static bool is_there(const struct ln_plan *plan, const struct ln_plan_node *n, int j) {
    size_t from = (size_t)n->node.in[j];
    return !plan->nodes[from].again && plan->nodes[from].layout == n->prep.in[j] && alone(plan, from, from);
}

static bool can(const struct ln_plan *plan, size_t id) {
    const struct ln_plan_node *n = &plan->nodes[id];
    return can_repeat(plan, n) && n->prep.train && n->slice_at < 0 && !ln_plan_is_output(plan, id) &&
           alone(plan, id, 1) && is_there(plan, n, 0);
}

/* In the order of the layers: the second term of a sum is kept, or is a normalisation and nothing else. */
void ln_plan_choose_again(struct ln_plan *plan) {
    for (size_t i = 1; plan->repeats && i < plan->node_count; i++) {
        struct ln_plan_node *n = &plan->nodes[i];
        if (!can(plan, i)) continue;
        bool simple = n->node.inputs == 1;
        const struct ln_plan_node *other = simple ? NULL : &plan->nodes[n->node.in[1]];
        n->again = simple || is_there(plan, n, 1) || (other->again && other->node.inputs == 1);
    }
}

static int make(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct ln_step step = ln_plan_step_of(LN_STEP_AGAIN, (int)id);
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        step.in[j] = from->again ? from->made_again : from->buffer;
    }
    step.saved = n->saved;
    step.layout = n->layout;
    LN_TRY(ln_plan_buffer_add(plan, n->layout->bytes, &step.out));
    n->made_again = step.out;
    return ln_plan_step_add(plan, &step, n->prep.scratch_forward);
}

static int make_with_inputs(struct ln_plan *plan, size_t id) {
    const struct ln_plan_node *n = &plan->nodes[id];
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        if (from->again && from->made_again < 0) LN_TRY(make(plan, (size_t)n->node.in[j]));
    }
    return make(plan, id);
}

int ln_plan_recall(struct ln_plan *plan, int *buffer) {
    for (size_t i = 1; i < plan->node_count; i++) {
        struct ln_plan_node *n = &plan->nodes[i];
        if (!n->again || n->buffer != *buffer) continue;
        if (n->made_again < 0) LN_TRY(make_with_inputs(plan, i));
        *buffer = n->made_again;
        return LINNET_OK;
    }
    return LINNET_OK;
}
