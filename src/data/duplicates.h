/* Twins: images that are the same, byte by byte or nearly (image/phash.h), among many. */
#ifndef LN_DATA_DUPLICATES_H
#define LN_DATA_DUPLICATES_H

#include "data/inspect.h"

struct ln_duplicates {
    uint32_t *same;  /* [count] the first sample with the same bytes; itself where it is that */
    uint32_t *group; /* [count] the first sample of those that are the same or near-identical, in any number
                        of steps from one to the next */
};

LN_MUST_CHECK int ln_duplicates_find(struct ln_duplicates *duplicates, const struct ln_dataset *ds,
                                     const struct ln_inspection *inspection);
void ln_duplicates_fini(struct ln_duplicates *duplicates);
/* ds->groups. */
LN_MUST_CHECK int ln_duplicates_group(struct ln_dataset *ds, const struct ln_inspection *inspection);

#endif
