/* Inside src/comm. */
#ifndef LN_COMM_IMPL_H
#define LN_COMM_IMPL_H

#include "comm/comm.h"

struct linnet_ranks {
    const struct ln_comm_module *module;
    struct ln_comm_start start;
    int local_size;
    int agreed; /* the status of the last agreement */
    bool left;
};

/* Records and returns LINNET_ERR_RANK "mpi-failed". */
int ln_comm_failed(const struct ln_comm_module *module, int code);

#endif
