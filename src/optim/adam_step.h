/* The loop that Adam and AdamW share: the moments and the step, as torch.optim.Adam:
 *
 *   m = b1 m + (1 - b1) g;   v = b2 v + (1 - b2) g^2
 *   w = w - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 *
 * Kingma, Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.
 */
#ifndef LN_OPTIM_ADAM_STEP_H
#define LN_OPTIM_ADAM_STEP_H

#include "optim/optim.h"

/* coupled: Adam's weight decay, the factor of w that is added to g. keep: the factor of w before the step; 1, or
 * 1 - lr decay for AdamW. */
struct ln_adam {
    float b1, b2, eps, coupled, keep;
    float rate;    /* lr / (1 - b1^t) */
    float correct; /* 1 / sqrt(1 - b2^t) */
};
void ln_adam_run(const struct ln_adam *a, float *w, const float *g, float *m, float *v, size_t n);
struct ln_adam ln_adam_of(const struct ln_optim_step *s);

#endif
