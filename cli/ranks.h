/* The program under mpirun: each rank is two processes. The one that mpirun started watches; its child is the rank, which
 * computes. If a rank is killed, by the kernel for lack of memory or by a person, its watcher prints a message and ends with
 * status 7: mpirun alone would give 128 plus the signal's number. */
#ifndef CLI_RANKS_H
#define CLI_RANKS_H

#include <linnet/linnet.h>

/* Starts the watcher and returns in the child, bound to its share of the processors. Returns at once if this process is
 * already a child, or not a rank. Call it before anything is opened or printed. */
void cli_ranks_watch(char **argv);

/* Runs a command with the ranks: starts MPI, silences all ranks but 0, and leaves MPI with the command's status. */
int cli_ranks_run(int argc, char **argv, int (*run)(int argc, char **argv, linnet_ranks *ranks));

/* linnet_ranks_agree for a failure that this rank has reported; the failure of another rank is reported here. */
int cli_ranks_agree(linnet_ranks *ranks, int status);

#endif
