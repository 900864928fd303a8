/* An exponential moving average of weights, kept beside them: what is tested and saved wanders less than what
 * the last steps made.
 *
 *   a = d a + (1 - d) w   after update t, with d = min(decay, (1 + t) / (10 + t))
 *
 * Polyak, Juditsky, "Acceleration of stochastic approximation by averaging" (1992); the warm-up is that of
 * TensorFlow's and timm's averages: of a short run it is the last tenth that counts.
 */
#ifndef LN_OPTIM_AVERAGE_H
#define LN_OPTIM_AVERAGE_H

#include "base/status.h"
#include <stdint.h>

struct ln_average {
    float *values;  /* [count]; NULL: there is none, and the functions below do nothing */
    float *weights; /* [count], the caller's, whose average it is */
    size_t count;
    double decay;
};

/* Begins as the weights are. */
LN_MUST_CHECK int ln_average_init(struct ln_average *average, float *weights, size_t count, double decay);
void ln_average_fini(struct ln_average *average);
/* After update t of the weights, from 1. */
void ln_average_update(const struct ln_average *average, uint64_t t);
/* The average where the weights were, and the other way round. */
void ln_average_swap(const struct ln_average *average);

#endif
