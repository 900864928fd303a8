/* Rectified linear unit, as torch.nn.ReLU: y = max(x, 0); dx = dy where y > 0, else 0. A nan stays a nan.
 * Nair, Hinton, "Rectified linear units improve restricted Boltzmann machines" (2010).
 */
#include "op/activation.h"

LN_KERNEL(void, forward, (const struct ln_activation *f, const float *x, float *y, size_t n), (f, x, y, n)) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] < 0 ? 0 : x[i];
}

LN_KERNEL(void, backward,
          (const struct ln_activation *f, const float *y, const float *dy, float *dx, size_t n),
          (f, y, dy, dx, n)) {
    for (size_t i = 0; i < n; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
}

static const struct ln_activation relu = {
    .eltwise = LN_ELTWISE_RELU,
    .rectifies = true,
    .forward = forward,
    .backward = backward,
};

const struct ln_op ln_op_relu = {
    .name = "relu",
    .torch = "ReLU",
    .attrs_size = sizeof(struct ln_relu_attrs),
    .activation = &relu,
    LN_ACTIVATION_LAYER,
};
