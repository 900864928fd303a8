/* Convolutions of few channels, with the batch in the lanes of the vector registers.
 *
 * oneDNN's kernels put channels into the lanes and pad them with zeros: the six maps of LeNet-5's C1 cost as
 * much as sixteen. Here the activations lie as [n/16][c][h][w][16n] (LN_NCHW16N): sixteen images go through
 * the same arithmetic side by side, any number of channels is efficient, and weights stay plain.
 */
#ifndef LN_KERNEL_CONV_LANES_H
#define LN_KERNEL_CONV_LANES_H

#include "base/cpu.h"

/* n is a multiple of 16. Stride 1, dilation 1, no padding, one group: p = h - r + 1, q = w - s + 1. */
struct ln_lanes_conv {
    int64_t n, c, h, w, k, r, s, p, q; /* x [n,c,h,w], weights [k,c,r,s], y [n,k,p,q] */
    bool relu;                         /* y = max(y, 0) */
    enum ln_isa isa;                   /* 0: ln_cpu_isa(); tests set a poorer one */
};

struct ln_lanes;
/* NULL if memory is short (recorded). */
struct ln_lanes *ln_lanes_create(const struct ln_lanes_conv *conv);
void ln_lanes_destroy(struct ln_lanes *lanes); /* NULL is fine */

size_t ln_lanes_scratch(const struct ln_lanes *lanes); /* bytes, for each pass below */

void ln_lanes_forward(const struct ln_lanes *lanes, const float *x, const float *w, const float *bias,
                      float *y, void *scratch);
void ln_lanes_backward_weights(const struct ln_lanes *lanes, const float *x, const float *dy, float *dw,
                               float *db, void *scratch);
void ln_lanes_backward_data(const struct ln_lanes *lanes, const float *dy, const float *w, float *dx,
                            void *scratch);

#endif
