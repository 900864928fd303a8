/* The processors of a rank. */
#ifndef CLI_RANKS_CORES_H
#define CLI_RANKS_CORES_H

#include <linnet/linnet.h>
#include <sys/types.h>

/* Divides the processors that mpirun may use on this machine among its ranks here, and binds this process to its share. A
 * binding that the user asked for stays. launcher: mpirun, or its helper on this machine. */
void cli_ranks_take_cores(const struct linnet_ranks_place *place, pid_t launcher);

#endif
