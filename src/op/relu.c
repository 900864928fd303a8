/* Rectified linear unit: y = max(x, 0); dx = dy where y > 0, else 0. A nan stays a nan.
 * Nair, Hinton, "Rectified linear units improve restricted Boltzmann machines" (2010).
 *
 * Behind a convolution or a linear layer the plan lets that layer apply it, and only the backward pass is
 * left here.
 */
#include "op/elementwise.h"

LN_CLONES static void forward_run(const void *state, const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] < 0 ? 0 : x[i];
}

LN_CLONES static void backward_run(const void *state, const float *y, const float *dy, float *dx, size_t n) {
    for (size_t i = 0; i < n; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
}

static int forward(void *state, const struct ln_args *a) {
    ln_elementwise_forward(state, a, forward_run);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    ln_elementwise_backward(state, a, backward_run);
    return LINNET_OK;
}

const struct ln_op ln_op_relu = {
    .name = "relu",
    .torch = "ReLU",
    .attrs_size = sizeof(struct ln_relu_attrs),
    .inputs = 1,
    .shape = ln_elementwise_shape,
    .prepare = ln_elementwise_prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
