/* Strings are quoted, and quotes doubled, as RFC 4180 asks; nine digits are enough to read a float back
 * exactly. Text that a spreadsheet would run as a formula gets an apostrophe in front, as in the files of a
 * run folder. */
#include "csv.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool begins_formula(const char *s) {
    static const char *const marks[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(s, marks[i], strlen(marks[i])) == 0) return true;
    return false;
}

static bool is_plain_number(const char *s) {
    return *s && s[1] && s[1 + strspn(s + 1, "0123456789.")] == '\0';
}

static void put_quoted(FILE *out, const char *s) {
    for (; *s; s++) {
        if (*s == '"') putc('"', out);
        putc(*s, out);
    }
}

void cli_csv_string(FILE *out, const char *s) {
    const bool formula = begins_formula(s + strspn(s, "'")) && !is_plain_number(s);
    const bool quoted = formula || strpbrk(s, ",;\"\t\r\n");
    if (quoted) putc('"', out);
    if (formula) putc('\'', out);
    put_quoted(out, s);
    if (quoted) putc('"', out);
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
