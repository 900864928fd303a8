/* Colours, used only on a terminal and unless NO_COLOR is set (no-color.org). */
#ifndef CLI_STYLE_H
#define CLI_STYLE_H

#include <stdbool.h>
#include <stdio.h>

struct cli_style {
    const char *bold, *dim, *green, *red, *end; /* escape sequences; "" without colour */
};

struct cli_style cli_style_of(FILE *out);
bool cli_is_terminal(FILE *out);
int cli_terminal_width(FILE *out); /* columns; 80 if `out` is not a terminal */
bool cli_is_utf8(void);            /* encoding of the locale */

#endif
