/* Compiling: values that are not kept for the backward pass but recomputed when it reaches them.
 *
 * A batch normalisation keeps its input. One pass over memory recomputes its output from that (ln_op.recompute) when
 * the backward pass of the convolution behind it needs the output again. Recomputing saves a quarter of the memory of a
 * residual network for less than one per cent of its time, and is done only if the values are large. It changes no bit.
 *
 *   y = relu(norm(x))                recomputed from x
 *   y = relu(norm(x) + z)            from x and z, if z is kept, or is norm(x') and recomputed from x'
 *
 * So, in a chain of residual blocks, every second output is kept. Chen, Xu, Zhang, Guestrin, "Training deep
 * nets with sublinear memory cost" (2016), section 3.
 */
#include "graph/plan_impl.h"

/* Recomputing is worth its time if all values that could be recomputed have at least so many bytes. */
static const double worth_it = 1 << 30;

/* A normalisation by the batch's statistics, which has saved them. */
static bool can_recompute(const struct ln_plan *plan, const struct ln_plan_node *n) {
    return n->graph.active && n->node.op && n->node.op->recompute && n->graph.needs_grad &&
           !ln_plan_infers(plan, n);
}

bool ln_plan_recomputes(const struct ln_plan *plan) {
    double bytes = 0;
    if (!plan->opts.train || plan->opts.recompute == LN_RECOMPUTE_NEVER) return false;
    for (size_t i = 1; i < plan->node_count; i++) {
        size_t count = 0;
        const struct ln_plan_node *n = &plan->nodes[i];
        if (can_recompute(plan, n) && ln_shape_count(&n->node.out, &count))
            bytes += (double)count * plan->opts.batch * (double)ln_dtype_size(plan->opts.dtype);
    }
    return plan->opts.recompute == LN_RECOMPUTE_ALWAYS || bytes >= worth_it;
}

bool ln_plan_may_recompute(const struct ln_plan *plan, int id) {
    return plan->recomputes && can_recompute(plan, &plan->nodes[id]);
}

/* From node `first` on, `id` is the only one whose value lies in its buffer. */
static bool is_alone(const struct ln_plan *plan, size_t id, size_t first) {
    for (size_t i = first; i < plan->node_count; i++)
        if (i != id && plan->nodes[i].graph.active &&
            plan->nodes[i].value.buffer == plan->nodes[id].value.buffer)
            return false;
    return true;
}

/* The layer reads input j itself, not a reordered copy. */
static bool is_read_directly(const struct ln_plan *plan, const struct ln_plan_node *n, int j) {
    return plan->nodes[n->node.in[j]].value.layout == n->prep.in[j];
}

/* The same, and input j still exists when the backward pass reaches the layer. */
static bool is_kept(const struct ln_plan *plan, const struct ln_plan_node *n, int j) {
    size_t from = (size_t)n->node.in[j];
    return is_read_directly(plan, n, j) && !plan->nodes[from].recompute.chosen && is_alone(plan, from, from);
}

static bool is_candidate(const struct ln_plan *plan, size_t id) {
    const struct ln_plan_node *n = &plan->nodes[id];
    return can_recompute(plan, n) && n->prep.train && n->value.slice_at < 0 && !ln_plan_is_output(plan, id) &&
           is_alone(plan, id, 1) && is_kept(plan, n, 0);
}

/* The second term of a sum, if there is one, is kept, or is a normalisation alone that is recomputed. */
static bool second_term_lasts(const struct ln_plan *plan, const struct ln_plan_node *n) {
    if (n->node.inputs < 2) return true;
    const struct ln_plan_node *term = &plan->nodes[n->node.in[1]];
    return is_kept(plan, n, 1) ||
           (term->recompute.chosen && term->node.inputs == 1 && is_read_directly(plan, n, 1));
}

/* In the order of the layers, because the choice for a layer depends on the choices for its inputs. */
void ln_plan_choose_recomputed(struct ln_plan *plan) {
    for (size_t i = 1; plan->recomputes && i < plan->node_count; i++)
        plan->nodes[i].recompute.chosen = is_candidate(plan, i) && second_term_lasts(plan, &plan->nodes[i]);
}

static int add_step(struct ln_plan *plan, size_t id) {
    struct ln_plan_node *n = &plan->nodes[id];
    struct ln_step step = ln_plan_step_of(LN_STEP_RECOMPUTE, (int)id);
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        step.in[j] = from->recompute.chosen ? from->recompute.buffer : from->value.buffer;
    }
    step.saved = n->value.saved;
    step.layout = n->value.layout;
    LN_TRY(ln_plan_buffer_add(plan, n->value.layout->bytes, &step.out));
    n->recompute.buffer = step.out;
    return ln_plan_step_add(plan, &step, n->prep.scratch_forward);
}

static int add_steps(struct ln_plan *plan, size_t id) {
    const struct ln_plan_node *n = &plan->nodes[id];
    for (int j = 0; j < n->node.inputs; j++) {
        const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        if (from->recompute.chosen && from->recompute.buffer < 0)
            LN_TRY(add_step(plan, (size_t)n->node.in[j]));
    }
    return add_step(plan, id);
}

int ln_plan_restore(struct ln_plan *plan, int *buffer) {
    for (size_t i = 1; i < plan->node_count; i++) {
        struct ln_plan_node *n = &plan->nodes[i];
        if (!n->recompute.chosen || n->value.buffer != *buffer) continue;
        if (n->recompute.buffer < 0) LN_TRY(add_steps(plan, i));
        *buffer = n->recompute.buffer;
        return LINNET_OK;
    }
    return LINNET_OK;
}
