/* Compiling: concatenation without copies. A layer whose only reader is a join writes its output straight
 * into its channels of the join's buffer, and reads its gradient from them, if it can skip the other layers'
 * channels (ln_op.slice). oneDNN's convolutions cannot, our own passes can.
 */
#include "graph/plan_impl.h"
#include "kernel/planes.h"

/* The number of the layer's forward step, which must exist. */
static int forward_step(const struct ln_plan *plan, int id) {
    int at = (int)plan->step_count - 1;
    while (at > 0 && (plan->steps[at].kind != LN_STEP_FORWARD || plan->steps[at].node != id)) at--;
    return at;
}

/* Only the join `n` reads input j, and without a reorder. */
static bool is_candidate(const struct ln_plan *plan, const struct ln_plan_node *n, int j) {
    const struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
    return from->node.op && from->node.op->slice && from->graph.readers == 1 &&
           from->value.layout == n->prep.in[j] && !from->prep.epilogue.add && !from->prep.view &&
           !from->fusion.skips_forward && !ln_plan_is_output(plan, (size_t)n->node.in[j]);
}

/* The step at `at` writes into the join's buffer. Its own buffer stays unused, unless that is its input's too. */
static void redirect(struct ln_plan *plan, int at, int buffer, int64_t slice_at) {
    struct ln_step *step = &plan->steps[at];
    if (step->in[0] != step->out) plan->buffers[step->out].first = plan->buffers[step->out].last = -1;
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
            redirect(plan, forward_step(plan, n->node.in[j]), n->value.buffer, slice_at);
            from->value.buffer = n->value.buffer;
            from->value.slice_at = slice_at;
            in[j] = LN_NO_BUFFER;
        }
        first += channels;
    }
}
