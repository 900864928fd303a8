/* Energy: a score of how unlike the training images an image is. Liu, Wang, Owens and Li, "Energy-based
 * out-of-distribution detection", NeurIPS 2020, section 3.1, equation 4:
 *     E = -T log(sum over k of exp(z_k / T))
 * with logits z and temperature T. Images of the kind that the network was trained on have low energies. Unlike the
 * largest probability, the energy falls with the size of the logits, not only with their differences.
 */
#ifndef LN_TRAIN_ENERGY_H
#define LN_TRAIN_ENERGY_H

#include "train/score.h"

double ln_energy(const float *logits, int classes, double temperature);

enum { LN_ENERGY_LEAST_IMAGES = 20 }; /* one of them is 5 % */

/* The lowest energy that at least 95 % of the images do not exceed: the paper's threshold, at which 95 % of
 * the images of the known kind are kept. INFINITY for fewer images than LN_ENERGY_LEAST_IMAGES, and if it is
 * not finite. LINNET_ERR_LIMIT if memory runs out. */
LN_MUST_CHECK int ln_unknown_energy_fit(const struct ln_scores *scores, double temperature, double *energy);

#endif
