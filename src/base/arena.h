/* An arena: one large block that is mapped once, handed out from the front, and unmapped as a whole.
 *
 * It is page-aligned, asks for huge pages (madvise), and is touched before it is used, so that a training
 * step has no page faults. Under AddressSanitizer a poisoned redzone follows every slice.
 */
#ifndef LN_BASE_ARENA_H
#define LN_BASE_ARENA_H

#include "base/status.h"
#include <stdbool.h>

enum { LN_ARENA_ALIGN = 64 }; /* bytes, of every slice: a cache line, an AVX-512 register */

struct ln_arena {
    unsigned char *base;
    size_t size; /* bytes that can be handed out */
    size_t used;
    size_t mapped; /* bytes mapped */
    bool touched;
};

/* The bytes that a slice of `size` takes in an arena, alignment and redzone included. */
size_t ln_arena_slice_bytes(size_t size);
/* The bytes that an arena of `size` maps: whole pages, huge ones if it is large. */
size_t ln_arena_mapped_bytes(size_t size);

/* `size` is a sum of ln_arena_slice_bytes. The memory is zeroed. LINNET_ERR_LIMIT if the system has less.
 * ln_arena_reserve maps addresses, which take no memory before ln_arena_touch; ln_arena_init does both. */
LN_MUST_CHECK int ln_arena_init(struct ln_arena *arena, size_t size);
LN_MUST_CHECK int ln_arena_reserve(struct ln_arena *arena, size_t size);
/* Makes all pages present, with the compute threads. A second call does nothing. */
LN_MUST_CHECK int ln_arena_touch(struct ln_arena *arena);
/* A slice, LN_ARENA_ALIGN aligned. The arena was sized by its owner: running out is a bug (asserted). */
void *ln_arena_take(struct ln_arena *arena, size_t size);
/* Returns the pages to the system. Addresses and slices stay valid: they read as zeros, and a write allocates the
 * page again. */
void ln_arena_release(struct ln_arena *arena);
/* Takes all slices back and keeps the memory; its contents stay. */
void ln_arena_empty(struct ln_arena *arena);
void ln_arena_fini(struct ln_arena *arena); /* NULL-safe, also on a zeroed struct */

#endif
