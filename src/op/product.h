/* A layer that is a matrix product: y[n,k] = b[k] + sum over i of x[n,i] w[k,i].
 *
 * Linear layers, and convolutions whose kernel covers the whole input. The products are oneDNN's inner
 * products, but for a few rows in inference (matvec.h).
 *
 * The input may lie in memory as the convolutions left it, say nChw16c. A product does not care in which
 * order the features come, as long as the weights' columns come in the same order: so the bytes are taken as
 * they are, as [n, i'], and the weights are stored with their columns permuted alike (param_view); nothing is
 * reordered in a step. Padding channels are zero in x, so their columns' gradient is zero, and they stay
 * zero.
 */
#ifndef LN_OP_PRODUCT_H
#define LN_OP_PRODUCT_H

#include "op/passes.h"

/* Fills in all of `prep` but its state, which is to be *passes; a failure leaves that to be destroyed. The output
 * is plain; act is applied to it, if it exists. */
LN_MUST_CHECK int ln_product_prepare(struct ln_prep *prep, int out, bool bias,
                                     const struct ln_activation *act, struct ln_passes *passes);

#endif
