/* Confident learning: finds labels of a data set that are probably wrong, from the probabilities of models for images
 * that they were not trained on. Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset
 * labels", Journal of Artificial Intelligence Research 70 (2021), section 3.
 */
#ifndef LN_TRAIN_CONFIDENT_H
#define LN_TRAIN_CONFIDENT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ln_confident {
    size_t image; /* row of the probabilities */
    int32_t given, suggested;
    double given_probability, suggested_probability;
    double confidence; /* in the given label; 1 is usual for its class. Low: the label is probably wrong */
    bool named;        /* off the diagonal of the confident joint: the label is probably wrong */
};

struct ln_opinions {
    const float *probabilities; /* [count][classes] by networks that were not trained on the image */
    const float *seen;          /* [count] of the given label, by networks that were; NULL: unknown */
    const int32_t *labels;      /* [count] the given ones */
    size_t count;
    int classes;
};

/* Fills ranked [count], by ascending confidence. LINNET_ERR_LIMIT if memory runs out. */
LN_MUST_CHECK int ln_confident_rank(const struct ln_opinions *opinions, struct ln_confident *ranked);

#endif
