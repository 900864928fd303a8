/* The heap: one allocator behind every call, two counters, and a call that fails on purpose, for tests. */
#include "base/alloc.h"
#include "base/size.h"
#include "base/status.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static void *system_alloc(void *user, size_t size) {
    return malloc(size);
}

static void *system_realloc(void *user, void *block, size_t size) {
    return realloc(block, size);
}

static void system_free(void *user, void *block) {
    free(block);
}

static const struct linnet_allocator system_allocator = {system_alloc, system_realloc, system_free, NULL};
static struct linnet_allocator heap = {system_alloc, system_realloc, system_free, NULL};
static _Atomic uint64_t calls;        /* since the program began */
static _Atomic uint64_t failing_call; /* the value of `calls` that fails; 0: none */
static _Atomic int64_t live;          /* blocks handed out */

void ln_alloc_replace(const struct linnet_allocator *allocator) {
    heap = allocator ? *allocator : system_allocator;
}

static bool call_may_pass(void) {
    uint64_t call = atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1;
    return call != atomic_load_explicit(&failing_call, memory_order_relaxed);
}

/* A new block if `old` is NULL, else `old` resized. */
static void *block_take(void *old, size_t size) {
    void *block = NULL;
    if (size == 0) size = 1;
    if (call_may_pass()) block = old ? heap.realloc(heap.user, old, size) : heap.alloc(heap.user, size);
    if (!block) {
        ln_fail_memory(size);
        return NULL;
    }
    if (!old) atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return block;
}

void *ln_alloc(size_t size) {
    return block_take(NULL, size);
}

void *ln_calloc(size_t n, size_t size) {
    void *block = ln_realloc_array(NULL, n, size);
    if (block) memset(block, 0, n * size);
    return block;
}

void *ln_realloc_array(void *block, size_t n, size_t size) {
    size_t bytes;
    if (!ln_size_mul(n, size, &bytes)) {
        ln_fail_memory(SIZE_MAX);
        return NULL;
    }
    return block_take(block, bytes);
}

char *ln_strdup(const char *s) {
    size_t size = strlen(s) + 1;
    char *copy = ln_alloc(size);
    return copy ? memcpy(copy, s, size) : NULL;
}

void ln_free(void *block) {
    if (!block) return;
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    heap.free(heap.user, block);
}

void *ln_grow(void *array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) return array;
    size_t doubled = 8;
    if (*capacity && !ln_size_mul(*capacity, 2, &doubled)) doubled = SIZE_MAX;
    void *grown = ln_realloc_array(array, doubled, size);
    if (grown) *capacity = doubled;
    return grown;
}

uint64_t ln_alloc_count(void) {
    return atomic_load_explicit(&calls, memory_order_relaxed);
}

int64_t ln_alloc_live(void) {
    return atomic_load_explicit(&live, memory_order_relaxed);
}

void ln_alloc_fail_at(uint64_t n) {
    atomic_store_explicit(&failing_call, n ? ln_alloc_count() + n : 0, memory_order_relaxed);
}
