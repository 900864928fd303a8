/* The area under the ROC curve of a two-class model: the probability that a positive image scores higher than
 * a negative one, a tie counting half (the statistic of Mann and Whitney 1947).
 */
#ifndef LN_TRAIN_AUC_H
#define LN_TRAIN_AUC_H

#include "base/status.h"

#include <stdint.h>

struct ln_auc {
    double value;
    /* The 95 % interval. nan with fewer than two images of a class, and if the scores separate the classes
     * completely: the estimated variance is then 0, which would claim certainty. */
    double low, high;
};

/* scores [count], labels [count] 0 or 1 (1: positive). All of *auc is nan if a class has no image. LINNET_ERR_LIMIT if
 * memory runs out. */
LN_MUST_CHECK int ln_auc_compute(const double *scores, const int32_t *labels, size_t count,
                                 struct ln_auc *auc);

#endif
