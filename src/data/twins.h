/* Twins: images that are the same, byte by byte or nearly (image/phash.h), among many. */
#ifndef LN_DATA_TWINS_H
#define LN_DATA_TWINS_H

#include "data/look.h"

struct ln_twins {
    uint32_t *same;  /* [count] the first sample with the same bytes; itself where it is that */
    uint32_t *group; /* [count] the first sample of those that are the same or near-identical, in any number
                        of steps from one to the next */
};

LN_MUST_CHECK int ln_twins_find(struct ln_twins *twins, const struct ln_dataset *ds,
                                const struct ln_looks *looks);
void ln_twins_fini(struct ln_twins *twins);
/* ds->groups. */
LN_MUST_CHECK int ln_twins_group(struct ln_dataset *ds, const struct ln_looks *looks);

#endif
