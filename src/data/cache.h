/* What became of each sample: its prepared pixels, or why they can't be had. Found out once, and kept for the
 * epochs to come: pixels as long as there is room, reasons always.
 *
 *     const struct ln_kept *kept = ln_cache_find(cache, index);
 *     if (!kept) {
 *         ... read and prepare the sample, or fail ...
 *         kept = ln_cache_keep(cache, index, &sample);         NULL: no room, the sample is still the
 * caller's
 *     }
 *
 * First come, first kept; nothing is thrown out: in an epoch every image is wanted once, so that what was
 * wanted last is what will be wanted last again. Safe from several threads, without a lock.
 */
#ifndef LN_DATA_CACHE_H
#define LN_DATA_CACHE_H

#include "data/transform.h"

struct ln_kept {
    struct ln_prepared sample; /* no pixels where there is a reason */
    struct ln_failure *failure;
};

struct ln_cache;

/* Bytes that a kept sample costs beside its pixels: itself, and what the heap adds. */
enum { LN_CACHE_OVERHEAD = sizeof(struct ln_kept) + 64 };

/* For samples 0 .. count - 1, and so many bytes of pixels (0: none are kept). */
LN_MUST_CHECK int ln_cache_create(struct ln_cache **cache, size_t count, size_t bytes);
void ln_cache_destroy(struct ln_cache *cache); /* NULL is fine */

/* NULL: not known. What was found stays as it is until the cache is destroyed. */
const struct ln_kept *ln_cache_find(const struct ln_cache *cache, uint32_t index);
/* Moves the sample in. NULL, and the sample untouched, where there is no room, or another thread was first.
 */
const struct ln_kept *ln_cache_keep(struct ln_cache *cache, uint32_t index, struct ln_prepared *sample);
/* Keeps this thread's error record as the reason, and clears it. LINNET_ERR_LIMIT without memory. */
LN_MUST_CHECK int ln_cache_keep_failure(struct ln_cache *cache, uint32_t index);
/* The reason as it was recorded. */
void ln_kept_error(const struct ln_kept *kept, struct ln_error *error);

size_t ln_cache_bytes(const struct ln_cache *cache); /* of the room, taken */

#endif
