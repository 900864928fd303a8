#include "data/share.h"

int ln_share_check(struct ln_share share, int batch) {
    if (batch >= share.ranks) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "train-ranks", "a batch of %d images cannot be shared by %d ranks",
                   batch, share.ranks);
}
