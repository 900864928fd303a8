/* mixup and cutmix: two images and their labels combined into one. Zhang and others, "mixup: beyond empirical
 * risk minimization" (2018); Yun and others, "CutMix: regularization strategy to train strong classifiers
 * with localizable features" (2019). As in torchvision's reference training, there is one draw per batch and
 * each image is mixed with the previous one in the batch (rolled by one). If both are on, a coin toss per
 * batch chooses. */
#ifndef LN_DATA_MIX_H
#define LN_DATA_MIX_H

#include "base/rng.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

/* The alpha of Beta(alpha, alpha), the distribution of the mixing share; 0: off. */
struct ln_mix {
    double mixup, cutmix;
};

struct ln_mix_draw {
    float share;                  /* weight of the image itself; the previous image gets 1 - share */
    int left, top, right, bottom; /* cutmix: the rectangle taken from the previous image; mixup: empty */
    bool cut;
};

/* Draws for batch number `step`, counted over all epochs. */
void ln_mix_draw(const struct ln_mix *mix, int width, int height, uint64_t seed, uint32_t step,
                 struct ln_mix_draw *draw);

struct ln_mix_batch {
    float *images; /* [count][channels][height][width], mixed in place */
    int count, channels, height, width;
    const int32_t *labels; /* [count] */
    int32_t *other;        /* [count] output: the label of the previous image */
    float *scratch;        /* one image */
    /* The image before the first one, with its label, if the batch is a share of a larger one; NULL: the last one. */
    const float *previous;
    int32_t previous_label;
};
void ln_mix_apply(const struct ln_mix_draw *draw, const struct ln_mix_batch *batch);

double ln_rng_beta(struct ln_rng *rng, double alpha); /* Beta(alpha, alpha), alpha > 0 */

#endif
