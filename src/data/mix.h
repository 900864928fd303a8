/* mixup and cutmix: two images in one, and two labels. Zhang and others, "mixup: beyond empirical risk
 * minimization" (2018); Yun and others, "CutMix: regularization strategy to train strong classifiers with
 * localizable features" (2019). As torchvision's reference training: one draw a batch, each image mixed with
 * the one before it (the batch rolled by one), and where both are asked for, a coin says which.
 */
#ifndef LN_DATA_MIX_H
#define LN_DATA_MIX_H

#include "base/rng.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

/* Parameters of Beta(alpha, alpha), from which the share is drawn; 0: not used. */
struct ln_mix {
    double mixup, cutmix;
};

struct ln_mix_draw {
    float share;                  /* of the image itself; the rest is of the one before it */
    int left, top, right, bottom; /* cutmix: the rectangle of the other; mixup: empty */
    bool cut;
};

/* For the batch of that number, counted over all epochs. */
void ln_mix_draw(const struct ln_mix *mix, int width, int height, uint64_t seed, uint32_t step,
                 struct ln_mix_draw *draw);

struct ln_mix_batch {
    float *images; /* [count][channels][height][width], mixed in place */
    int count, channels, height, width;
    const int32_t *labels; /* [count] */
    int32_t *other;        /* [count] filled: the label of the image before */
    float *scratch;        /* one image */
};
void ln_mix_apply(const struct ln_mix_draw *draw, const struct ln_mix_batch *batch);

double ln_rng_beta(struct ln_rng *rng, double alpha); /* Beta(alpha, alpha), alpha > 0 */

#endif
