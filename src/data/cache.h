/* What became of each sample: its prepared pixels, and what is to be said about its file. Pixels are kept from epoch to
 * epoch as long as there is room, notes always.
 *
 *     const struct ln_prepared *kept = ln_cache_find(cache, index);
 *     if (!kept) {
 *         ... read and prepare the sample, or note why it cannot be read ...
 *         kept = ln_cache_keep(cache, index, &sample);  NULL: no room, the caller still owns the sample
 *     }
 *
 * First come, first kept; nothing is evicted: each image is used once an epoch, so the image used last is also the one
 * that is needed last. Safe from several threads, without a lock.
 */
#ifndef LN_DATA_CACHE_H
#define LN_DATA_CACHE_H

#include "base/file.h"
#include "data/transform.h"

struct ln_cache;

enum ln_note_kind {
    LN_NOTE_FAILURE, /* the file cannot be read as long as it has this stamp */
    LN_NOTE_LOSS,    /* the file could not be read when it was tried, which may have passed */
    LN_NOTE_DAMAGE,  /* the picture is used, but its decoder complained */
};

/* Bytes that a kept sample costs beside its pixels: itself, and what the heap adds. */
enum { LN_CACHE_OVERHEAD = sizeof(struct ln_prepared) + 64 };

/* For samples 0 .. count - 1, and so many bytes of pixels (0: none are kept). */
LN_MUST_CHECK int ln_cache_create(struct ln_cache **cache, size_t count, size_t bytes);
void ln_cache_destroy(struct ln_cache *cache); /* NULL is fine */

/* NULL: not kept. What is found stays as it is until the cache is destroyed. */
const struct ln_prepared *ln_cache_find(const struct ln_cache *cache, uint32_t index);
/* Moves the sample in. NULL, and the sample untouched, if there is no room or another thread was first. */
const struct ln_prepared *ln_cache_keep(struct ln_cache *cache, uint32_t index, struct ln_prepared *sample);

/* Adds a note, unless the newest of its kind has the same stamp. LINNET_ERR_LIMIT without memory. */
LN_MUST_CHECK int ln_cache_note(struct ln_cache *cache, uint32_t index, enum ln_note_kind kind,
                                const struct ln_error *error, const struct ln_file_stamp *stamp);
/* The newest note of a kind; false if there is none. error and stamp may be NULL. */
bool ln_cache_noted(const struct ln_cache *cache, uint32_t index, enum ln_note_kind kind,
                    struct ln_error *error, struct ln_file_stamp *stamp);

size_t ln_cache_bytes(const struct ln_cache *cache); /* of the room, taken */

#endif
