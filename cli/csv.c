/* Strings are quoted, and quotes doubled, as RFC 4180 asks; nine digits are enough to read a float back exactly. */
#include "csv.h"
#include <math.h>
#include <string.h>

void cli_csv_string(FILE *out, const char *s) {
    if (!strpbrk(s, ",\"\r\n")) {
        fputs(s, out);
        return;
    }
    putc('"', out);
    for (; *s; s++) {
        if (*s == '"') putc('"', out);
        putc(*s, out);
    }
    putc('"', out);
}

void cli_csv_double(FILE *out, double x) {
    if (isfinite(x)) fprintf(out, "%.9g", x);
}
