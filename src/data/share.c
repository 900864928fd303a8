#include "data/share.h"

struct ln_share ln_share_of(const linnet_ranks *ranks, int unit) {
    return (struct ln_share){ln_comm_rank(ranks), ln_comm_size(ranks), unit};
}

int ln_share_check(struct ln_share share, int batch) {
    if (batch >= share.ranks) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "train-ranks", "a batch of %d images cannot be shared by %d ranks",
                   batch, share.ranks);
}
