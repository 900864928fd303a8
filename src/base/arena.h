/* An arena: one large block, taken from the system once, handed out from the front, given back whole.
 *
 * Page-aligned, with huge pages asked for (madvise), and touched before it is worked in, so that the steady
 * state has no page faults. Under AddressSanitizer every slice is followed by a poisoned redzone.
 */
#ifndef LN_BASE_ARENA_H
#define LN_BASE_ARENA_H

#include "base/status.h"
#include <stdbool.h>

enum { LN_ARENA_ALIGN = 64 }; /* of every slice: a cache line, an AVX-512 register */

struct ln_arena {
    unsigned char *base;
    size_t size; /* bytes that can be handed out */
    size_t used;
    size_t mapped; /* bytes mapped */
    bool touched;
};

/* The bytes that a slice of `size` takes in an arena, alignment and redzone included. */
size_t ln_arena_slice_bytes(size_t size);

/* `size` is a sum of ln_arena_slice_bytes; zeroed. LINNET_ERR_LIMIT where the system has not that much.
 * ln_arena_reserve takes addresses, and no memory before ln_arena_touch; the other is both at once. */
LN_MUST_CHECK int ln_arena_init(struct ln_arena *arena, size_t size);
LN_MUST_CHECK int ln_arena_reserve(struct ln_arena *arena, size_t size);
/* All of its pages made present, by as many threads as compute. Once is enough. */
LN_MUST_CHECK int ln_arena_touch(struct ln_arena *arena);
/* A slice, LN_ARENA_ALIGN aligned. The arena was sized by its owner: running out is a bug (asserted). */
void *ln_arena_take(struct ln_arena *arena, size_t size);
/* All slices given back, the memory kept; what they held stays as it is. */
void ln_arena_empty(struct ln_arena *arena);
void ln_arena_fini(struct ln_arena *arena); /* NULL-safe, also on a zeroed struct */

#endif
