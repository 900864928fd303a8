/* A batch normalisation by running statistics, folded into the layer with weights before it. With
 * s[k] = weight[k] / sqrt(variance[k] + eps) of the normalisation,
 *
 *   (w x + b - mean) s + bias = (w s) x + (b - mean) s + bias
 *
 * so that a layer with weights w s and those biases gives what both give. Its weights are made of the
 * parameters whenever those have changed, and lie as the forward kernel likes them, in bf16 where it is of
 * that; which is worth it without a normalisation too.
 */
#ifndef LN_OP_FOLD_H
#define LN_OP_FOLD_H

#include "op/passes.h"

struct ln_fold {
    bool norm; /* else the weights are only brought into the kernel's layout */
    double eps;
    int64_t k;                             /* rows of the weights in plain order, one an output channel */
    const struct ln_layout *plain;         /* NULL: nothing is folded, and the parameters serve as they are */
    struct ln_prim *to_plain, *from_plain; /* NULL: it is plain already */
    size_t weights, bias;                  /* bytes of the two parts of the constant: [weights][bias] */
    size_t scratch;                        /* bytes: [plain weights][of the primitives] */
};

/* Behind ln_passes_create, or for kernels of our own with NULL: where prep asks for a
 * normalisation, or in inference the kernel wants the weights in another layout or type than they have. The
 * weights are k rows in plain order. Answers prep->constant. A failure leaves *fold, zeros before, to be
 * destroyed. */
LN_MUST_CHECK int ln_fold_prepare(struct ln_fold *fold, struct ln_prep *prep, int64_t k,
                                  struct ln_passes *passes);
void ln_fold_destroy(struct ln_fold *fold);

/* args->constant from args->param and args->norm. */
LN_MUST_CHECK int ln_fold_refresh(const struct ln_fold *fold, const struct ln_args *args);
/* The arguments with the constant's weights and bias in place of the parameters, where there is one. */
struct ln_args ln_fold_args(const struct ln_fold *fold, const struct ln_args *args);

#endif
