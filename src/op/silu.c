/* Sigmoid-weighted linear unit, as torch.nn.SiLU; with s = 1 / (1 + exp(-x)),
 *
 *   y = x s                   dx = dy s (1 + x (1 - s))
 *
 * Elfwing, Uchibe, Doya, "Sigmoid-weighted linear units for neural network function approximation in
 * reinforcement learning" (2018), equations 5 and 9; "swish" in Ramachandran, Zoph, Le (2017).
 *
 * Two values of x have the same y, so the derivative needs x.
 */
#include "op/activation.h"
#include "op/exp2.h"

/* If |x| is larger, s is 0 or 1 in fp32, and exp(-x) may leave fp32's range. */
static const float most = 87;

LN_INLINED float clamped(float x) {
    float low = x < -most ? -most : x;
    return low > most ? most : low;
}

/* exp(-x) */
LN_INLINED float exp_negative(float x) {
    return ln_exp2(x * -1.44269504F);
}

LN_KERNEL(void, forward, (const struct ln_activation *f, const float *x, float *y, size_t n), (f, x, y, n)) {
    for (size_t i = 0; i < n; i++) {
        float value = x[i] < -most ? 0 : x[i];
        y[i] = value / (1 + exp_negative(clamped(x[i])));
    }
}

LN_KERNEL(void, backward,
          (const struct ln_activation *f, const float *x, const float *dy, float *dx, size_t n),
          (f, x, dy, dx, n)) {
    for (size_t i = 0; i < n; i++) {
        float c = clamped(x[i]), e = exp_negative(c), s = 1 / (1 + e);
        dx[i] = dy[i] * (s * (1 + c * (e * s))); /* e s is 1 - s without cancellation */
    }
}

static const struct ln_activation silu = {
    .eltwise = LN_ELTWISE_SWISH,
    .alpha = 1,
    .by_input = true,
    .forward = forward,
    .backward = backward,
};

const struct ln_op ln_op_silu = {
    .name = "silu",
    .torch = "SiLU",
    .attrs_size = sizeof(struct ln_silu_attrs),
    .activation = &silu,
    LN_ACTIVATION_LAYER,
};
