/* By default a thread of libgomp that waits for the others spins for milliseconds before it sleeps. On an
 * idle machine that costs nothing. If another program needs the processor, the spinning takes it from the
 * very thread that the others wait for, and a training step takes ten times as long. A limit of about 50
 * microseconds is as fast on an idle machine, because the pauses between two layers are shorter. libgomp
 * reads its environment before main() begins, so the program must execute itself again. */
#include "spin_limit.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static const char spins[] = "5000";

void cli_spin_limit(char **argv) {
    /* Set by the user, or by this function before: the second start continues here, so there is no loop. */
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    char path[PATH_MAX]; /* not "/proc/self/exe", so that ps shows the program's name */
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0 || setenv("GOMP_SPINCOUNT", spins, 1) != 0) return;
    path[length] = 0;
    execv(path, argv);
}
