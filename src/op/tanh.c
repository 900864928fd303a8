/* Hyperbolic tangent: y = tanh(x); dx = dy (1 - y^2). LeCun et al. (1998), appendix A, uses a scaled one;
 * this is plain, as torch.nn.Tanh.
 *
 * Below 0.625 in size y = x + x^3 P(x^2); above it y = 1 - 2 / (e^2|x| + 1), with the sign of x. Both
 * polynomials are minimax fits of our own, relative error 4.5e-9 and 1.9e-9 before rounding: the result is
 * within 2 units in the last place.
 */
#include "op/elementwise.h"

#include <math.h>
#include <string.h>

/* 2^t for t in [0, 30]: t = whole + f, f in [-1/2, 1/2]. Numbers from 2^23 on are whole: adding 1.5 * 2^23
 * rounds, and leaves the whole number in the lowest bits. */
static inline float exp2_small(float t) {
    float shifted = t + 12582912.0F, f = t - (shifted - 12582912.0F);
    float p = 1.53456520e-4F;
    p = p * f + 1.33998768e-3F;
    p = p * f + 9.61848905e-3F;
    p = p * f + 5.55032892e-2F;
    p = p * f + 2.40226469e-1F;
    p = p * f + 6.93147206e-1F;
    p = p * f + 1.0F;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

static inline float tanh_one(float x) {
    float a = fabsf(x), u = x * x;
    float p = -5.70572442e-3F;
    p = p * u + 2.06397360e-2F;
    p = p * u - 5.37399098e-2F;
    p = p * u + 1.33314445e-1F;
    p = p * u - 3.33332820e-1F;
    float small = x + x * u * p;
    float capped = a < 10.0F ? a : 10.0F; /* tanh(10) is 1 in fp32 */
    float large = copysignf(1.0F - 2.0F / (exp2_small(capped * 2.88539008F) + 1.0F), x);
    float y = a < 0.625F ? small : large;
    return x != x ? x : y;
}

LN_CLONES static void forward_run(const void *state, const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = tanh_one(x[i]);
}

LN_CLONES static void backward_run(const void *state, const float *y, const float *dy, float *dx, size_t n) {
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * (1.0F - y[i] * y[i]);
}

static int forward(void *state, const struct ln_args *a) {
    ln_elementwise_forward(state, a, forward_run);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    ln_elementwise_backward(state, a, backward_run);
    return LINNET_OK;
}

const struct ln_op ln_op_tanh = {
    .name = "tanh",
    .torch = "Tanh",
    .attrs_size = sizeof(struct ln_tanh_attrs),
    .inputs = 1,
    .shape = ln_elementwise_shape,
    .prepare = ln_elementwise_prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
