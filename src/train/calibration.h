/* Calibration: how well a model's probabilities agree with its accuracy, and a temperature that improves the agreement.
 * Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
 */
#ifndef LN_TRAIN_CALIBRATION_H
#define LN_TRAIN_CALIBRATION_H

#include "train/score.h"

enum { LN_CALIBRATION_BINS = 15 }; /* as in the paper's tables */

/* The temperature of softmax(logits / T) stays between these. */
#define LN_TEMPERATURE_LEAST 0.1
#define LN_TEMPERATURE_MOST  10.0

/* The images whose predicted class has a probability in bin b of (b / 15, (b + 1) / 15]. */
struct ln_calibration_bin {
    int64_t count, right;
    double probability; /* the sum */
    double gap;         /* the sum of right (1 or 0) - probability */
};
/* False if a probability is not a number; the bins are then meaningless. */
bool ln_calibration_fill(const struct ln_scores *scores, double temperature,
                         struct ln_calibration_bin bins[LN_CALIBRATION_BINS]);

/* Expected calibration error (section 2, equation 3): images sorted by the probability of their predicted
 * class into bins of equal width; the mean over images of |accuracy - mean probability| of their bin. nan
 * without images. */
double ln_calibration_error(const struct ln_scores *scores, double temperature);

/* The 1 / T that a network trained with this label smoothing is expected to need. Smoothed targets keep probabilities below
 * 0.95, so that they understate an accuracy of 0.9: with a smoothing of 0.1, two networks on 1,000 test photos were best at
 * 1.7 to 2.4 (docs/recipes.md). */
double ln_inverse_temperature_expected(double label_smoothing);

/* The temperature of softmax(logits / T) that fits the images best (section 4.2), within the bounds above. It minimises the sum
 * of their cross-entropies and of a normal prior for 1 / T, with mean `expected` and standard deviation 0.3: a hundred images
 * alone would leave an error of about 0.3, a thousand outweigh the prior. 1 if there are no images or if logits are not finite.
 * The temperature never changes which class is predicted. */
double ln_temperature_fit(const struct ln_scores *scores, double expected);

#endif
