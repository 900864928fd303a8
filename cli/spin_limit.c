/* By default a thread of libgomp that waits for the others spins for milliseconds before it sleeps. On an
 * idle machine that costs nothing. If another program needs the processor, the spinning takes it from the
 * very thread that the others wait for, and a training step takes ten times as long. A limit of about 10
 * microseconds is as fast on an idle machine, because the pauses between two layers are shorter. With one of
 * two processors taken, LeNet trains at 62 % of its rate; with 50 microseconds at 40 %, with a millisecond at
 * 9 %.
 *
 * libgomp reads its environment in its constructor, before main() begins, and glibc passes the constructors the array of
 * variables that the kernel made, which cannot grow. But a program's own .preinit_array runs before all constructors. So
 * one variable that no library reads, such as the shell's OLDPWD, lends its place in that array to GOMP_SPINCOUNT, and main()
 * puts it back. If there is no such variable, or no .preinit_array (musl), the program executes itself again, which
 * loads all libraries twice.
 */
#include "spin_limit.h"
#include "program.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME  "GOMP_SPINCOUNT"
#define VALUE "1000"

/* ---- before the libraries' constructors ----------------------------------------------------------------------- */

static char setting[] = NAME "=" VALUE;
static struct { char **place, *variable; /* place NULL: nothing was lent */ } lent;

/* The sanitizers' own functions cannot be called so early, and every function that they instrument calls them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#ifndef SANITIZED
static bool is_called(const char *variable, const char *name) {
    while (*name && *variable == *name) variable++, name++;
    return !*name && *variable == '=';
}

static char **find(char **variables, const char *name) {
    while (*variables && !is_called(*variables, name)) variables++;
    return *variables ? variables : NULL;
}

static void lend(int argc, char **argv, char **variables) {
    static const char *const lenders[] = {"_", "OLDPWD", "SHLVL", "PWD", "LOGNAME", "HOSTNAME"};
    if (find(variables, NAME) || find(variables, "OMP_WAIT_POLICY")) return;
    for (size_t i = 0; i < sizeof lenders / sizeof *lenders && !lent.place; i++)
        lent.place = find(variables, lenders[i]);
    if (!lent.place) return;
    lent.variable = *lent.place;
    *lent.place = setting;
}

__attribute__((section(".preinit_array"), used)) static void (*before_constructors)(int, char **,
                                                                                    char **) = lend;
#endif

void cli_spin_limit_begin(void) {
    if (!lent.place) return;
    *lent.place = lent.variable;
    setenv(NAME, VALUE, 1); /* for child processes; if it fails, they have libgomp's default */
}

/* ---- by a second start ---------------------------------------------------------------------------------------- */

/* With one processor there is no team to wait for, and libgomp spins less anyway if --threads asks for a team. */
static bool has_one_processor(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1;
}

void cli_spin_limit(char **argv) {
    /* Set by the user or above, or by this function before: the second start continues here, so there is no loop. */
    if (lent.place || getenv(NAME) || getenv("OMP_WAIT_POLICY")) return;
    if (has_one_processor()) return; /* the second start would load all libraries again */
    char path[PATH_MAX];             /* not "/proc/self/exe", so that ps shows the program's name */
    if (!cli_program_path(path) || setenv(NAME, VALUE, 1) != 0) return;
    execv(path, argv);
}
