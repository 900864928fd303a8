/* Hyperbolic tangent, as torch.nn.Tanh: y = tanh(x); dx = dy (1 - y^2). LeCun et al. (1998), appendix A, uses
 * a scaled one; this one is plain.
 *
 * For |x| below 0.625, y = x + x^3 P(x^2); above, y = 1 - 2 / (e^2|x| + 1) with the sign of x. P is our own
 * minimax fit, of relative error 4.5e-9 before rounding: the result is within 2 units in the last place.
 * oneDNN's tanh is not used (no eltwise), so that training and inference give the same bits, whichever kernel runs
 * before this layer.
 */
#include "op/activation.h"
#include "op/exp2.h"

LN_INLINED float tanh_one(float x) {
    float a = fabsf(x), u = x * x;
    float p = -5.70572442e-3F;
    p = p * u + 2.06397360e-2F;
    p = p * u - 5.37399098e-2F;
    p = p * u + 1.33314445e-1F;
    p = p * u - 3.33332820e-1F;
    float small = x + x * u * p;
    float capped = a < 10.0F ? a : 10.0F; /* tanh(10) is 1 in fp32 */
    float large = copysignf(1.0F - 2.0F / (ln_exp2(capped * 2.88539008F) + 1.0F), x);
    float y = a < 0.625F ? small : large;
    return x != x ? x : y;
}

LN_KERNEL(void, forward, (const struct ln_activation *f, const float *x, float *y, size_t n), (f, x, y, n)) {
    for (size_t i = 0; i < n; i++) y[i] = tanh_one(x[i]);
}

LN_KERNEL(void, backward,
          (const struct ln_activation *f, const float *y, const float *dy, float *dx, size_t n),
          (f, y, dy, dx, n)) {
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * (1.0F - y[i] * y[i]);
}

static const struct ln_activation tanh_ = {.forward = forward, .backward = backward};

const struct ln_op ln_op_tanh = {
    .name = "tanh",
    .torch = "Tanh",
    .attrs_size = sizeof(struct ln_tanh_attrs),
    .activation = &tanh_,
    LN_ACTIVATION_LAYER,
};
