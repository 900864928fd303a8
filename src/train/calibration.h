/* Calibration: how well the probabilities of a model say how often it is right, and one number that mends
 * them. Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
 */
#ifndef LN_TRAIN_CALIBRATION_H
#define LN_TRAIN_CALIBRATION_H

#include "train/score.h"

enum { LN_CALIBRATION_BINS = 15 }; /* of the paper's tables */

/* The temperature of softmax(logits / T) stays between these. */
#define LN_TEMPERATURE_LEAST 0.1
#define LN_TEMPERATURE_MOST  10.0

/* Expected calibration error (section 2, equation 3): images sorted by the probability of their predicted
 * class into bins of equal width; the mean over images of |accuracy - mean probability| of their bin. nan
 * without images. */
double ln_calibration_error(const struct ln_scores *scores, double temperature);

/* The temperature that minimises the mean cross-entropy of softmax(logits / T) (section 4.2), between the
 * bounds above. 1 without images, if every image is right (the best temperature would be 0, which claims too
 * much), and if logits are not finite. Never changes which class is predicted. */
double ln_temperature_fit(const struct ln_scores *scores);

#endif
