/* Strings are quoted, and quotes doubled, as RFC 4180 asks; nine digits are enough to read a float back exactly. */
#include "csv.h"
#include <math.h>
#include <stdbool.h>
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

int cli_csv_read(FILE *in, char *out, size_t size) {
    bool quoted = false, after_quote = false;
    size_t length = 0;
    int c = getc(in);
    for (; c != EOF && (quoted || (c != ',' && c != '\n')); c = getc(in)) {
        const bool second = after_quote && c == '"'; /* of two quotes that stand for one */
        after_quote = quoted && c == '"';
        if (c == '"') quoted = !quoted;
        if ((c != '"' || second) && length + 1 < size) out[length++] = (char)c;
    }
    out[length] = '\0';
    return c;
}
