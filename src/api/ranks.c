/* linnet_ranks: the processes that mpirun started. The handle is the library's own object. */
#include "api/guard.h"
#include "comm/comm.h"

struct linnet_ranks_place linnet_ranks_place(void) {
    return ln_comm_place();
}

int linnet_ranks_open(linnet_ranks **ranks) {
    ln_api_begin();
    LN_NEED(ranks);
    return ln_comm_open(ranks);
}

int linnet_ranks_rank(const linnet_ranks *ranks) {
    return ln_comm_rank(ranks);
}

int linnet_ranks_size(const linnet_ranks *ranks) {
    return ln_comm_size(ranks);
}

/* Does not clear the error record, because a failed rank passes its error to the others. */
int linnet_ranks_agree(linnet_ranks *ranks, int status) {
    return ln_comm_agree(ranks, status);
}

bool linnet_ranks_agreed(const linnet_ranks *ranks, int status) {
    return ln_comm_agreed(ranks, status);
}

void linnet_ranks_close(linnet_ranks *ranks, int status) {
    if (ln_comm_agreed(ranks, status)) ln_comm_leave(ranks);
    ln_comm_close(ranks);
}
