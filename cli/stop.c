/* The stop flag. It is the only mutable global of this program: a signal handler has no argument to pass it in. */
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

const volatile int *cli_stop_watch(void) {
    /* SA_RESETHAND: the second signal has its default effect. SA_RESTART: file reads in progress do not fail. */
    struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &stop_asked;
}
