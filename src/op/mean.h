/* Means over windows, which is what average pooling of either kind does; they differ in where their windows
 * are. Shapes: x [planes][h][w][inner], y [planes][p][q][inner], in whatever layout the input has.
 */
#ifndef LN_OP_MEAN_H
#define LN_OP_MEAN_H

#include "op/op.h"

struct ln_mean_range {
    int64_t from, to;
};

/* Along one side. */
struct ln_mean_side {
    struct ln_mean_range *window; /* of each output: the cells of the input in it */
    struct ln_mean_range *reach;  /* of each cell of the input: the outputs that have it in their window */
    int64_t *cells;               /* of each output: what counts as its window's size */
};

struct ln_mean {
    struct ln_view in, out; /* images, blocks and inner are equal */
    bool bf16;
    struct ln_mean_side h, w;
    float *share; /* [p][q]: 1 / cells of the window */
};

/* Settles layouts and prep->state, which is to be filled: the windows from left to right, and their cells;
 * then ln_mean_settle. */
LN_MUST_CHECK int ln_mean_prepare(struct ln_prep *prep, struct ln_mean **mean);
void ln_mean_settle(struct ln_mean *mean);
void ln_mean_destroy(void *mean); /* NULL is fine */

/* y = the sum over the window of x, divided by cells; dx = the sum over the windows that reach it of dy /
 * cells. */
LN_MUST_CHECK int ln_mean_forward(void *mean, const struct ln_args *args);
LN_MUST_CHECK int ln_mean_backward(void *mean, const struct ln_args *args);

#endif
