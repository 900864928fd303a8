/* The arena: mmap, huge pages, pages touched before the first step. */
#include "base/arena.h"
#include "base/memory.h"
#include "base/size.h"
#include <assert.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
enum { REDZONE = LN_ARENA_ALIGN };
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
enum { REDZONE = 0 };
#endif

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; older kernels answer EINVAL */
#endif

enum { HUGE_PAGE = 2 << 20, PIECE = 16 << 20 };

size_t ln_arena_slice_bytes(size_t size) {
    return ln_size_align(size, LN_ARENA_ALIGN) + REDZONE;
}

/* Maps `size` bytes aligned to `align`: maps more than needed, then unmaps both ends. */
static unsigned char *map_aligned(size_t size, size_t align) {
    unsigned char *raw = mmap(NULL, size + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED) return NULL;
    size_t head = ln_size_align((uintptr_t)raw, align) - (uintptr_t)raw;
    if (head) munmap(raw, head);
    if (align - head) munmap(raw + head + size, align - head);
    return raw + head;
}

/* Makes every page present; false if the system has too few. */
static bool pages_touch(unsigned char *base, size_t size, size_t page) {
    if (madvise(base, size, MADV_POPULATE_WRITE) == 0) return true;
    if (errno == ENOMEM || errno == EFAULT) return false;
    for (size_t at = 0; at < size; at += page) ((volatile unsigned char *)base)[at] = 0;
    return true;
}

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The size of the arena's pages. */
static size_t alignment(size_t size) {
    return size >= HUGE_PAGE ? HUGE_PAGE : page_size();
}

size_t ln_arena_mapped_bytes(size_t size) {
    return ln_size_align(size ? size : 1, alignment(size));
}

int ln_arena_reserve(struct ln_arena *arena, size_t size) {
    *arena = (struct ln_arena){.size = size};
    /* Linux overcommits: mmap would succeed, and the kernel would kill the process at the first touch. */
    if (size > SIZE_MAX / 4 || size > ln_memory_available()) return ln_fail_memory(size);
    size_t mapped = ln_arena_mapped_bytes(size);
    unsigned char *base = map_aligned(mapped, alignment(size));
    if (!base) return ln_fail_memory(size);
    madvise(base, mapped, MADV_HUGEPAGE); /* a hint: a kernel without huge pages is only slower */
    ASAN_POISON_MEMORY_REGION(base, mapped);
    arena->base = base;
    arena->mapped = mapped;
    return LINNET_OK;
}

int ln_arena_touch(struct ln_arena *arena) {
    if (arena->touched) return LINNET_OK;
    size_t page = page_size(), failed = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed) if (arena->mapped > 4 * PIECE)
    for (size_t at = 0; at < arena->mapped; at += PIECE) {
        size_t left = arena->mapped - at;
        failed += !pages_touch(arena->base + at, left < PIECE ? left : PIECE, page);
    }
    arena->touched = failed == 0;
    return failed ? ln_fail_memory(arena->size) : LINNET_OK;
}

int ln_arena_init(struct ln_arena *arena, size_t size) {
    LN_TRY(ln_arena_reserve(arena, size));
    int status = ln_arena_touch(arena);
    if (status != LINNET_OK) ln_arena_fini(arena);
    return status;
}

void *ln_arena_take(struct ln_arena *arena, size_t size) {
    size_t bytes = ln_arena_slice_bytes(size);
    assert(arena->base && ln_size_slice(arena->size, arena->used, bytes));
    unsigned char *slice = arena->base + arena->used;
    arena->used += bytes;
    ASAN_UNPOISON_MEMORY_REGION(slice, size);
    return slice;
}

void ln_arena_release(struct ln_arena *arena) {
    if (arena->base && madvise(arena->base, arena->mapped, MADV_DONTNEED) == 0) arena->touched = false;
}

void ln_arena_empty(struct ln_arena *arena) {
    if (arena->base) ASAN_POISON_MEMORY_REGION(arena->base, arena->mapped);
    arena->used = 0;
}

void ln_arena_fini(struct ln_arena *arena) {
    if (!arena) return;
    if (arena->base) {
        ASAN_UNPOISON_MEMORY_REGION(arena->base, arena->mapped);
        munmap(arena->base, arena->mapped);
    }
    *arena = (struct ln_arena){0};
}
