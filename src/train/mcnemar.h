/* McNemar's test: are two models that were tested on the same images equally good? Only images on which one is
 * right and the other wrong count. If the models were equally good, each such image would favour either by a
 * fair coin.
 *
 * McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
 * Psychometrika 12 (1947); in its exact form, the two-sided binomial test of that coin, which holds for any
 * number of images (Dietterich, "Approximate statistical tests for comparing supervised classification learning
 * algorithms", Neural Computation 10 (1998), section 3.1).
 */
#ifndef LN_TRAIN_MCNEMAR_H
#define LN_TRAIN_MCNEMAR_H

#include <stdint.h>

/* Two-sided p-value for `first` images on which only the first model is right, and `second` on which only the
 * second is. 1 where both are 0. */
double ln_mcnemar(int64_t first, int64_t second);

#endif
