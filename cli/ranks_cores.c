/* By default Open MPI binds each of two ranks to one core, and each of more ranks to a socket, which suits programs with
 * one thread per rank. Here each rank takes an equal share of consecutive cores instead. The cores to share are those that
 * mpirun itself may use: a taskset, control group or batch job may have limited them. */
#include "ranks_cores.h"
#include <sched.h>
#include <stdlib.h>

/* Binding options of the launcher's command line and environment reach the ranks as variables. */
static int is_binding_chosen(void) {
    static const char *const names[] = {
        "OMPI_MCA_hwloc_base_binding_policy",    "OMPI_MCA_rmaps_base_mapping_policy",
        "OMPI_MCA_hwloc_base_cpu_list",          "PRTE_MCA_hwloc_default_binding_policy",
        "PRTE_MCA_rmaps_default_mapping_policy", "HYDRA_BINDING"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i])) return 1;
    return 0;
}

/* Members first .. end - 1 of the set, counted from 0. */
static cpu_set_t members(const cpu_set_t *all, int first, int end) {
    cpu_set_t some;
    int number = 0;
    CPU_ZERO(&some);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, all)) continue;
        if (number >= first && number < end) CPU_SET(cpu, &some);
        number++;
    }
    return some;
}

void cli_ranks_take_cores(const struct linnet_ranks_place *place, pid_t launcher) {
    cpu_set_t all;
    if (is_binding_chosen() || sched_getaffinity(launcher, sizeof all, &all)) return;
    const int count = CPU_COUNT(&all), rank = place->local_rank, size = place->local_size;
    const int alone = rank % count; /* more ranks than cores */
    const int first = count < size ? alone : count * rank / size,
              end = count < size ? alone + 1 : count * (rank + 1) / size;
    const cpu_set_t own = members(&all, first, end);
    (void)!sched_setaffinity(0, sizeof own, &own);
}
