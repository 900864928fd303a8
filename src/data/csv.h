/* Comma-separated values (RFC 4180), parsed row by row, in place, from a text in memory.
 *
 *     struct ln_csv csv = {.path = path, .at = text, .end = text + size};
 *     while ((status = ln_csv_row(&csv)) == LINNET_OK && csv.count > 0) use(csv.fields[0], csv.line);
 *
 * Fields may be quoted; inside quotes, "" stands for a quote and line breaks are allowed. Lines end in \n or
 * \r\n. A UTF-8 byte order mark and empty lines are skipped, and so is an apostrophe that keeps a spreadsheet from
 * running a formula (ln_text_add_csv).
 */
#ifndef LN_DATA_CSV_H
#define LN_DATA_CSV_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

enum { LN_CSV_FIELDS = 256 };

struct ln_csv {
    const char *path; /* for messages */
    bool wide;        /* ignore fields beyond LN_CSV_FIELDS instead of failing */
    char *at, *end;   /* the unread text; *end must be a NUL */
    size_t line;      /* where the current row begins, from 1 */
    size_t next_line;
    char *fields[LN_CSV_FIELDS]; /* [count] of the current row, NUL-terminated, pointing into the text */
    int count;                   /* 0: no more rows */
};

/* LINNET_ERR_INPUT "csv-row": an unclosed or misplaced quote, a NUL byte, or more than LN_CSV_FIELDS fields.
 */
LN_MUST_CHECK int ln_csv_row(struct ln_csv *csv);

#endif
