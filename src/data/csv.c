/* Parses one row at a time. Quotes are removed in place: a field never grows. */
#include "data/csv.h"
#include "base/text.h"
#include <string.h>

static int fail(const struct ln_csv *csv, const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "csv-row", "%s: line %zu: %s", csv->path, csv->line, what);
}

/* Checks that apply to the whole text, done before the first row. */
static int begin(struct ln_csv *csv) {
    csv->line = csv->next_line = 1;
    if (memchr(csv->at, '\0', (size_t)(csv->end - csv->at)))
        return fail(csv, "the text contains a zero byte");
    if (csv->end - csv->at >= 3 && memcmp(csv->at, "\xef\xbb\xbf", 3) == 0) csv->at += 3;
    return LINNET_OK;
}

static void pass_empty_lines(struct ln_csv *csv) {
    for (; *csv->at == '\n' || *csv->at == '\r'; csv->at++) csv->next_line += *csv->at == '\n';
    csv->line = csv->next_line;
}

/* Unquotes the field at csv->at. *stop: its end, where the NUL belongs; csv->at moves past the closing quote.
 */
static int quoted_field(struct ln_csv *csv, char **stop) {
    char *out = csv->at;
    for (char *in = csv->at + 1;; in++) {
        if (in == csv->end) return fail(csv, "a quote is never closed");
        if (*in == '\n') csv->next_line++;
        if (*in == '"' && *++in != '"') { /* at the end of the text *in is its NUL */
            *stop = out;
            csv->at = in;
            return LINNET_OK;
        }
        *out++ = *in;
    }
}

/* Skips what ends a field: a comma, a line break or the end of the text. *last: the row ends here. */
static int pass_end(struct ln_csv *csv, bool *last) {
    *last = *csv->at != ',';
    if (!*last) {
        csv->at++;
        return LINNET_OK;
    }
    if (*csv->at == '\r') csv->at++;
    if (csv->at == csv->end) return LINNET_OK;
    if (*csv->at != '\n')
        return fail(csv, "expected a comma or the end of the line, found a quote or a lone carriage return");
    csv->at++;
    csv->next_line++;
    return LINNET_OK;
}

static int field(struct ln_csv *csv, bool *last) {
    char *stop = csv->at, *start = csv->at;
    if (csv->count == LN_CSV_FIELDS && !csv->wide)
        return ln_fail(LINNET_ERR_INPUT, "csv-row", "%s: line %zu: more than %d fields", csv->path, csv->line,
                       LN_CSV_FIELDS);
    if (*csv->at == '"')
        LN_TRY(quoted_field(csv, &stop));
    else
        csv->at = stop = start + strcspn(start, ",\r\n\"");
    LN_TRY(pass_end(csv, last));
    *stop = '\0'; /* overwrites a quote, the comma or the line break */
    start += ln_text_csv_value(start) - start;
    if (csv->count < LN_CSV_FIELDS) csv->fields[csv->count++] = start;
    return LINNET_OK;
}

int ln_csv_row(struct ln_csv *csv) {
    csv->count = 0;
    if (csv->next_line == 0) LN_TRY(begin(csv));
    pass_empty_lines(csv);
    bool last = csv->at == csv->end;
    while (!last) LN_TRY(field(csv, &last));
    return LINNET_OK;
}
