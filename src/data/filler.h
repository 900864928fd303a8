/* How a row of a batch is filled: its sample is read or taken from the cache, then transformed. If the sample cannot be
 * read, another one may take its place.
 *
 * Which image comes to which place depends on the epoch's order and on which images can be read, and so does what it
 * looks like there. Who fills the row, when, and what was cached, makes no difference.
 */
#ifndef LN_DATA_FILLER_H
#define LN_DATA_FILLER_H

#include "data/cache.h"
#include "data/dataset.h"
#include "data/transform.h"
#include <stdatomic.h>

/* Samples whose files could not be read for a reason that may pass, or are gone. Many of them at once are not bad
 * images: the drive is gone. */
struct ln_losses {
    atomic_size_t places; /* of this epoch, lost */
    atomic_size_t streak; /* files lost in a row, without one that could be read between them */
};

struct ln_filler {
    const struct ln_dataset *ds;
    struct ln_transform transform;
    struct ln_cache *cache; /* NULL if the samples are not files */
    struct ln_losses *losses;
    const uint32_t *order; /* [count] into the samples: this epoch's */
    size_t count;
    uint64_t seed;
    uint32_t epoch;
    bool
        refill; /* a place whose image cannot be read goes to the next in the order that can be read (after the last
                    comes the first), changed at random as the place's own would have been; else its row stays as it
                    is */
    bool strict; /* an image that cannot be read, or is damaged, is a failure */
};

struct ln_row {
    float *image; /* [ln_transform_floats()] */
    int32_t *label;
    uint32_t *index; /* into the samples: whose image it is */
    bool *bad;       /* the place's own image cannot be read; a note in the cache has the reason */
};

/* An image that cannot be read is no failure, unless strict. LINNET_ERR_INPUT "data-unreadable" if no image can be
 * read; LINNET_ERR_IO "data-lost" if too many files have gone. */
LN_MUST_CHECK int ln_filler_fill(const struct ln_filler *filler, size_t place, const struct ln_row *row);
/* Records that no image can be read. */
int ln_filler_fail(const struct ln_filler *filler);

#endif
