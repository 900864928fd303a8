/* Open MPI binds each of two ranks to one core, and each of more to a socket, without other options, which is made for programs with one
 * thread a rank. Here a rank takes its share of all cores instead, neighbours together. The cores that mpirun itself may use are
 * those of the user's taskset, control group or job. */
#include "ranks_cores.h"
#include <sched.h>
#include <stdlib.h>

/* Open MPI passes on what its command line and the environment say about binding. */
static int is_binding_chosen(void) {
    static const char *const names[] = {
        "OMPI_MCA_hwloc_base_binding_policy",    "OMPI_MCA_rmaps_base_mapping_policy",
        "OMPI_MCA_hwloc_base_cpu_list",          "PRTE_MCA_hwloc_default_binding_policy",
        "PRTE_MCA_rmaps_default_mapping_policy", "HYDRA_BINDING"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i])) return 1;
    return 0;
}

/* Members number first .. end - 1 of the set. */
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
