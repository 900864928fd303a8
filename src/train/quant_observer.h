/* Observes the magnitudes of a layer's value over many images, and chooses the range that 8 bits should cover.
 *
 * The histogram has 2048 equal bins from 0. If a larger number arrives, bins are merged in pairs until it fits, so that one pass
 * over the images suffices.
 */
#ifndef LN_TRAIN_QUANT_OBSERVER_H
#define LN_TRAIN_QUANT_OBSERVER_H

#include "base/status.h"

enum { LN_OBSERVER_BINS = 2048 };

enum ln_quant_method { LN_QUANT_AUTO, LN_QUANT_MINMAX, LN_QUANT_PERCENTILE, LN_QUANT_KL };

struct ln_observer {
    float most, width;     /* the largest magnitude; of a bin, 0: only zeros so far */
    bool negative;         /* some numbers are below 0 */
    bool infinite;         /* some are not finite; they are not counted */
    uint64_t count, zeros; /* numbers, and those that are exactly 0, which are in no bin */
    uint64_t bins[LN_OBSERVER_BINS];
};

/* A new observer must be zeroed. */
void ln_observer_add(struct ln_observer *o, const float *values, size_t count);

/* The magnitude that the largest integer stands for; larger numbers saturate. 0 if all numbers were 0.
 *   minmax      the largest magnitude
 *   percentile  the magnitude that 99.99 % of the numbers do not exceed
 *   kl          the one whose histogram loses least to 8 bits, by the Kullback-Leibler divergence: Migacz, "8-bit inference with
 *               TensorRT" (2017)
 */
float ln_observer_reach(const struct ln_observer *o, enum ln_quant_method method);

#endif
