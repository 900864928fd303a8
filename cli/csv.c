/* CSV fields as RFC 4180 defines them: a field with a comma, a quote or a line break is quoted, and quotes in
 * it are doubled.
 *
 *     plain.jpg               plain.jpg
 *     a,b.jpg                 "a,b.jpg"
 *     6" disk.jpg             "6"" disk.jpg"
 *     =HYPERLINK("evil")      "'=HYPERLINK(""evil"")"
 *
 * The last one: a spreadsheet would run the text of a file name as a formula ("CSV injection", OWASP), so it
 * gets an apostrophe in front, as in the files of a run folder. The semicolon and the tab are quoted too,
 * because spreadsheets of many languages take them for separators. Nine digits are enough to read a float
 * back exactly.
 */
#include "csv.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The characters of OWASP's list; the last four are the full-width forms of = + - @, which Excel and
 * LibreOffice in Japanese take for the same. */
static bool begins_formula(const char *s) {
    static const char *const marks[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(s, marks[i], strlen(marks[i])) == 0) return true;
    return false;
}

/* "-0.5" begins like a formula but is not one. */
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
    /* Leading apostrophes are skipped: a spreadsheet strips the first one, so a name that begins with '= would become a
     * formula. */
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

/* A state machine over the bytes: within quotes, commas and line breaks belong to the field, and a quote
 * right after a closing one is a quote of the text. It accepts more than RFC 4180 allows, such as quotes in
 * the middle of a field, and never fails: what it reads was written by this program. */
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
