/* Colour, where it helps and where it is wanted: on a terminal, unless NO_COLOR is set (no-color.org). */
#ifndef CLI_STYLE_H
#define CLI_STYLE_H

#include <stdbool.h>
#include <stdio.h>

struct cli_style {
    const char *bold, *dim, *green, *red, *end; /* "" where there is no colour */
};

struct cli_style cli_style_of(FILE *out);
bool cli_is_terminal(FILE *out);
int cli_terminal_width(FILE *out); /* columns; 80 where it is no terminal */
bool cli_is_utf8(void);            /* the locale's encoding */

#endif
