/* McNemar's test: are two models that were tested on the same images equally good? Only images that one model
 * classifies correctly and the other wrongly count. If the models were equally good, each such image would
 * favour one of them like the toss of a fair coin.
 *
 * McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
 * Psychometrika 12 (1947); in its exact form, the two-sided binomial test of that coin, which holds for any
 * number of images (Dietterich, "Approximate statistical tests for comparing supervised classification
 * learning algorithms", Neural Computation 10 (1998), section 3.1).
 */
#ifndef LN_TRAIN_MCNEMAR_H
#define LN_TRAIN_MCNEMAR_H

#include <stdint.h>

/* Two-sided p-value. first, second: number of images that only the first or only the second model classifies correctly.
 * 1 if both are 0. */
double ln_mcnemar(int64_t first, int64_t second);

#endif
