/* A layer that is a matrix product: y[n,k] = b[k] + sum over i of x[n,i] w[k,i].
 *
 * Linear layers, and convolutions whose kernel covers the whole input. The products are oneDNN's inner
 * products, except for a few rows in inference (matvec.h).
 *
 * The input may have the layout in which the convolutions left it, such as nChw16c. A product gives the same
 * in any order of the features if the weights' columns have the same order. So the bytes are read as they
 * are, as [n, i'], and the weights are stored with their columns permuted in the same way (param_view): no
 * step reorders anything. Padding channels are zero in x, so the gradient of their columns is zero, and the
 * columns stay zero.
 */
#ifndef LN_OP_PRODUCT_H
#define LN_OP_PRODUCT_H

#include "op/passes.h"

/* Fills in all of `prep` but its state. The output is plain; act, if it exists, is applied to it. After a failure
 * *passes must be destroyed. */
LN_MUST_CHECK int ln_product_prepare(struct ln_prep *prep, int out, bool bias,
                                     const struct ln_activation *act, struct ln_passes *passes);

/* The passes of y[n,k] = b[k] + sum over i of x[n,i] w[k,i] for operands that a kernel of our own lays out: all plain,
 * w [k, i] too. The caller passes a copy of its layer's prep, whose scratch_forward and scratch_backward become those of
 * the products. After a failure *passes must be destroyed. */
LN_MUST_CHECK int ln_product_prepare_plain(const struct ln_linear_desc *desc, struct ln_prep *prep,
                                           struct ln_passes *passes);

#endif
