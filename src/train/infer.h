/* Inference on batches of any size up to a limit: a network compiled for several batch sizes that share one set of
 * weights. A remainder of seven images runs in a plan for 8, a single image in a plan for 1.
 *
 * Evaluation and prediction both use it, so they give the same bits.
 */
#ifndef LN_TRAIN_INFER_H
#define LN_TRAIN_INFER_H

#include "model/model.h"

enum { LN_INFER_PLANS = 16 }; /* of 1, 4, 8, 16, ... images, and of the whole batch */

struct ln_infer_opts {
    int batch; /* the largest number of images at a time */
    const char *dtype, *conv;
    int threads;
    bool features;
    bool flip;   /* the mean with the mirror image: see ln_infer_flip */
    bool once;   /* ln_infer_run will be called once, with the whole batch: needs less memory */
    bool copies; /* copy all weights, for a plan of the caller's that shares them and has a backward pass */
};

struct ln_infer {
    const struct ln_net *net;
    struct ln_plan_opts opts;
    struct ln_weights *weights; /* held, because the plans read some of them in place */
    int threads;                /* size of the team that the plans were compiled for */
    int count;                  /* number of plan sizes */
    /* By size; NULL: not yet compiled. The last one, for opts.batch images, owns the weights. */
    struct ln_plan *plans[LN_INFER_PLANS];
    bool flip;               /* the caller asked for the mean with the mirror image */
    bool borrowed;           /* there is one plan, and it belongs to the caller */
    float *mirrored, *other; /* of a batch: images, and their logits; NULL: without mirror images */
    double temperature;      /* of the probabilities whose mean is taken */
    linnet_ranks *ranks;     /* those that score a part together (score.h); NULL: one */
};

/* Compiles the plan for the whole batch, without its memory. The net is borrowed. LINNET_ERR_USAGE for an unknown
 * opts.dtype or opts.conv; LINNET_ERR_LIMIT. Call ln_infer_fini also after a failure. */
LN_MUST_CHECK int ln_infer_compile(struct ln_infer *infer, const struct ln_model *model,
                                   const struct ln_infer_opts *opts);

struct ln_infer_need {
    const char *what;      /* "evaluating": for the message */
    int64_t max_memory_mb; /* 0: no limit but the system's and the control group's */
    int64_t beside;        /* bytes that the caller takes besides the plans: images, scores, pictures */
};
/* Allocates the plan's memory, and copies of the weights that it cannot read in the model's memory. LINNET_ERR_LIMIT "infer-memory"
 * with both numbers, before anything is allocated, if the program would hold more than it may. */
LN_MUST_CHECK int ln_infer_take_memory(struct ln_infer *infer, const struct ln_model *model,
                                       const struct ln_infer_need *need);
/* Both steps, for a caller that needs little memory besides. */
LN_MUST_CHECK int ln_infer_init(struct ln_infer *infer, const struct ln_model *model,
                                const struct ln_infer_opts *opts);
/* Inference in an existing plan, with every batch padded to the plan's. Needs ln_infer_fini only after
 * ln_infer_flip. */
struct ln_infer ln_infer_in(struct ln_plan *plan);
/* From now on the logits are those of the mean of the probabilities, at this temperature, of an image and of
 * its mirror image (train/tta.h). Features stay those of the image. */
LN_MUST_CHECK int ln_infer_flip(struct ln_infer *infer, double temperature);
void ln_infer_fini(struct ln_infer *infer);

/* images: [batch][c][h][w]; the first `count` are computed, the others may be read but do not matter.
 * logits: [count][classes]. features: [count][ln_infer_features()], NULL without opts.features. */
LN_MUST_CHECK int ln_infer_run(struct ln_infer *infer, const float *images, int count, float *logits,
                               float *features);
size_t ln_infer_features(const struct ln_infer *infer); /* number of features of an image */

#endif
