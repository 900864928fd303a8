/* AdamW: Adam with the weight decay decoupled from the gradient, w = (1 - lr decay) w before the step.
 * Loshchilov, Hutter, "Decoupled weight decay regularization" (2019), algorithm 2; torch.optim.AdamW.
 */
#include "optim/adam_step.h"

static void step(const struct ln_optim_step *s, float *w, const float *g, float *const slot[LN_OPTIM_SLOTS],
                 size_t n) {
    struct ln_adam a = ln_adam_of(s);
    a.keep = (float)(1 - s->lr * s->opts->weight_decay);
    ln_adam_run(&a, w, g, slot[0], slot[1], n);
}

const struct ln_optim_kind ln_optim_kind_adamw = {
    .name = "adamw",
    .help = "Adam with decoupled weight decay",
    .slots = {"exp_avg", "exp_avg_sq"},
    .lr = 1e-3,
    .weight_decay = 0.01,
    .step = step,
};
