/* What the compiler's walks share: the marks of the layers, the list of steps, and the buffers with their lifetimes. */
#include "base/alloc.h"
#include "graph/plan_impl.h"

/* ---- marks ------------------------------------------------------------------------------------------- */

bool ln_plan_is_output(const struct ln_plan *plan, size_t id) {
    for (int i = 0; i < plan->net->output_count; i++)
        if ((size_t)plan->net->outputs[i].node == id) return true;
    return plan->feature_node == (int)id || (plan->opts.explained && plan->opts.explained == (int)id);
}

bool ln_plan_infers(const struct ln_plan *plan, const struct ln_plan_node *n) {
    bool passes_gradient = n->graph.needs_grad && n != &plan->nodes[plan->opts.explained];
    return !plan->opts.train || (n->graph.frozen && !passes_gradient);
}

static void reset(struct ln_plan_node *n) {
    n->graph.readers = 0;
    n->graph.needs_grad = false;
    n->value.buffer = n->value.saved = n->value.constant = n->recompute.buffer = LN_NO_BUFFER;
    n->value.slice_at = -1;
}

void ln_plan_mark_flow(struct ln_plan *plan) {
    for (size_t i = 0; i < plan->node_count; i++) reset(&plan->nodes[i]);
    plan->nodes[0].graph.needs_grad = plan->opts.train && plan->opts.input_grad;
    for (size_t i = 1; i < plan->node_count; i++) {
        struct ln_plan_node *n = &plan->nodes[i];
        if (!n->graph.active) continue;
        n->graph.needs_grad =
            (plan->opts.train && n->node.params > 0 && !n->graph.frozen) || (int)i == plan->opts.explained;
        for (int j = 0; j < n->node.inputs; j++) {
            struct ln_plan_node *from = &plan->nodes[n->node.in[j]];
            from->graph.readers++;
            n->graph.needs_grad |= from->graph.needs_grad;
        }
    }
}

/* ---- the list of steps, and the buffers with their lifetimes ----------------------------------------- */

int ln_plan_buffer_add(struct ln_plan *plan, size_t bytes, int *id) {
    struct ln_buffer *grown =
        ln_grow(plan->buffers, plan->buffer_count, &plan->buffer_capacity, sizeof *plan->buffers);
    if (!grown) return LINNET_ERR_LIMIT;
    plan->buffers = grown;
    *id = (int)plan->buffer_count++;
    plan->buffers[*id] = (struct ln_buffer){.bytes = bytes, .first = -1, .last = -1};
    return LINNET_OK;
}

void ln_plan_touch(struct ln_plan *plan, int id, int step) {
    if (id < 0) return;
    struct ln_buffer *b = &plan->buffers[id];
    if (b->first < 0 || step < b->first) b->first = step;
    if (step > b->last) b->last = step;
}

struct ln_step ln_plan_step_of(enum ln_step_kind kind, int node) {
    struct ln_step step = {.kind = kind,
                           .node = node,
                           .out = LN_NO_BUFFER,
                           .saved = LN_NO_BUFFER,
                           .scratch = LN_NO_BUFFER,
                           .constant = LN_NO_BUFFER};
    for (int i = 0; i < LN_OP_INPUTS; i++) step.in[i] = step.din[i] = LN_NO_BUFFER;
    for (int i = 0; i < LN_OP_DOUTS; i++) step.douts[i] = LN_NO_BUFFER;
    return step;
}

int ln_plan_step_add(struct ln_plan *plan, struct ln_step *step, size_t scratch) {
    int at = (int)plan->step_count;
    struct ln_step *grown = ln_grow(plan->steps, plan->step_count, &plan->step_capacity, sizeof *plan->steps);
    if (!grown) {
        ln_prim_destroy(step->prim);
        return LINNET_ERR_LIMIT;
    }
    plan->steps = grown;
    plan->steps[plan->step_count++] = *step;
    if (scratch) LN_TRY(ln_plan_buffer_add(plan, scratch, &plan->steps[at].scratch));
    step = &plan->steps[at];
    for (int i = 0; i < LN_OP_INPUTS; i++) {
        ln_plan_touch(plan, step->in[i], at);
        ln_plan_touch(plan, step->din[i], at);
    }
    for (int i = 0; i < LN_OP_DOUTS; i++) ln_plan_touch(plan, step->douts[i], at);
    ln_plan_touch(plan, step->out, at);
    ln_plan_touch(plan, step->saved, at);
    ln_plan_touch(plan, step->scratch, at);
    ln_plan_touch(plan, step->constant, at);
    return LINNET_OK;
}

int ln_plan_reorder_add(struct ln_plan *plan, int node, int from, const struct ln_layout *have,
                        const struct ln_layout *want, int *to) {
    struct ln_step step = ln_plan_step_of(LN_STEP_REORDER, node);
    LN_TRY(ln_plan_int8_reorder(plan, node, have, want, &step.prim));
    int status = ln_plan_buffer_add(plan, want->bytes, &step.out);
    if (status != LINNET_OK) {
        ln_prim_destroy(step.prim);
        return status;
    }
    step.in[0] = from;
    step.layout = want;
    *to = step.out;
    return ln_plan_step_add(plan, &step, ln_prim_scratch(step.prim));
}
