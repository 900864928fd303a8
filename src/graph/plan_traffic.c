/* What a step of a plan moves: the bytes of all that it reads and of all that it writes, once each. A kernel
 * that reads something twice moves more, one that finds it in a cache less; what makes a pass slow is seen
 * all the same. */
#include "graph/plan_impl.h"

/* At most as much of a buffer as the layout says: a slice of a concatenation lies in the whole one's. */
static double part(const struct ln_plan *plan, int buffer, const struct ln_layout *layout) {
    if (buffer < 0) return 0;
    size_t bytes = plan->buffers[buffer].bytes;
    return (double)(layout && layout->bytes < bytes ? layout->bytes : bytes);
}

/* Weights, unless what was made of them stands in their place; backward, their gradients too. */
static double parameters(const struct ln_plan *plan, const struct ln_step *s) {
    const struct ln_node *node = &plan->nodes[s->node].node;
    bool backward = s->kind == LN_STEP_BACKWARD;
    double bytes = 0;
    if (s->kind != LN_STEP_FORWARD && !backward) return 0;
    for (int i = 0; i < node->params && s->constant < 0; i++) {
        const struct ln_plan_param *p = &plan->params[node->first_param + i];
        bytes += (double)p->layout->bytes * (backward && p->grad ? 2 : 1);
    }
    return bytes;
}

double ln_plan_step_bytes(const struct ln_plan *plan, size_t step) {
    const struct ln_step *s = &plan->steps[step];
    const struct ln_prep *prep = &plan->nodes[s->node].prep;
    bool own = s->kind == LN_STEP_FORWARD || s->kind == LN_STEP_BACKWARD; /* prep is this step's */
    double bytes = parameters(plan, s) + part(plan, s->saved, NULL) + part(plan, s->constant, NULL) +
                   part(plan, s->out, own ? prep->out : NULL);
    for (int i = 0; i < LN_OP_INPUTS; i++)
        bytes += part(plan, s->in[i], own ? prep->in[i] : NULL) + part(plan, s->din[i], NULL);
    for (int i = 0; i < LN_OP_DOUTS; i++) bytes += part(plan, s->douts[i], prep->dout);
    return bytes;
}
