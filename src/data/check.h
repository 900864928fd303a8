/* What there is to say about a data set: unreadable images, sizes, twins, and what leaks from one part into
 * another. */
#ifndef LN_DATA_CHECK_H
#define LN_DATA_CHECK_H

#include "data/dataset.h"

/* has_parts: the parts are wanted, not just the default split. See linnet_data_check. */
LN_MUST_CHECK int ln_check_run(struct linnet_check **check, const struct ln_dataset *ds, bool has_parts,
                               const struct linnet_check_opts *opts);
void ln_check_free(struct linnet_check *check);

#endif
