/* A batch normalisation by running statistics, folded into the layer with weights before it. With s[k] =
 * weight[k] / sqrt(variance[k] + eps) of the normalisation,
 *
 *   (w x + b - mean) s + bias = (w s) x + (b - mean) s + bias
 *
 * so one layer with weights w s and those biases replaces both layers. The folded weights are computed whenever the
 * parameters have changed, in the layout and type that the forward kernel reads. Without a normalisation, keeping the
 * weights in that layout still saves a reorder in every step.
 */
#ifndef LN_OP_FOLD_H
#define LN_OP_FOLD_H

#include "op/passes.h"

struct ln_fold {
    bool norm; /* else the weights are only reordered for the kernel */
    double eps;
    int64_t k;                             /* rows of the weights in plain order, one per output channel */
    const struct ln_layout *plain;         /* NULL: nothing is folded, the kernel reads the parameters */
    struct ln_prim *to_plain, *from_plain; /* NULL: plain already */
    size_t weights, bias;                  /* bytes of the parts of the constant, [weights][bias] */
    size_t scratch;                        /* bytes: [plain weights][scratch of the primitives] */
};

/* Call it after ln_passes_create, or with NULL for Linnet's own kernels. Folds if the epilogue of prep has a normalisation,
 * or if in inference the kernel reads the weights in another layout or type than they have. The weights are k rows in
 * plain order. Fills in prep->constant and prep->folds_plain. *fold must be zeroed before, and destroyed even after a failure. */
LN_MUST_CHECK int ln_fold_prepare(struct ln_fold *fold, struct ln_prep *prep, int64_t k,
                                  struct ln_passes *passes);
void ln_fold_destroy(struct ln_fold *fold);

/* Computes args->constant from args->param and args->norm. */
LN_MUST_CHECK int ln_fold_refresh(const struct ln_fold *fold, const struct ln_args *args);
/* The arguments, with the constant's weights and bias in place of the parameters if something is folded. */
struct ln_args ln_fold_args(const struct ln_fold *fold, const struct ln_args *args);

#endif
