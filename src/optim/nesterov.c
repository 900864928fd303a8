/* SGD with Nesterov's momentum, as torch.optim.SGD(nesterov=True):
 *
 *   g' = g + decay w;   m = mu m + g';   w = w - lr (g' + mu m)
 *
 * Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in deep learning"
 * (2013), section 2.
 */
#include "base/simd.h"
#include "optim/optim.h"

LN_KERNEL(void, run,
          (float lr, float mu, float decay, float *restrict w, const float *restrict g, float *restrict m,
           size_t n),
          (lr, mu, decay, w, g, m, n)) {
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + decay * w[i];
        m[i] = mu * m[i] + d;
        w[i] -= lr * (d + mu * m[i]);
    }
}

static void step(const struct ln_optim_step *s, float *w, const float *g, float *const slot[LN_OPTIM_SLOTS],
                 size_t n) {
    run((float)s->lr, (float)s->opts->momentum, (float)s->opts->weight_decay, w, g, slot[0], n);
}

const struct ln_optim_kind ln_optim_kind_nesterov = {.name = "nesterov",
                                                     .help = "SGD with Nesterov's momentum",
                                                     .slots = {"momentum_buffer"},
                                                     .lr = 0.02,
                                                     .momentum = 0.9,
                                                     .weight_decay = 5e-4,
                                                     .takes_momentum = true,
                                                     .step = step};
