/* Scored images, one by one: what the pictures and the report of an evaluation choose from. */
#ifndef LN_TRAIN_SCORED_H
#define LN_TRAIN_SCORED_H

#include "model/model.h"
#include "train/score.h"

#include <stdbool.h>

struct ln_scored {
    size_t at;      /* row of the scores */
    uint32_t index; /* of the image in the data set */
    int label, predicted;
    double probability; /* of the predicted class */
    double loss;
};

/* *items [scores->count], in the order of the scores; ln_free it. LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_scored_list(const struct ln_model *model, const struct ln_scores *scores,
                                 struct ln_scored **items);
bool ln_scored_is_right(const struct ln_scored *item);

/* For qsort. Ties keep the order of the scores, so that the pictures of two equal runs are equal. */
int ln_scored_larger_loss(const void *a, const void *b);
int ln_scored_mistakes_first(const void *a, const void *b);  /* wrong before right, then as larger_loss */
int ln_scored_confident_first(const void *a, const void *b); /* right before wrong, then by probability */

#endif
