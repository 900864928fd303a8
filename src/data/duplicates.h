/* Duplicates within a data set: images with the same bytes, and images that look nearly the same
 * (image/phash.h). */
#ifndef LN_DATA_DUPLICATES_H
#define LN_DATA_DUPLICATES_H

#include "data/inspect.h"

struct ln_duplicates {
    uint32_t *same;  /* [count] the first sample with the same bytes: the sample itself if there is no
                        earlier one */
    uint32_t *group; /* [count] the first sample of its group. Near-identity is extended transitively: if a
                        is near b and b is near c, all three form one group. */
};

LN_MUST_CHECK int ln_duplicates_find(struct ln_duplicates *duplicates, const struct ln_dataset *ds,
                                     const struct ln_inspection *inspection);
void ln_duplicates_fini(struct ln_duplicates *duplicates);
/* Fills ds->groups. */
LN_MUST_CHECK int ln_duplicates_group(struct ln_dataset *ds, const struct ln_inspection *inspection);

#endif
