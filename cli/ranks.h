/* The program under mpirun: each rank is two processes. The one that mpirun started watches; its child is the rank, which trains.
 * A rank that is killed, by the kernel for want of memory or by a person, then ends with a message and status 7: mpirun itself
 * would give 128 plus the signal's number. */
#ifndef CLI_RANKS_H
#define CLI_RANKS_H

#include <linnet/linnet.h>

/* Returns in the child, which has its share of the processors, or if this process is a child or no rank at all. Call it before
 * anything is opened or printed. */
void cli_ranks_watch(char **argv);

/* Runs a command with the ranks: MPI is started, all ranks but 0 are silent, and MPI is left with the command's status. */
int cli_ranks_run(int argc, char **argv, int (*run)(int argc, char **argv, linnet_ranks *ranks));

/* linnet_ranks_agree for a failure that this rank has reported; the failure of another rank is reported here. */
int cli_ranks_agree(linnet_ranks *ranks, int status);

#endif
