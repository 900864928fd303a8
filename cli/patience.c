/* libgomp lets a thread that waits for the others spin for milliseconds before it sleeps. On a quiet machine
 * that costs nothing; where something else wants the processor, the spinning keeps it from the very thread
 * that is waited for, and a training step takes ten times as long. Some 50 microseconds are as good on a
 * quiet machine: the pauses between two layers are shorter. libgomp reads its environment when it is loaded,
 * before main(): so the program begins twice.
 */
#include "patience.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static const char spins[] = "5000";

void cli_patience(char **argv) {
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    char path[PATH_MAX]; /* by its own name, which ps shows */
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0 || setenv("GOMP_SPINCOUNT", spins, 1) != 0) return;
    path[length] = 0;
    execv(path, argv);
}
