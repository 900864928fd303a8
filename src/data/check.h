/* The findings of `linnet check`: unreadable images, sizes, duplicates, and images that leak from one part
 * into another. */
#ifndef LN_DATA_CHECK_H
#define LN_DATA_CHECK_H

#include "data/dataset.h"

/* has_parts: report the parts; false if no split was requested and the parts are the default. See linnet_data_check. */
LN_MUST_CHECK int ln_check_run(struct linnet_check **check, const struct ln_dataset *ds, bool has_parts,
                               const struct linnet_check_opts *opts);
void ln_check_free(struct linnet_check *check);

#endif
