/* The stop flag and the handler's stack. They are the only mutable globals of this program: a signal handler has no
 * argument to pass them in. */
#include "stop.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile int stop_asked;

/* Only async-signal-safe calls: write() in place of printf(). */
static void ask(int signal) {
    static const char line[] =
        "\nlinnet: saving the progress and stopping; press Ctrl-C again to quit at once\n";
    if (!stop_asked && isatty(STDERR_FILENO)) (void)!write(STDERR_FILENO, line, sizeof line - 1);
    stop_asked = 1;
}

/* A stack of the handler's own. oneDNN's matrix products point the stack register at a buffer on the heap
 * while they run (jit_avx_gemm_f32, jit_avx512_common_gemm_f32); a signal frame pushed there would overwrite
 * what lies before the buffer. A frame holds all vector registers: 11 KiB with AMX. */
static void use_own_stack(void) {
    static char stack[64 * 1024];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
}

const volatile int *cli_stop_watch(void) {
    /* SA_RESETHAND: the second signal has its default effect. SA_RESTART: file reads in progress do not fail. */
    struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESETHAND | SA_RESTART | SA_ONSTACK};
    use_own_stack();
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &stop_asked;
}
