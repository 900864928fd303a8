/* The three passes of a layer with weights (convolution, linear), as oneDNN primitives that agree on one
 * layout of the weights: y from x and w; dw (and db) from x and dy; dx from dy and w.
 *
 * The optimiser is one pass over flat memory, so the gradient must have the layout of the weights. A backward pass
 * that is fast only with another layout includes a small reorder of the weights. In a plan that shares another plan's
 * weights, the forward pass may include one too.
 */
#ifndef LN_OP_PASSES_H
#define LN_OP_PASSES_H

#include "kernel/matvec.h"
#include "kernel/numbers.h"
#include "op/op.h"

struct ln_passes {
    struct ln_prim *forward, *dweights, *dsrc; /* the last two: NULL if not wanted */
    struct ln_matvec matvec;                   /* runs instead of these primitives if its n is not 0 */
    struct ln_activation act;                  /* what is applied to matvec's output, */
    struct ln_numbers out;                     /* and that output's numbers */
    const struct ln_layout *weights;           /* as forward reads them */
    struct ln_prim *reorder_forward;           /* w into the layout that forward reads, or NULL */
    struct ln_prim *reorder;                   /* w into the layout that dsrc reads, or NULL */
    struct ln_prim *reorder_dw;                /* dw into the layout of w, or NULL */
    bool keeps;       /* the copy of reorder_forward is kept in `saved`: dsrc reads the same layout */
    bool transformed; /* forward reads transformed weights, computed from the parameters beforehand */
    size_t spare_forward, spare; /* where the reordered copies lie in the passes' scratch */
};

/* Creates one primitive of the layer that `desc` describes; weights NULL: the best layout. */
typedef int ln_passes_make(struct ln_dnn *dnn, enum ln_pass pass, const void *desc,
                           const struct ln_layout *weights, const struct ln_prim *forward,
                           struct ln_prim **prim);

/* Creates the passes that `prep` needs and fills in its param, scratch, impl, reads_in. After a failure
 * *passes must be destroyed. */
LN_MUST_CHECK int ln_passes_create(struct ln_passes *passes, struct ln_prep *prep, ln_passes_make *make,
                                   const void *desc);
/* The same for a product of a few rows in inference, with plain weights, as passes->matvec describes it. */
LN_MUST_CHECK int ln_passes_create_matvec(struct ln_passes *passes, struct ln_prep *prep, bool bias);
void ln_passes_destroy(struct ln_passes *passes);
void ln_passes_drop_reorder(struct ln_passes *passes); /* the weights come as forward reads them */
bool ln_passes_fast(const struct ln_passes *passes);   /* none is oneDNN's slow reference */

LN_MUST_CHECK int ln_passes_forward(struct ln_passes *passes, const struct ln_args *args);
LN_MUST_CHECK int ln_passes_backward(struct ln_passes *passes, const struct ln_args *args);

#endif
