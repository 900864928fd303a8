/* A balanced order of an epoch: as many samples as the part has, from every class equally many (to within one). A large class
 * gives a random choice of its samples, and a small one each of its samples several times.
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

/* Depends on the labels, the order and the generator alone. LINNET_ERR_LIMIT if memory runs out. */
LN_MUST_CHECK int ln_balance_order(const struct ln_balance *balance, struct ln_rng *rng);

#endif
