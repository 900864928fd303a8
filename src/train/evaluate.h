/* What training and evaluation share. */
#ifndef LN_TRAIN_EVALUATE_H
#define LN_TRAIN_EVALUATE_H

#include "train/train.h"

/* Metrics of kept scores; confusion [classes][classes] is filled and borrowed by *metrics. */
void ln_metrics_of(const struct ln_scores *scores, struct linnet_metrics *metrics, int64_t *confusion);

/* The data's classes must be the model's, in the same order ("data-classes"). */
LN_MUST_CHECK int ln_check_classes(const struct ln_model *model, const struct ln_dataset *ds);

#endif
