/* Capabilities of the terminal. The escape sequences are those of ECMA-48, which every current terminal knows; terminfo
 * would be a dependency for five strings. */
#include "style.h"
#include <langinfo.h>
#include <linnet/linnet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A terminal with TERM=dumb, such as that of Emacs, shows escape sequences as characters. mpirun gives its processes
 * pseudoterminals and forwards their output to whatever its own stdout is. */
bool cli_is_terminal(FILE *out) {
    const char *term = getenv("TERM");
    if (linnet_ranks_place().mpi) return false;
    return isatty(fileno(out)) && !(term && !strcmp(term, "dumb"));
}

struct cli_style cli_style_of(FILE *out) {
    /* An empty NO_COLOR counts as not set (no-color.org). */
    const char *no_color = getenv("NO_COLOR");
    if ((no_color && *no_color) || !cli_is_terminal(out)) return (struct cli_style){"", "", "", "", ""};
    return (struct cli_style){"\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m"};
}

/* The width is queried for each call, because a window may be resized during a long run. */
int cli_terminal_width(FILE *out) {
    struct winsize size;
    if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_col) return 80;
    return size.ws_col;
}

bool cli_is_utf8(void) {
    return !strcmp(nl_langinfo(CODESET), "UTF-8");
}
