/* The full and the empty part use different characters, so that a bar is readable without colour. A locale without UTF-8
 * gets ASCII. */
#include "bar.h"
#include "style.h"

void cli_bar(FILE *out, int columns, double share, const char *colour) {
    const struct cli_style style = cli_style_of(out);
    const bool utf8 = cli_is_utf8();
    const int full = (int)(share * columns);
    fprintf(out, "%s", colour);
    for (int i = 0; i < full; i++) fputs(utf8 ? "\u2501" : "=", out);
    fprintf(out, "%s%s", *colour ? style.end : "", style.dim);
    for (int i = full; i < columns; i++) fputs(utf8 ? "\u2500" : "-", out);
    fputs(style.end, out);
}
