/* The figures of an evaluation beyond loss and accuracy: what the accuracy is worth where classes differ in
 * size, and what the probabilities are worth. */
#ifndef LN_TRAIN_FIGURES_H
#define LN_TRAIN_FIGURES_H

#include "train/score.h"

/* Fills balanced_acc, majority, auc and ece of *metrics, whose confusion matrix is filled, and temperature.
 * LINNET_ERR_LIMIT if memory runs out. */
LN_MUST_CHECK int ln_figures_add(const struct ln_scores *scores, double temperature,
                                 struct linnet_metrics *metrics);

#endif
