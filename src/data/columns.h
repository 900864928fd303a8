/* Which column of a CSV is the path, which the label, which the part: by the header's names, in any order and
 * among others; without a header by place.
 */
#ifndef LN_DATA_COLUMNS_H
#define LN_DATA_COLUMNS_H

#include "data/csv.h"
#include <linnet/linnet.h>
#include <stdbool.h>

enum ln_column { LN_COLUMN_PATH, LN_COLUMN_LABEL, LN_COLUMN_PART, LN_COLUMNS };

struct ln_columns {
    int at[LN_COLUMNS]; /* -1: there is none */
    int count;          /* of fields in every row */
};

/* The columns as the row at hand, the first, names them. */
void ln_columns_read(struct ln_columns *columns, const struct ln_csv *csv);
/* LINNET_ERR_INPUT "list-columns" where the row at hand has another number of fields than the first. */
LN_MUST_CHECK int ln_columns_check(const struct ln_columns *columns, const struct ln_csv *csv);
/* The row's field; "" where there is no such column. */
const char *ln_columns_field(const struct ln_columns *columns, const struct ln_csv *csv, enum ln_column c);
/* The row's part, 0 where it is left empty. LINNET_ERR_INPUT "list-part" for a word that is none. */
LN_MUST_CHECK int ln_columns_part(const struct ln_columns *columns, const struct ln_csv *csv,
                                  enum linnet_part *part);

#endif
