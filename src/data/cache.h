/* A cache of samples: their prepared pixels, and notes about files that cannot be read or are damaged. Pixels are kept
 * from epoch to epoch as long as there is room, notes always.
 *
 *     ln_cache_hold(cache);
 *     const struct ln_prepared *kept = ln_cache_find(cache, index);
 *     if (!kept) {
 *         ln_cache_release(cache);
 *         ... read and prepare the sample, or note why it cannot be read ...
 *         ln_cache_hold(cache);
 *         kept = ln_cache_keep(cache, index, &sample);  NULL: no room, the caller still owns the sample
 *     }
 *     ... use it ...
 *     ln_cache_release(cache);
 *
 * Samples are kept in the order in which they arrive, and none is evicted for another. Evicting the least recently used one,
 * as usual, would gain nothing: each image is used once per epoch, so the image used longest ago is needed next. Where memory
 * runs short the cache shrinks (data/shortage.h). Safe to use from several threads.
 */
#ifndef LN_DATA_CACHE_H
#define LN_DATA_CACHE_H

#include "base/file.h"
#include "data/transform.h"

struct ln_cache;

enum ln_note_kind {
    LN_NOTE_FAILURE, /* the file cannot be read, until its stamp changes */
    LN_NOTE_LOSS,    /* the file could not be read, for a reason that may be temporary */
    LN_NOTE_DAMAGE,  /* the picture is used although its decoder reported damage */
};

/* Bytes of a kept sample besides its pixels: the struct and the overhead of the heap. */
enum { LN_CACHE_OVERHEAD = sizeof(struct ln_prepared) + 64 };

/* For samples 0 .. count - 1. bytes: room for pixels and LN_CACHE_OVERHEAD per sample; 0: no pixels are kept. */
LN_MUST_CHECK int ln_cache_create(struct ln_cache **cache, size_t count, size_t bytes);
void ln_cache_destroy(struct ln_cache *cache); /* NULL is allowed */

/* Samples that are found or kept between these two calls stay valid. Any number of threads may hold a cache, but
 * none may hold it twice. */
void ln_cache_hold(struct ln_cache *cache);
void ln_cache_release(struct ln_cache *cache);

/* NULL if the sample is not kept. */
const struct ln_prepared *ln_cache_find(const struct ln_cache *cache, uint32_t index);
/* Moves the sample into the cache. If there is no room or another thread was first, returns NULL and leaves the sample
 * to the caller. */
const struct ln_prepared *ln_cache_keep(struct ln_cache *cache, uint32_t index, struct ln_prepared *sample);

/* Adds a note, unless the newest one of its kind has the same stamp. LINNET_ERR_LIMIT if memory runs out. */
LN_MUST_CHECK int ln_cache_note(struct ln_cache *cache, uint32_t index, enum ln_note_kind kind,
                                const struct ln_error *error, const struct ln_file_stamp *stamp);
/* Finds the newest note of a kind; returns false if there is none. error and stamp may be NULL. */
bool ln_cache_noted(const struct ln_cache *cache, uint32_t index, enum ln_note_kind kind,
                    struct ln_error *error, struct ln_file_stamp *stamp);

size_t ln_cache_bytes(const struct ln_cache *cache); /* bytes in use */
/* Drops samples until `bytes` are freed or none is left, and leaves no room for others. Waits until no thread holds
 * the cache. Returns the bytes freed. */
size_t ln_cache_shrink(struct ln_cache *cache, size_t bytes);
/* After ln_cache_shrink: makes room for `bytes` more, up to the size that the cache was created with. */
void ln_cache_grow(struct ln_cache *cache, size_t bytes);

#endif
