/* One step of training: forward, backward, update. A step with a loss or gradient that is not finite leaves
 * the weights unchanged, so that a single bad batch does not destroy a run. The norm of all gradients shows
 * it: one number that is not finite makes the norm so too. With several ranks loss and gradients are summed over them, so
 * that all ranks take the same step. */
#include "train/step.h"

#include <math.h>

int ln_stepper_init(struct ln_stepper *s, const struct ln_plan *plan, const char *optim,
                    const struct ln_optim_opts *opts) {
    *s = (struct ln_stepper){0};
    s->values = ln_plan_values(plan, &s->count);
    s->grads = ln_plan_grads(plan);
    return ln_optim_create(&s->optim, optim, s->count, opts);
}

void ln_stepper_fini(struct ln_stepper *s) {
    ln_optim_destroy(s->optim);
}

/* The gradients of the batch, of all ranks. */
static int backward(struct ln_stepper *s, struct ln_plan *plan, double *loss) {
    if (!s->exchange) return ln_plan_backward(plan);
    LN_TRY(ln_exchange_begin(s->exchange, plan, (double)s->share.count / (double)s->share.total));
    LN_TRY(ln_plan_backward(plan));
    LN_TRY(ln_exchange_end(s->exchange, plan));
    return ln_comm_sum_f64(s->comm, loss, 1);
}

int ln_stepper_run(struct ln_stepper *s, struct ln_plan *plan, const float *images, const int32_t *labels,
                   double lr, uint32_t number, struct ln_step_result *r) {
    if (s->exchange) ln_plan_share(plan, &s->share);
    LN_TRY((s->from_features ? ln_plan_forward_features : ln_plan_forward)(plan, images, labels, number));
    r->loss = ln_plan_loss(plan);
    LN_TRY(backward(s, plan, &r->loss));
    r->grad_norm = ln_optim_grad_norm(s->grads, s->count);
    r->applied = isfinite(r->loss) && isfinite(r->grad_norm);
    /* After the test: a norm that is not finite would scale every gradient to nan. */
    if (r->applied && s->clip > 0) ln_optim_clip(s->grads, s->count, r->grad_norm, s->clip);
    if (r->applied && s->parts)
        ln_optim_apply_parts(s->optim, lr, s->values, s->grads, s->parts, s->part_count);
    else if (r->applied)
        ln_optim_apply(s->optim, lr, s->values, s->grads);
    return LINNET_OK;
}
