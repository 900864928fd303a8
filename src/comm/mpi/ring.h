/* The sum of many numbers over all ranks of a communicator, by a ring (Patarasuk and Yuan, "Bandwidth optimal all-reduce
 * algorithms", 2009): each rank sends and receives 2 (R - 1) / R of the bytes, which is the least, and adds its share of them.
 *
 *     R - 1 times    chunk i goes to the right neighbour, chunk i - 1 comes from the left and is added to this rank's
 *     R - 1 times    the complete chunks go round
 *
 * A chunk is summed in one order and completed on one rank, so that all ranks have the same bits. Open MPI's own non-blocking
 * sum would send all bytes to one rank and back whenever it works in place.
 */
#ifndef LN_COMM_MPI_RING_H
#define LN_COMM_MPI_RING_H

#include "comm/module.h"
#include "tensor/bf16.h" /* its inline functions: this library links nothing of Linnet */

#include <mpi.h>

enum {
    LN_RING_LEAST = 1 << 16, /* bytes below which a tree is faster */
    LN_RING_REQUESTS = 2     /* at a time */
};

/* type: LN_COMM_F32 or LN_COMM_BF16. Returns MPI_SUCCESS or MPI's error code. */
int ln_ring_sum(MPI_Comm comm, const struct ln_comm_sum *sum);

/* to[count] += from[count]; each partial sum is rounded. */
void ln_ring_add_bf16(ln_bf16 *restrict to, const ln_bf16 *restrict from, size_t count);

/* MPICH does not report that other ranks are gone: a rank must find out. */
#ifdef MPICH_VERSION
#define LN_RING_WATCHES 1
#else
#define LN_RING_WATCHES 0
#endif

/* Call it before the first sum. Remembers the parent, which waits for this process as long as no rank has died. */
void ln_ring_start(void);
/* Waits for all requests, LN_RING_REQUESTS at most, in short naps until *hurry is set; hurry NULL: by polling. MPI makes progress
 * within calls only, so the naps are short. MPI_ERR_OTHER if the parent is gone and nothing arrives for seconds. */
int ln_ring_wait(int count, MPI_Request *requests, const volatile int *hurry);

#endif
