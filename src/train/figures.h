/* Metrics beyond loss and accuracy. They show whether the accuracy only reflects a large class, and whether the
 * probabilities can be believed. */
#ifndef LN_TRAIN_FIGURES_H
#define LN_TRAIN_FIGURES_H

#include "train/score.h"

/* Fills balanced_acc, majority, auc, ece and temperature of *metrics; its confusion matrix must be filled already.
 * LINNET_ERR_LIMIT if memory runs out. */
LN_MUST_CHECK int ln_figures_add(const struct ln_scores *scores, double temperature,
                                 struct linnet_metrics *metrics);

#endif
