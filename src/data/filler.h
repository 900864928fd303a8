/* Fills a row of a batch: its sample is read or taken from the cache, then transformed. If the sample cannot be read,
 * another one may take its place.
 *
 * The contents of a row depend on the order of the epoch and on which images can be read, but not on the thread that
 * fills it, on the time, or on what is cached.
 */
#ifndef LN_DATA_FILLER_H
#define LN_DATA_FILLER_H

#include "data/cache.h"
#include "data/dataset.h"
#include "data/transform.h"
#include <stdatomic.h>

/* Lost files: missing, or unreadable for a reason that may be temporary. Many of them at once mean that the drive is
 * gone, not that the images are bad. */
struct ln_losses {
    atomic_size_t places; /* places of this epoch whose own file was lost */
    atomic_size_t streak; /* files lost since the last one that could be read */
};

struct ln_filler {
    const struct ln_dataset *ds;
    struct ln_transform transform;
    struct ln_cache *cache; /* NULL if the samples are not files */
    struct ln_losses *losses;
    const uint32_t *order;   /* [count] indices of the samples, in the order of this epoch */
    const uint32_t *repeats; /* [count] how often the sample came before in this epoch; NULL: never */
    size_t count;
    uint64_t seed;
    uint32_t epoch;
    /* If the image of a place cannot be read, the next readable one in the order (cyclically) takes its place, with
     * the random choices of that place. Without refill the row is left unchanged. */
    bool refill;
    bool strict; /* an unreadable or damaged image is a failure */
};

struct ln_row {
    float *image; /* [ln_transform_floats()] */
    int32_t *label;
    uint32_t *index; /* the sample that the image shows */
    bool *bad;       /* the image of this place cannot be read; a note in the cache has the reason */
};

/* An unreadable image is not a failure unless filler->strict. LINNET_ERR_INPUT "data-unreadable" if no image can be read;
 * LINNET_ERR_IO "data-lost" if too many files are lost. */
LN_MUST_CHECK int ln_filler_fill(const struct ln_filler *filler, size_t place, const struct ln_row *row);
/* Records the error that no image can be read, and returns its status. */
int ln_filler_fail(const struct ln_filler *filler);

#endif
