/* Compiling: the list of steps, and the buffers with their lifetimes. */
#include "base/alloc.h"
#include "graph/plan_impl.h"

int ln_plan_buffer_add(struct ln_plan *plan, size_t bytes, int *id) {
    struct ln_buffer *grown =
        ln_grow(plan->buffers, plan->buffer_count, &plan->buffer_capacity, sizeof *plan->buffers);
    if (!grown) return LINNET_ERR_LIMIT;
    plan->buffers = grown;
    *id = (int)plan->buffer_count++;
    plan->buffers[*id] = (struct ln_buffer){.bytes = bytes, .first = LN_NONE_YET, .last = LN_NONE_YET};
    return LINNET_OK;
}

/* The buffer, if it is one, is alive at `step`. */
void ln_plan_touch(struct ln_plan *plan, int id, int step) {
    if (id < 0) return;
    struct ln_buffer *b = &plan->buffers[id];
    if (b->first < 0 || step < b->first) b->first = step;
    if (step > b->last) b->last = step;
}

struct ln_step ln_plan_step_of(enum ln_step_kind kind, int node) {
    struct ln_step step = {.kind = kind, .node = node, .out = -1, .saved = -1, .scratch = -1, .constant = -1};
    for (int i = 0; i < LN_OP_INPUTS; i++) step.in[i] = step.din[i] = LN_NONE_YET;
    for (int i = 0; i < LN_OP_DOUTS; i++) step.douts[i] = LN_NONE_YET;
    return step;
}

/* Takes step.prim; with `scratch` bytes that live in this step alone. */
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
    return LINNET_OK;
}

/* A reorder of `from` into a new buffer *to. */
int ln_plan_reorder_add(struct ln_plan *plan, int node, int from, const struct ln_layout *have,
                        const struct ln_layout *want, int *to) {
    struct ln_step step = ln_plan_step_of(LN_STEP_REORDER, node);
    LN_TRY(ln_prim_reorder(plan->dnn, have, want, &step.prim));
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
