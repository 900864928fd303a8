/* Labels in the order of their logits. */
#ifndef LN_TRAIN_ORDER_H
#define LN_TRAIN_ORDER_H

#include <stdint.h>

/* Fills order[count] with the labels, the largest logit first, equal ones by label. Logits are compared, not probabilities, so that
 * two classes whose probabilities both round to 0 keep their order. scratch: [2 count]. */
void ln_order(const float *logits, int count, uint64_t *scratch, int *order);

#endif
