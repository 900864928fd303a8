/* Means over windows, for both kinds of average pooling, which differ in where their windows are.
 * Shapes, in any layout: x [planes][h][w][inner], y [planes][p][q][inner].
 */
#ifndef LN_OP_MEAN_H
#define LN_OP_MEAN_H

#include "kernel/mean_int8.h"
#include "op/op.h"

struct ln_mean_range {
    int64_t from, to;
};

/* Along one side. */
struct ln_mean_side {
    struct ln_mean_range *window; /* of each output: the cells of the input in it */
    struct ln_mean_range *reach;  /* of each cell of the input: the outputs whose window contains it */
    int64_t *cells;               /* of each output: the cells that its window counts */
};

struct ln_mean {
    struct ln_view in, out; /* images, blocks and inner are equal */
    bool bf16;
    bool int8;                  /* x is u8 or s8, as y or fp32; inference only */
    struct ln_mean_int8 window; /* int8: what all windows have in common */
    struct ln_mean_side h, w;
    float *share; /* [p][q]: 1 / cells of the window */
};

/* Sets layouts and prep->state. The caller then fills in the windows from left to right and their cells, and
 * calls ln_mean_finish. */
LN_MUST_CHECK int ln_mean_prepare(struct ln_prep *prep, struct ln_mean **mean);
void ln_mean_finish(struct ln_mean *mean);
void ln_mean_destroy(void *mean); /* NULL is fine */

/* y = the sum over the window of x, divided by cells; dx = the sum over the windows that reach it of dy /
 * cells. */
LN_MUST_CHECK int ln_mean_forward(void *mean, const struct ln_args *args);
LN_MUST_CHECK int ln_mean_backward(void *mean, const struct ln_args *args);

#endif
