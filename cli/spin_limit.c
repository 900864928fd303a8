/* By default a thread of libgomp that waits for the others spins for milliseconds before it sleeps. On an
 * idle machine that costs nothing. If another program needs the processor, the spinning takes it from the
 * very thread that the others wait for, and a training step takes ten times as long. A limit of about 10
 * microseconds is as fast on an idle machine, because the pauses between two layers are shorter. With one of
 * two processors taken, LeNet trains at 62 % of its rate; with 50 microseconds at 40 %, with a millisecond at
 * 9 %. libgomp reads its environment before main() begins, so the program must execute itself again. */
#include "spin_limit.h"
#include "program.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static const char spins[] = "1000";

/* With one there is no team to wait for, and libgomp spins less by itself if --threads asks for one. */
static bool has_one_processor(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1;
}

void cli_spin_limit(char **argv) {
    /* Set by the user, or by this function before: the second start continues here, so there is no loop. */
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    if (has_one_processor()) return; /* the second start would load all libraries again */
    char path[PATH_MAX];             /* not "/proc/self/exe", so that ps shows the program's name */
    if (!cli_program_path(path) || setenv("GOMP_SPINCOUNT", spins, 1) != 0) return;
    execv(path, argv);
}
