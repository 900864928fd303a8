/* Convolutions by Winograd's minimal filtering along the rows: four outputs of a kernel five wide cost eight
 * multiplications instead of twenty, six outputs of a kernel three wide cost eight instead of eighteen.
 *
 * Winograd, "Arithmetic complexity of computations" (1980), chapter V; Lavin and Gray, "Fast algorithms for
 * convolutional neural networks" (2016), which nest it over rows and columns. One dimension is enough here:
 * its rounding error is within a few times that of a direct sum, and it covers 5x5, which oneDNN's Winograd
 * does not (3x3 only, and only up to version 3.1).
 */
#ifndef LN_KERNEL_CONV_WINOGRAD_H
#define LN_KERNEL_CONV_WINOGRAD_H

#include "base/cpu.h"
#include "tensor/bf16.h"

/* Stride 1, dilation 1, one group; c and k multiples of 16; s is 3 or 5; padding below the kernel's size.
 * Activations lie as nChw16c, weights plain. */
struct ln_winograd_conv {
    int64_t n, c, h, w, k, r, s, p, q; /* x [n,c,h,w], weights [k,c,r,s], y [n,k,p,q] */
    int64_t pad_h, pad_w;              /* zeros before the first row and column */
    bool relu;                         /* y = max(y, 0) */
    enum ln_isa isa;                   /* 0: ln_cpu_isa(); tests set a poorer one */
    /* Only for conv_winograd_bf16.h. sum: the result is added to y, before the ReLU. nhwc: activations lie as NHWC.
     * room: bytes that a piece of work may take; 0: a number that suits the caches. */
    bool sum, nhwc;
    int64_t room;
};

bool ln_winograd_can(const struct ln_winograd_conv *conv);

struct ln_winograd;
/* NULL if memory is short (recorded). */
struct ln_winograd *ln_winograd_create(const struct ln_winograd_conv *conv);
void ln_winograd_destroy(struct ln_winograd *winograd); /* NULL is fine */

/* Bytes: the transformed weights of the forward pass; its scratch; the scratch of a backward pass. */
size_t ln_winograd_packed(const struct ln_winograd *winograd);
size_t ln_winograd_scratch_forward(const struct ln_winograd *winograd);
size_t ln_winograd_scratch_backward(const struct ln_winograd *winograd);

void ln_winograd_pack(const struct ln_winograd *winograd, const float *w, void *packed);
void ln_winograd_forward(const struct ln_winograd *winograd, const float *x, const void *packed,
                         const float *bias, float *y, void *scratch);
void ln_winograd_backward_weights(const struct ln_winograd *winograd, const float *x, const float *dy,
                                  float *dw, float *db, void *scratch);
void ln_winograd_backward_data(const struct ln_winograd *winograd, const float *dy, const float *w, float *dx,
                               void *scratch);

#endif
