/* Memory that runs out: every allocation from the n-th on fails, as on a machine without free memory. ln_alloc_fail_at fails only
 * one call, so a caller that ignores the failure could still succeed. */
#ifndef TESTS_UNIT_BASE_SHORT_MEMORY_H
#define TESTS_UNIT_BASE_SHORT_MEMORY_H

#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>

/* State of the allocator below: how many more calls succeed. */
struct short_memory {
    _Atomic int64_t left;
};

static inline void *short_alloc(void *user, size_t size) {
    struct short_memory *memory = user;
    return atomic_fetch_sub(&memory->left, 1) > 0 ? malloc(size) : NULL;
}

static inline void *short_realloc(void *user, void *block, size_t size) {
    struct short_memory *memory = user;
    return atomic_fetch_sub(&memory->left, 1) > 0 ? realloc(block, size) : NULL;
}

static inline void short_free(void *user, void *block) {
    free(block);
}

/* The n-th call from now and every later one fail, until short_memory_end(). Existing blocks stay valid. */
static inline void short_memory_begin(struct short_memory *memory, int64_t n) {
    memory->left = n - 1;
    ln_alloc_replace(&(struct linnet_allocator){short_alloc, short_realloc, short_free, memory});
}

/* Returns true if at least one call failed. */
static inline bool short_memory_end(struct short_memory *memory) {
    ln_alloc_replace(NULL);
    return memory->left < 0;
}

#endif
