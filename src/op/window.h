/* Sliding windows: what convolution and pooling share. Output rows p = 0 .. out-1 read input rows
 * p*stride - padding + r*dilation, r = 0 .. kernel-1.
 */
#ifndef LN_OP_WINDOW_H
#define LN_OP_WINDOW_H

#include "op/op.h"

struct ln_window {
    struct ln_pair kernel, stride, padding, dilation;
    /* A window that reaches beyond the end has an output if it starts inside the input or the left padding. */
    bool ceil;
};

/* Rows and columns of the output for an input of rank 4 [n, c, h, w]; refuses another rank ("op-rank"), a
 * window larger than the padded input ("op-kernel"), and for pooling a padding of more than half the kernel
 * ("op-padding"). */
LN_MUST_CHECK int ln_window_shape(const char *name, const struct ln_window *window, bool pooling,
                                  const struct ln_shape *in, struct ln_pair *out);

#endif
