/* A balanced order of an epoch: as many samples as the part has, the same number from every class (to within one). A
 * large class contributes a random choice of its samples; a small class contributes each sample several times.
 */
#ifndef LN_DATA_BALANCE_H
#define LN_DATA_BALANCE_H

#include "base/rng.h"
#include "base/status.h"

struct ln_balance {
    const int32_t *labels; /* of all samples */
    int classes;
    uint32_t *order;   /* [count] samples in random order; replaced by the balanced order */
    uint32_t *repeats; /* [count] filled: how often the sample came before in this epoch */
    size_t count;
};

/* The result depends only on the labels, the order and the generator. LINNET_ERR_LIMIT if memory runs out. */
LN_MUST_CHECK int ln_balance_order(const struct ln_balance *balance, struct ln_rng *rng);

#endif
