/* One step of training: forward, backward, update. A step with a loss or gradient that is not finite leaves
 * the weights unchanged, so that a single bad batch does not destroy a run. It is enough to test the norm of
 * all gradients: one number that is not finite makes the norm not finite. Several ranks sum loss and
 * gradients, so that all of them take the same step. */
#include "train/step.h"

#include <math.h>

int ln_stepper_init(struct ln_stepper *s, const struct ln_plan *plan, const char *optim,
                    const struct ln_optim_opts *opts) {
    *s = (struct ln_stepper){0};
    s->values = ln_plan_values(plan, &s->count);
    s->grads = ln_plan_grads(plan);
    return ln_optim_create(&s->optim, optim, s->count, opts);
}

int ln_stepper_join(struct ln_stepper *s, const struct ln_plan *plan, const struct ln_stepper_ranks *r) {
    s->comm = r->comm;
    if (!r->bf16 && !r->no_sharing) LN_TRY(ln_shared_state_create(&s->shared, r->comm, plan, s->optim));
    const struct ln_exchange_opts opts = {
        .comm = r->comm, .bf16 = r->bf16, .statistics = r->statistics, .statistics_only = s->shared != NULL};
    return ln_comm_agree(r->comm, ln_exchange_create(&s->exchange, plan, &opts));
}

void ln_stepper_leave(struct ln_stepper *s) {
    ln_exchange_destroy(s->exchange);
    ln_shared_state_destroy(s->shared);
    s->exchange = NULL;
    s->shared = NULL;
}

void ln_stepper_fini(struct ln_stepper *s) {
    ln_stepper_leave(s);
    ln_optim_destroy(s->optim);
}

/* Computes the gradients of the batch, summed over all ranks, and their norm. */
static int backward(struct ln_stepper *s, struct ln_plan *plan, struct ln_step_result *r) {
    if (s->exchange)
        LN_TRY(ln_exchange_begin(s->exchange, plan, (double)s->share.count / (double)s->share.total));
    LN_TRY(ln_plan_backward(plan));
    if (s->exchange) LN_TRY(ln_exchange_end(s->exchange, plan));
    if (s->shared) return ln_shared_state_sum(s->shared, &r->loss, &r->grad_norm);
    if (s->exchange) LN_TRY(ln_comm_sum_f64(s->comm, &r->loss, 1));
    r->grad_norm = ln_optim_grad_norm(s->grads, s->count);
    return LINNET_OK;
}

static void update(struct ln_stepper *s, double lr, double norm) {
    const size_t first = s->shared ? s->shared->first : 0, end = s->shared ? s->shared->end : s->count;
    /* After the test: a norm that is not finite would scale every gradient to nan. */
    if (s->clip > 0) ln_optim_clip(s->grads + first, end - first, norm, s->clip);
    if (s->parts)
        ln_optim_apply_parts(s->optim, lr, s->values, s->grads, s->parts, s->part_count);
    else
        ln_optim_apply(s->optim, lr, s->values, s->grads);
}

int ln_stepper_run(struct ln_stepper *s, struct ln_plan *plan, const float *images, const int32_t *labels,
                   double lr, uint32_t number, struct ln_step_result *r) {
    if (s->exchange) ln_plan_share(plan, &s->share);
    LN_TRY((s->from_features ? ln_plan_forward_features : ln_plan_forward)(plan, images, labels, number));
    r->loss = ln_plan_loss(plan);
    LN_TRY(backward(s, plan, r));
    r->applied = isfinite(r->loss) && isfinite(r->grad_norm);
    if (s->shared) s->shared->updating = r->applied;
    if (r->applied) update(s, lr, r->grad_norm);
    return s->shared && r->applied ? ln_shared_state_updated(s->shared) : LINNET_OK;
}
