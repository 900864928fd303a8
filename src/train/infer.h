/* Inference on batches of any size up to a limit: a network compiled for several batch sizes, with one set of
 * weights. A remainder of three images runs in a plan of 4, a single image in a plan of 1.
 *
 * Evaluation and prediction use it, so that they give the same bits.
 */
#ifndef LN_TRAIN_INFER_H
#define LN_TRAIN_INFER_H

#include "model/model.h"

enum { LN_INFER_PLANS = 16 }; /* of 1, 4, 8, 16, ... images, and of the whole batch */

struct ln_infer_opts {
    int batch; /* the most images at a time */
    const char *dtype, *conv;
    int threads;
    bool features;
};

struct ln_infer {
    const struct ln_net *net;
    struct ln_plan_opts opts;
    int threads;                           /* of the team that the plans were made for */
    int count;                             /* plan sizes */
    struct ln_plan *plans[LN_INFER_PLANS]; /* by size; NULL: not made yet. The last, of opts.batch, holds the
                                              weights */
    bool borrowed;                         /* the last is the caller's, and the only one */
};

/* Compiles the whole batch. The net is borrowed; the weights are copied. LINNET_ERR_USAGE for the names of a
 * dtype or of a way to convolve; LINNET_ERR_LIMIT. ln_infer_fini in any case. */
LN_MUST_CHECK int ln_infer_init(struct ln_infer *infer, const struct ln_model *model,
                                const struct ln_infer_opts *opts);
/* Inference in a plan that there is already, padded to its batch. Nothing to fini. */
struct ln_infer ln_infer_in(struct ln_plan *plan);
void ln_infer_fini(struct ln_infer *infer);

/* images: [batch][c][h][w], of which the first `count` are computed; the others are read at most.
 * logits: [count][classes]. features: [count][ln_infer_features()], NULL without opts.features. */
LN_MUST_CHECK int ln_infer_run(struct ln_infer *infer, const float *images, int count, float *logits,
                               float *features);
size_t ln_infer_features(const struct ln_infer *infer); /* of an image */

#endif
