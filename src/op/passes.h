/* The three passes of a layer with weights (convolution, linear), as oneDNN primitives that agree on one
 * layout of the weights: y from x and w; dw (and db) from x and dy; dx from dy and w.
 *
 * The optimiser is one pass over flat memory, so the gradient must lie as the weights do. Where a pass is
 * fast only with another layout of the weights, a small reorder of them is part of the pass: backward, or
 * where a plan shares the weights of another, forward too.
 */
#ifndef LN_OP_PASSES_H
#define LN_OP_PASSES_H

#include "kernel/matvec.h"
#include "kernel/numbers.h"
#include "op/op.h"

struct ln_passes {
    struct ln_prim *forward, *dweights, *dsrc; /* the last two: NULL where not wanted */
    struct ln_matvec matvec;                   /* in the place of all of them, if its n is not 0, */
    struct ln_activation act;                  /* and what is then applied to its output, */
    struct ln_numbers out;                     /* which is this */
    const struct ln_layout *weights;           /* that forward reads */
    struct ln_prim *turn_forward;              /* w into the layout that forward wants, or NULL */
    struct ln_prim *turn;                      /* w into the layout that dsrc wants, or NULL */
    struct ln_prim *turn_dw;                   /* dw into the layout of w, or NULL */
    bool keeps;       /* what turn_forward makes is kept in `saved`, for dsrc, which wants no other */
    bool transformed; /* forward's weights are made from the parameters ahead, and read by nobody else */
    size_t spare_forward, spare; /* where the turned copies lie in the passes' scratch */
};

/* Makes one primitive of the layer that `desc` describes; weights NULL: whatever is best. */
typedef int ln_passes_make(struct ln_dnn *dnn, enum ln_pass pass, const void *desc,
                           const struct ln_layout *weights, const struct ln_prim *forward,
                           struct ln_prim **prim);

/* Makes the passes that `prep` asks for and answers its param, scratch, impl, reads_in. A failure leaves
 * *passes to be destroyed. */
LN_MUST_CHECK int ln_passes_create(struct ln_passes *passes, struct ln_prep *prep, ln_passes_make *make,
                                   const void *desc);
/* The same for a product of a few rows in inference, whose weights are plain; only `matvec` is told. */
LN_MUST_CHECK int ln_passes_create_matvec(struct ln_passes *passes, struct ln_prep *prep, bool bias);
void ln_passes_destroy(struct ln_passes *passes);
void ln_passes_no_turn(struct ln_passes *passes); /* the weights come as the forward primitive likes them */
bool ln_passes_fast(const struct ln_passes *passes); /* none of them is oneDNN's slow reference */

LN_MUST_CHECK int ln_passes_forward(struct ln_passes *passes, const struct ln_args *args);
LN_MUST_CHECK int ln_passes_backward(struct ln_passes *passes, const struct ln_args *args);

#endif
