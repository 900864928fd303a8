/* Concatenation without copies: a layer whose only reader is a concatenation writes its output straight into
 * its channels there, and reads its gradient from there, if it can leave the gaps that are the other layers'
 * channels (ln_op.slice). oneDNN's convolutions can't, our own passes can.
 */
#include "graph/plan_impl.h"
#include "kernel/planes.h"

/* The number of the layer's forward step, which there is. */
static int forward_step(const struct ln_plan *plan, int id) {
    int at = (int)plan->step_count - 1;
    while (at > 0 && (plan->steps[at].kind != LN_STEP_FORWARD || plan->steps[at].node != id)) at--;
    return at;
}

/* Nobody but the concatenation `n` reads the value, and no reorder is between them. */
static bool is_candidate(const struct ln_plan *plan, const struct ln_plan_node *n, int j) {
    const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
    return from->node.op && from->node.op->slice && from->consumers == 1 && from->layout == n->prep.in[j] &&
           !from->prep.add_after && !from->prep.view && !from->passes_forward &&
           !ln_plan_is_output(plan, (size_t)n->node.in[j]);
}

/* The step at `at` writes into the concatenation's buffer; its own is nobody's, unless it lay over its input.
 */
static void redirect(struct ln_plan *plan, int at, int buffer, int64_t slice_at) {
    struct ln_step *step = &plan->steps[at];
    if (step->in[0] != step->out)
        plan->buffers[step->out].first = plan->buffers[step->out].last = LN_NONE_YET;
    step->out = buffer;
    step->slice_at = slice_at;
    ln_plan_touch(plan, buffer, at);
}

void ln_plan_slice(struct ln_plan *plan, size_t id, int *in) {
    struct ln_plan_node *n = &plan->nodes[id];
    for (int64_t j = 0, first = 0; j < n->node.inputs; j++) {
        struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
        int64_t channels = from->node.out.dim[1], slice_at;
        struct ln_planes planes;
        if (is_candidate(plan, n, (int)j) &&
            ln_planes_slice(n->prep.out, first, channels, &planes, &slice_at) &&
            from->node.op->slice(from->prep.state, n->prep.out, first)) {
            redirect(plan, forward_step(plan, n->node.in[j]), n->buffer, slice_at);
            from->buffer = n->buffer;
            from->slice_at = slice_at;
            in[j] = LN_NONE_YET;
        }
        first += channels;
    }
}
