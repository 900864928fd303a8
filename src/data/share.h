/* How a batch is cut among ranks: rank r of n has rows [count r / n, count (r + 1) / n) of its `count`. The shares
 * differ by one image at most; none is padded, so that every image counts once. With a unit u, rank r has rows [u r,
 * u (r + 1)) of a batch of u n images, fewer in the last batch: in evaluation each rank thus computes one of the
 * batches that a single process would compute. */
#ifndef LN_DATA_SHARE_H
#define LN_DATA_SHARE_H

#include "comm/comm.h"
#include <stddef.h>

struct ln_share {
    int rank, ranks; /* ranks 0: one rank */
    int unit;        /* 0: equal shares */
};

/* The share of this rank; ranks NULL: there is one rank. */
struct ln_share ln_share_of(const linnet_ranks *ranks, int unit);

static inline size_t ln_share_begin(struct ln_share s, size_t count) {
    const size_t units = (size_t)s.unit * (size_t)s.rank;
    if (s.ranks <= 1) return 0;
    if (s.unit > 0) return units < count ? units : count;
    return count * (size_t)s.rank / (size_t)s.ranks;
}

static inline size_t ln_share_count(struct ln_share s, size_t count) {
    const struct ln_share after = {s.rank + 1, s.ranks, s.unit};
    return s.ranks > 1 ? ln_share_begin(after, count) - ln_share_begin(s, count) : count;
}

/* Checks that each rank gets an image of a full batch; all ranks get the same result. LINNET_ERR_USAGE "train-ranks". */
LN_MUST_CHECK int ln_share_check(struct ln_share share, int batch);

#endif
