/* CSV fields. */
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
