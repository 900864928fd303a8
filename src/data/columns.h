/* Which columns of a CSV hold the path, the label and the part. A header may name them in any order and among
 * other columns; without a header, their positions decide. */
#ifndef LN_DATA_COLUMNS_H
#define LN_DATA_COLUMNS_H

#include "data/csv.h"
#include <linnet/linnet.h>
#include <stdbool.h>

enum ln_column { LN_COLUMN_PATH, LN_COLUMN_LABEL, LN_COLUMN_PART, LN_COLUMNS };

struct ln_columns {
    int at[LN_COLUMNS]; /* column number, -1 if there is none */
    int count;          /* fields in every row */
};

/* Reads the current row, the first, as a header. */
void ln_columns_read(struct ln_columns *columns, const struct ln_csv *csv);
/* LINNET_ERR_INPUT "list-columns" if the current row has a different number of fields than the first. */
LN_MUST_CHECK int ln_columns_check(const struct ln_columns *columns, const struct ln_csv *csv);
/* The field of the current row; "" if there is no such column. */
const char *ln_columns_field(const struct ln_columns *columns, const struct ln_csv *csv, enum ln_column c);
/* The part of the current row, 0 if the field is empty. LINNET_ERR_INPUT "list-part" for any other word. */
LN_MUST_CHECK int ln_columns_part(const struct ln_columns *columns, const struct ln_csv *csv,
                                  enum linnet_part *part);

#endif
