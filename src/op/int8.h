/* A layer with weights in 8 bits, for inference: a convolution or a linear layer by oneDNN's 8-bit kernels.
 *
 * With x = sx qx, w = sw[k] qw, y = sy qy, and s[k] and t[k] of a normalisation behind the layer (op/fold.h; 1 and 0
 * without one),
 *
 *   qy = f(sx sw[k] s[k] / sy * sum of qx qw + (s[k] b[k] + t[k]) / sy + sa / sy * qa)
 *
 * where qa with scale sa is what the layer adds, and f is an activation with f(c x) = c f(x) or a clip at scaled bounds. If
 * y stays fp32, sy is 1 and f is any activation. The bias stays fp32: the sum is scaled in fp32 in any case.
 *
 * The parameters are fp32 and hold numbers near sw[k] times an integer (graph/quant.h). They are rounded to s8 when the plan
 * first runs, into the layer's constant. Without VNNI they are rounded to 7 bits, with twice the scale: vpmaddubsw adds two
 * products in 16 bits and would saturate.
 *
 * "Integer quantization for deep learning inference: principles and empirical evaluation", Wu and others (2020), section 3.
 */
#ifndef LN_OP_INT8_H
#define LN_OP_INT8_H

#include "op/op.h"

struct ln_int8_layer;

/* Can a layer in 8 bits apply this activation to an output that is 8-bit too? */
bool ln_int8_applies(const struct ln_activation *act);

/* Fill in all of `prep` but its state. After a failure *layer must be destroyed. */
LN_MUST_CHECK int ln_int8_prepare_conv(struct ln_int8_layer **layer, struct ln_prep *prep,
                                       const struct ln_conv_desc *desc);
LN_MUST_CHECK int ln_int8_prepare_linear(struct ln_int8_layer **layer, struct ln_prep *prep, int out);
void ln_int8_destroy(struct ln_int8_layer *layer); /* NULL is fine */

/* Computes args->constant, and gives oneDNN the scales. */
LN_MUST_CHECK int ln_int8_refresh(struct ln_int8_layer *layer, const struct ln_args *args);
LN_MUST_CHECK int ln_int8_forward(struct ln_int8_layer *layer, const struct ln_args *args);

#endif
