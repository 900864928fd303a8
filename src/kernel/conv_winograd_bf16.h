/* Convolutions of bf16 by Winograd's minimal filtering along the rows: four outputs of a kernel three wide
 * cost six multiplications in place of twelve. See conv_winograd.h, which has more points in fp32.
 *
 * Sums and the arithmetic of the transforms are fp32; the factors of the products, transformed input and
 * weights, are rounded to bf16 once more than in direct sums. With the points 0, +-2/3, +-3/2 and infinity
 * the error in norm is 2.3 times that of direct bf16 (5.3e-3 against 2.3e-3, for 64 to 256 channels of random
 * numbers). It is 3.1 times with 0, +-1, +-2, 4.3 times with the eight points of fp32, and 10 times with
 * F(4x4, 3x3) over rows and columns. F(2x2, 3x3) has 1.8 times, but transforms more.
 */
#ifndef LN_KERNEL_CONV_WINOGRAD_BF16_H
#define LN_KERNEL_CONV_WINOGRAD_BF16_H

#include "kernel/conv_winograd.h"

/* The convolutions of conv_winograd.h with s = 3. Activations lie as nChw16c or NHWC; the weights are fp32 and lie as
 * OIhw16i16o. False if the processor has no avx512_bf16. */
bool ln_winograd_bf16_can(const struct ln_winograd_conv *conv);

struct ln_winograd_bf16;
/* NULL if memory is short (recorded). */
struct ln_winograd_bf16 *ln_winograd_bf16_create(const struct ln_winograd_conv *conv);
void ln_winograd_bf16_destroy(struct ln_winograd_bf16 *winograd); /* NULL is fine */

/* Bytes: the transformed weights of the forward pass; its scratch; the scratch of a backward pass. */
size_t ln_winograd_bf16_packed(const struct ln_winograd_bf16 *winograd);
size_t ln_winograd_bf16_scratch_forward(const struct ln_winograd_bf16 *winograd);
size_t ln_winograd_bf16_scratch_backward(const struct ln_winograd_bf16 *winograd);

void ln_winograd_bf16_pack(const struct ln_winograd_bf16 *winograd, const float *w, void *packed);
void ln_winograd_bf16_forward(const struct ln_winograd_bf16 *winograd, const ln_bf16 *x, const void *packed,
                              const float *bias, ln_bf16 *y, void *scratch);
void ln_winograd_bf16_backward_weights(const struct ln_winograd_bf16 *winograd, const ln_bf16 *x,
                                       const ln_bf16 *dy, float *dw, float *db, void *scratch);
void ln_winograd_bf16_backward_data(const struct ln_winograd_bf16 *winograd, const ln_bf16 *dy,
                                    const float *w, ln_bf16 *dx, void *scratch);

#endif
