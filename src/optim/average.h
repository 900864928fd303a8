/* An exponential moving average of the weights. The average varies less than the weights after single steps, so it is
 * tested and saved in their place.
 *
 *   a = d a + (1 - d) w   after update t, with d = min(decay, (1 + t) / (10 + t))
 *
 * Polyak, Juditsky, "Acceleration of stochastic approximation by averaging" (1992). The warm-up of d is that of
 * TensorFlow and timm; with it, the average of a short run covers its last tenth.
 */
#ifndef LN_OPTIM_AVERAGE_H
#define LN_OPTIM_AVERAGE_H

#include "base/status.h"
#include <stdint.h>

struct ln_average {
    float *values;  /* [count]; NULL: no average is kept, and the functions below do nothing */
    float *weights; /* [count] borrowed; the weights that are averaged */
    size_t count;
    double decay;
};

/* Starts with the current weights. */
LN_MUST_CHECK int ln_average_init(struct ln_average *average, float *weights, size_t count, double decay);
void ln_average_fini(struct ln_average *average);
/* After update t of the weights, from 1. */
void ln_average_update(const struct ln_average *average, uint64_t t);
/* Exchanges the average and the weights in [first, end). */
void ln_average_swap(const struct ln_average *average, size_t first, size_t end);

#endif
