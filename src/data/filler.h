/* How a row of a batch is filled: the sample read or remembered, then transformed; where it can't be read,
 * another in its place.
 *
 * Which image comes to which place is settled by the epoch's order and by which images can be read, and so is
 * what it looks like there. Who fills the row, when, and what was remembered, makes no difference.
 */
#ifndef LN_DATA_FILLER_H
#define LN_DATA_FILLER_H

#include "data/cache.h"
#include "data/dataset.h"
#include "data/transform.h"

struct ln_filler {
    const struct ln_dataset *ds;
    struct ln_transform transform;
    struct ln_cache *cache; /* NULL where the samples are no files */
    const uint32_t *order;  /* [count] into the samples: this epoch's */
    size_t count;
    uint64_t seed;
    uint32_t epoch;
    bool refill; /* a place whose image can't be read goes to the next in the order (after the last comes the
                    first) that can, changed at random as the place's own would have been; else its row is
                    left alone */
    bool strict; /* an image that can't be read is a failure */
};

struct ln_row {
    float *image; /* [ln_transform_floats()] */
    int32_t *label;
    uint32_t *index; /* into the samples: whose image it is */
    bool *bad;       /* the place's own image can't be read; ln_cache_find has the reason */
};

/* What is wrong with an image is no failure, unless strict; LINNET_ERR_INPUT "data-unreadable" where no image
 * can be read. */
LN_MUST_CHECK int ln_filler_fill(const struct ln_filler *filler, size_t place, const struct ln_row *row);
/* Records that failure. */
int ln_filler_fail(const struct ln_filler *filler);

#endif
