/* Sends the bytes of each rank to all ranks, and compares the bytes of each rank with rank 0's. */
#include "base/alloc.h"
#include "comm/comm.h"

#include <string.h>

struct part {
    int rank;
    const void *own; /* of this rank */
    size_t bytes;    /* of rank `rank` */
};

static int pass_on(linnet_ranks *c, const struct part *part, ln_comm_take_fn *take, void *user) {
    void *bytes = ln_alloc(part->bytes);
    if (!bytes) return LINNET_ERR_LIMIT;
    if (part->rank == ln_comm_rank(c)) memcpy(bytes, part->own, part->bytes);
    int status = ln_comm_broadcast_from(c, part->rank, bytes, part->bytes);
    if (status == LINNET_OK) status = take(user, part->rank, bytes, part->bytes);
    ln_free(bytes);
    return status;
}

int ln_comm_gather(linnet_ranks *c, const void *own, size_t bytes, ln_comm_take_fn *take, void *user) {
    const int size = ln_comm_size(c);
    if (!c) return bytes > 0 ? take(user, 0, own, bytes) : LINNET_OK;
    double *counts = ln_calloc((size_t)size, sizeof *counts);
    if (!counts) return LINNET_ERR_LIMIT;
    counts[ln_comm_rank(c)] = (double)bytes;
    int status = ln_comm_sum_f64(c, counts, (size_t)size);
    for (int rank = 0; rank < size && status == LINNET_OK; rank++)
        if (counts[rank] > 0)
            status = pass_on(c, &(struct part){rank, own, (size_t)counts[rank]}, take, user);
    ln_free(counts);
    return status;
}

int ln_comm_alike(linnet_ranks *c, const void *own, size_t bytes, bool *alike) {
    *alike = true;
    if (!c) return LINNET_OK;
    void *first = ln_alloc(bytes);
    if (!first) return LINNET_ERR_LIMIT;
    memcpy(first, own, bytes);
    const int status = ln_comm_broadcast(c, first, bytes);
    *alike = memcmp(first, own, bytes) == 0;
    ln_free(first);
    return status;
}
