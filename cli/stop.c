/* The stop flag. It is this program's one mutable global: a signal handler knows nothing else. */
#include "stop.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile int stop_asked;

static void ask(int signal) {
    static const char line[] = "\nlinnet: saving what was done so far; once more to quit at once\n";
    if (!stop_asked && isatty(STDERR_FILENO)) (void)!write(STDERR_FILENO, line, sizeof line - 1);
    stop_asked = 1;
}

const volatile int *cli_stop_watch(void) {
    struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &stop_asked;
}
