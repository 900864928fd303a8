/* RMSprop, as torch.optim.RMSprop (not centred):
 *
 *   g' = g + decay w;   v = a v + (1 - a) g'^2;   m = mu m + g' / (sqrt(v) + eps);   w = w - lr m
 *
 * Hinton, Srivastava, Swersky, "Neural networks for machine learning", lecture 6e (2012), which has neither
 * momentum (mu = 0) nor decay.
 */
#include "base/simd.h"
#include "optim/optim.h"

#include <math.h>

static const float forget = 0.99F; /* a */

struct rates {
    float lr, mu, decay, eps;
};

LN_KERNEL(void, run,
          (struct rates r, float *restrict w, const float *restrict g, float *restrict v, float *restrict m,
           size_t n),
          (r, w, g, v, m, n)) {
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + r.decay * w[i];
        v[i] = forget * v[i] + (1 - forget) * d * d;
        m[i] = r.mu * m[i] + d / (sqrtf(v[i]) + r.eps);
        w[i] -= r.lr * m[i];
    }
}

static void step(const struct ln_optim_step *s, float *w, const float *g, float *const slot[LN_OPTIM_SLOTS],
                 size_t n) {
    const struct ln_optim_opts *o = s->opts;
    run((struct rates){(float)s->lr, (float)o->momentum, (float)o->weight_decay, (float)o->eps}, w, g,
        slot[0], slot[1], n);
}

const struct ln_optim_kind ln_optim_kind_rmsprop = {.name = "rmsprop",
                                                    .help = "RMSprop, not centred",
                                                    .slots = {"square_avg", "momentum_buffer"},
                                                    .lr = 1e-3,
                                                    .weight_decay = 1e-4,
                                                    .takes_momentum = true,
                                                    .step = step};
