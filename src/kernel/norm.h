/* The passes of batch normalisation over the data, in any layout (kernel/planes.h). Each reads and writes memory
 * once, and includes the sum with another tensor and the activation f behind the normalisation.
 *
 *   forward    1. ln_norm_statistics   mean and variance of each channel
 *              2. ln_norm_apply        z = (x - mean) scale + shift + other, y = f(z)
 *   backward   1. ln_norm_gradients    g = f'(z) times the sum of the gradients of y;
 *                                      the sums of g and of g (x - mean)
 *              2. ln_norm_propagate    dx = a g + b (x - mean) + c
 *
 * Sums are fp32 over a few hundred rows and double beyond, of numbers shifted near their mean; their order
 * depends on the shape alone, so that the bits are the same for any number of threads.
 */
#ifndef LN_KERNEL_NORM_H
#define LN_KERNEL_NORM_H

#include "kernel/planes.h"
#include "tensor/activation.h"

enum { LN_NORM_DOUTS = 4 }; /* gradients that are added up on the way */

struct ln_norm {
    struct ln_planes planes; /* of x, other, g and dx */
    struct ln_planes out;    /* of y and its gradients: as planes, or a slice of a wider tensor */
    bool bf16;               /* all of them, else fp32; coefficients are always fp32 */
    struct ln_activation act;
    int64_t parts;  /* of the images, each with sums of its own */
    size_t scratch; /* bytes, for each of the passes */
};

void ln_norm_init(struct ln_norm *norm, const struct ln_planes *planes, bool bf16,
                  const struct ln_activation *act);

/* mean, variance (biased): [c]. */
void ln_norm_statistics(const struct ln_norm *norm, const void *x, double *mean, double *variance,
                        void *scratch);

/* Coefficients are [c]; other: NULL for none; y may be x or other if the planes are the same. */
struct ln_norm_apply {
    const float *mean, *scale, *shift;
    const void *x, *other;
    void *y;
};
void ln_norm_apply(const struct ln_norm *norm, const struct ln_norm_apply *apply, void *scratch);

/* The derivative is taken from y, or if y is NULL from z, recomputed from x (without any `other`). g may be NULL, or
 * one of dy. */
struct ln_norm_gradients {
    const float *mean, *scale, *shift;
    const void *x, *y, *dy[LN_NORM_DOUTS];
    int douts;
    void *g;
    double *sum, *dot; /* out: [c], of g and of g (x - mean) */
};
void ln_norm_gradients(const struct ln_norm *norm, const struct ln_norm_gradients *gradients, void *scratch);

/* g: as ln_norm_gradients wrote it; or dy, masked where z, recomputed from x, is not positive. dx may be g. */
struct ln_norm_propagate {
    const float *mean, *scale, *shift;
    const float *a, *b, *c;
    const void *x, *g;
    bool mask, g_is_dy; /* g_is_dy: g has the planes of y's gradients */
    void *dx;
};
void ln_norm_propagate(const struct ln_norm *norm, const struct ln_norm_propagate *propagate, void *scratch);

#endif
