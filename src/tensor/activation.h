/* Activations: y = f(x), number by number, such as ReLU. A layer may apply an activation to its output before it
 * stores the output (struct ln_epilogue in op/op.h), so kernels and oneDNN's primitives know activations too, by this
 * description and never by name.
 */
#ifndef LN_TENSOR_ACTIVATION_H
#define LN_TENSOR_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

/* The functions that oneDNN applies to the output of a kernel; alpha and beta are the activation's. */
enum ln_eltwise {
    LN_ELTWISE_NONE,      /* oneDNN does not have this function */
    LN_ELTWISE_RELU,      /* x > 0 ? x : alpha x */
    LN_ELTWISE_ELU,       /* x > 0 ? x : alpha (exp(x) - 1) */
    LN_ELTWISE_TANH,      /* tanh(x) */
    LN_ELTWISE_LOGISTIC,  /* 1 / (1 + exp(-x)) */
    LN_ELTWISE_SWISH,     /* x / (1 + exp(-alpha x)) */
    LN_ELTWISE_CLIP,      /* min(max(x, alpha), beta) */
    LN_ELTWISE_HARDSWISH, /* x min(max(alpha x + beta, 0), 1), with alpha 1/6 and beta 1/2 */
    LN_ELTWISE_GELU_ERF,  /* x (1 + erf(x / sqrt(2))) / 2 */
    LN_ELTWISE_GELU_TANH, /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
    LN_ELTWISE_MISH,      /* x tanh(log(1 + exp(x))) */
};

struct ln_activation {
    const char *name;        /* of its layer */
    enum ln_eltwise eltwise; /* what oneDNN may compute in place of forward() */
    float alpha, beta;
    bool by_input; /* backward() needs x; otherwise y, which may lie over x */
    /* y = max(x, 0) and dx = y > 0 ? dy : 0. Linnet's own kernels do that in registers, and a pooling or a
     * normalisation that has y can mask the gradient itself. */
    bool rectifies;
    /* n numbers, element by element, so an output may lie over an input. kept: y, or x with by_input. */
    void (*forward)(const struct ln_activation *f, const float *x, float *y, size_t n);
    void (*backward)(const struct ln_activation *f, const float *kept, const float *dy, float *dx, size_t n);
};

/* An all-zero description means no activation. */
static inline bool ln_activation_exists(const struct ln_activation *f) {
    return f->forward != NULL;
}

#endif
