/* A bar of characters: a share of a whole, or progress. */
#ifndef CLI_BAR_H
#define CLI_BAR_H

#include <stdio.h>

/* `colour` is an escape sequence of cli_style_of(out) for the full part; "" for none. */
void cli_bar(FILE *out, int columns, double share, const char *colour);

#endif
