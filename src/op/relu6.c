/* ReLU up to 6, as torch.nn.ReLU6: y = min(max(x, 0), 6); dx = dy where 0 < y < 6, else 0. A nan stays a nan.
 * Krizhevsky, "Convolutional deep belief networks on CIFAR-10" (2010); Howard et al., "MobileNets" (2017).
 */
#include "op/activation.h"

LN_KERNEL(void, forward, (const struct ln_activation *f, const float *x, float *y, size_t n), (f, x, y, n)) {
    for (size_t i = 0; i < n; i++) {
        float positive = x[i] < f->alpha ? f->alpha : x[i];
        y[i] = positive > f->beta ? f->beta : positive;
    }
}

LN_KERNEL(void, backward,
          (const struct ln_activation *f, const float *y, const float *dy, float *dx, size_t n),
          (f, y, dy, dx, n)) {
    for (size_t i = 0; i < n; i++) {
        float passed = y[i] > f->alpha ? dy[i] : 0;
        dx[i] = y[i] < f->beta ? passed : 0;
    }
}

static const struct ln_activation relu6 = {
    .eltwise = LN_ELTWISE_CLIP,
    .alpha = 0,
    .beta = 6,
    .forward = forward,
    .backward = backward,
};

const struct ln_op ln_op_relu6 = {
    .name = "relu6",
    .torch = "ReLU6",
    .attrs_size = sizeof(struct ln_relu6_attrs),
    .activation = &relu6,
    LN_ACTIVATION_LAYER,
};
