/* The difference of two accuracies on the same images. */
#ifndef LN_TRAIN_PAIRED_H
#define LN_TRAIN_PAIRED_H

#include "train/score.h"

struct ln_paired {
    int64_t count, correct, other; /* images; those that the first, the second model classifies correctly */
    int64_t only, only_other;      /* those that one model alone classifies correctly */
};

/* Both must have scored the same images in the same order. LINNET_ERR_IO "data-lost" if a file was lost in between. */
LN_MUST_CHECK int ln_paired_of(struct ln_paired *paired, const struct ln_scores *scores,
                               const struct ln_scores *other);

/* correct / count - other / count, and its 95 % interval: Wald's after adding half an image to each cell of the table of right
 * and wrong. Agresti and Min, "Simple improved confidence intervals for comparing matched proportions", Statistics in Medicine
 * 24 (2005), section 2. */
void ln_paired_gain(const struct ln_paired *paired, double *gain, double *low, double *high);

#endif
