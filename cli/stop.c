/* The stop flag, what the handler prints, and its stack. They are the only mutable globals of this program: a
 * signal handler has no argument to pass them in.
 *
 *     signal                          the first time               the second time
 *     SIGINT (Ctrl-C), SIGTERM        asks for a stop              ends the process
 *     SIGHUP (terminal closed)        asks for a stop              ignored within two seconds, else ends it
 *
 * The library looks at the flag between two steps, saves the progress and returns LINNET_ERR_INTERRUPTED.
 */
#include "stop.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds in which a second SIGHUP is taken for the same event: the kernel's and the shell's come a moment
 * apart, and a person who wants to end the process at once needs longer than that. */
enum { HANGUP_TWICE_S = 2 };

static volatile int stop_asked;
static const char *volatile notice =
    "\nlinnet: saving the progress and stopping; press Ctrl-C again to quit at once\n";
static volatile time_t hung_up_at; /* 0: the terminal is open */

/* The monotonic clock's seconds, plus one, so that a time is never 0. clock_gettime is async-signal-safe. The
 * clock of the day could be set back meanwhile. */
static time_t now(void) {
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1;
}

static void set_handler(int signal, void (*handler)(int)) {
    /* SA_RESTART: file reads in progress do not fail. */
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

/* Only async-signal-safe calls: write() in place of printf(). The next signal has its default effect, but for
 * the second SIGHUP of a terminal that is closed: the kernel sends one, and the shell another. */
static void ask_for_stop(int signal) {
    const char *line = notice;
    const time_t time = now();
    if (hung_up_at) {
        if (time - hung_up_at < HANGUP_TWICE_S) return;
        set_handler(SIGHUP, SIG_DFL);
        raise(SIGHUP); /* pending until the handler returns */
        return;
    }
    stop_asked = 1;
    set_handler(SIGINT, SIG_DFL);
    set_handler(SIGTERM, SIG_DFL);
    if (signal == SIGHUP) hung_up_at = time;
    if (signal != SIGHUP) set_handler(SIGHUP, SIG_DFL);
    if (isatty(STDERR_FILENO)) (void)!write(STDERR_FILENO, line, strlen(line));
}

/* A system call that was interrupted may have failed a moment ago: its errno must survive the handler's calls. */
static void ask(int signal) {
    const int errnum = errno;
    ask_for_stop(signal);
    errno = errnum;
}

/* A stack of the handler's own. oneDNN's matrix products point the stack register at a buffer on the heap
 * while they run (jit_avx_gemm_f32, jit_avx512_common_gemm_f32); a signal frame pushed there would overwrite
 * what lies before the buffer. A frame holds all vector registers: 11 KiB with AMX. */
static void use_own_stack(void) {
    static char stack[64 * 1024];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
}

/* nohup: SIGHUP stays ignored. */
static int is_ignored(int signal) {
    struct sigaction before;
    return sigaction(signal, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
}

const volatile int *cli_stop_watch(void) {
    use_own_stack();
    set_handler(SIGINT, ask);
    set_handler(SIGTERM, ask);
    if (!is_ignored(SIGHUP)) set_handler(SIGHUP, ask);
    return &stop_asked;
}

void cli_stop_notice(const char *line) {
    notice = line;
}
