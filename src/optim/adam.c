/* Adam, with the weight decay in the gradient: see adam_step.h. */
#include "base/simd.h"
#include "optim/adam_step.h"

#include <math.h>

LN_KERNEL(void, run,
          (const struct ln_adam *a, float *restrict w, const float *restrict g, float *restrict m,
           float *restrict v, size_t n),
          (a, w, g, m, v, n)) {
    float b1 = a->b1, b2 = a->b2, eps = a->eps, coupled = a->coupled, keep = a->keep, rate = a->rate;
    float correct = a->correct;
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + coupled * w[i];
        m[i] = b1 * m[i] + (1 - b1) * d;
        v[i] = b2 * v[i] + (1 - b2) * d * d;
        w[i] = keep * w[i] - rate * m[i] / (sqrtf(v[i]) * correct + eps);
    }
}

void ln_adam_run(const struct ln_adam *a, float *restrict w, const float *restrict g, float *restrict m,
                 float *restrict v, size_t n) {
    run(a, w, g, m, v, n);
}

struct ln_adam ln_adam_of(const struct ln_optim_step *s) {
    const struct ln_optim_opts *o = s->opts;
    return (struct ln_adam){.b1 = (float)o->beta1,
                            .b2 = (float)o->beta2,
                            .eps = (float)o->eps,
                            .keep = 1,
                            .rate = (float)(s->lr / (1 - pow(o->beta1, (double)s->t))),
                            .correct = (float)(1 / sqrt(1 - pow(o->beta2, (double)s->t)))};
}

static void step(const struct ln_optim_step *s, float *w, const float *g, float *const slot[LN_OPTIM_SLOTS],
                 size_t n) {
    struct ln_adam a = ln_adam_of(s);
    a.coupled = (float)s->opts->weight_decay;
    ln_adam_run(&a, w, g, slot[0], slot[1], n);
}

const struct ln_optim_kind ln_optim_kind_adam = {
    .name = "adam",
    .help = "Adam, with the weight decay added to the gradient",
    .slots = {"exp_avg", "exp_avg_sq"},
    .lr = 1e-3,
    .weight_decay = 1e-4,
    .step = step,
};
