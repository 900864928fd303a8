/* Comma-separated values (RFC 4180), row by row, from a text in memory that is cut up in place.
 *
 *     struct ln_csv csv = {.path = path, .at = text, .end = text + size};
 *     while ((status = ln_csv_row(&csv)) == LINNET_OK && csv.count > 0) use(csv.fields[0], csv.line);
 *
 * Fields may be quoted, with "" for a quote and ends of lines inside; lines end in \n or \r\n; a UTF-8 byte
 * order mark and empty lines are passed over.
 */
#ifndef LN_DATA_CSV_H
#define LN_DATA_CSV_H

#include "base/status.h"
#include <stddef.h>

enum { LN_CSV_FIELDS = 256 };

struct ln_csv {
    const char *path; /* for messages */
    char *at, *end;   /* what is left; *end is a NUL of the text's own */
    size_t line;      /* where the row begins, from 1 */
    size_t next_line;
    char *fields[LN_CSV_FIELDS]; /* [count] the row's, NUL-terminated, in the text */
    int count;                   /* 0: there are no more rows */
};

/* LINNET_ERR_INPUT "csv-...": a quote that does not end or is in the middle, a NUL, more than LN_CSV_FIELDS
 * fields. */
LN_MUST_CHECK int ln_csv_row(struct ln_csv *csv);

#endif
