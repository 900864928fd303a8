/* Ranks: the processes that mpirun started to work on one task. Each has a number; rank 0 writes files and prints.
 *
 *     linnet_ranks *comm;
 *     LN_TRY(ln_comm_open(&comm));                     without mpirun *comm is NULL: one rank
 *     LN_TRY(ln_comm_sum_f64(comm, sums, 3));          all ranks, at the same place
 *     LN_TRY(ln_comm_agree(comm, status));             a failure of one rank becomes a failure of all
 *     ln_comm_close(comm);
 *
 * A NULL comm is a single rank: sums, broadcasts and agreements then do nothing. MPI is loaded at run time (module.h).
 *
 * A rank that fails alone must not call any of these: the others wait for it in a different place. It ends its process with its
 * status, without ln_comm_close, and mpirun ends the others.
 */
#ifndef LN_COMM_COMM_H
#define LN_COMM_COMM_H

#include "base/status.h"
#include "comm/module.h"

/* This rank's place, from mpirun's environment variables: see linnet_ranks_place. */
struct linnet_ranks_place ln_comm_place(void);

/* Loads the module and starts MPI, if mpirun started this process as one of several; else *comm is NULL. LINNET_ERR_LIMIT
 * "mpi-module" if there is no module for this mpirun, LINNET_ERR_RANK "mpi-failed". */
LN_MUST_CHECK int ln_comm_open(linnet_ranks **comm);
/* Disconnects from the other ranks. All ranks call it, at the same place; comm stays valid, with its rank and size. */
void ln_comm_leave(linnet_ranks *comm);
/* NULL is fine. A rank that has not left (it failed alone) stays connected until its process ends. */
void ln_comm_close(linnet_ranks *comm);

int ln_comm_rank(const linnet_ranks *comm);       /* of NULL: 0 */
int ln_comm_size(const linnet_ranks *comm);       /* of NULL: 1 */
int ln_comm_local_size(const linnet_ranks *comm); /* ranks on this machine */
bool ln_comm_threads(const linnet_ranks *comm);   /* both channels may be used at once */
/* True if all ranks know of this failure: the last agreement reported it. */
bool ln_comm_agreed(const linnet_ranks *comm, int status);

/* LINNET_ERR_RANK "mpi-failed" for a failure of MPI, which usually means that another rank failed. */
LN_MUST_CHECK int ln_comm_sum(linnet_ranks *comm, const struct ln_comm_sum *sum);
LN_MUST_CHECK int ln_comm_sum_f64(linnet_ranks *comm, double *values, size_t count);
LN_MUST_CHECK int ln_comm_sum_f32(linnet_ranks *comm, float *values, size_t count);
/* From rank 0 to all. */
LN_MUST_CHECK int ln_comm_broadcast(linnet_ranks *comm, void *data, size_t bytes);
LN_MUST_CHECK int ln_comm_broadcast_from(linnet_ranks *comm, int rank, void *data, size_t bytes);
/* Calls `take` on every rank with the bytes of rank 0, of rank 1 and so on; a rank without bytes is skipped. The bytes are aligned
 * as by malloc, and valid for the call. A failure of take ends the gathering, so it must fail on all ranks or on none. */
typedef int ln_comm_take_fn(void *user, int rank, const void *bytes, size_t count);
LN_MUST_CHECK int ln_comm_gather(linnet_ranks *comm, const void *own, size_t bytes, ln_comm_take_fn *take,
                                 void *user);
/* Are these bytes equal to rank 0's? All ranks must pass the same number of bytes. */
LN_MUST_CHECK int ln_comm_alike(linnet_ranks *comm, const void *own, size_t bytes, bool *alike);
/* LINNET_OK if all ranks pass that. Otherwise all ranks get the failure of the lowest rank that failed, with its message; if not
 * all ranks failed, the message names the rank and its machine. */
LN_MUST_CHECK int ln_comm_agree(linnet_ranks *comm, int status);

#endif
