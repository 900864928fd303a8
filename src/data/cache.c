/* A table of pointers, each set once by compare and swap; and the room that is left, taken likewise. */
#include "data/cache.h"
#include "base/alloc.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct ln_cache {
    size_t count, bytes;
    atomic_size_t left;
    _Atomic(struct ln_kept *) kept[]; /* [count] */
};

struct ln_failure {
    int status;
    char code[LN_ERROR_CODE_MAX];
    char text[];
};

int ln_cache_create(struct ln_cache **out, size_t count, size_t bytes) {
    const size_t head = sizeof(struct ln_cache) / sizeof(struct ln_kept *) + 1;
    struct ln_cache *cache = ln_calloc(head + count, sizeof(struct ln_kept *));
    *out = cache;
    if (!cache) return LINNET_ERR_LIMIT;
    cache->count = count;
    cache->bytes = bytes;
    atomic_init(&cache->left, bytes);
    for (size_t i = 0; i < count; i++) atomic_init(&cache->kept[i], NULL);
    return LINNET_OK;
}

static void kept_free(struct ln_kept *kept) {
    if (!kept) return;
    ln_image_fini(&kept->sample.image);
    ln_free(kept->failure);
    ln_free(kept);
}

void ln_cache_destroy(struct ln_cache *cache) {
    for (size_t i = 0; cache && i < cache->count; i++) kept_free(atomic_load(&cache->kept[i]));
    ln_free(cache);
}

const struct ln_kept *ln_cache_find(const struct ln_cache *cache, uint32_t index) {
    return atomic_load_explicit(&cache->kept[index], memory_order_acquire);
}

static bool room_take(struct ln_cache *cache, size_t bytes) {
    size_t left = atomic_load_explicit(&cache->left, memory_order_relaxed);
    while (left >= bytes)
        if (atomic_compare_exchange_weak_explicit(&cache->left, &left, left - bytes, memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    return false;
}

static void room_give(struct ln_cache *cache, size_t bytes) {
    atomic_fetch_add_explicit(&cache->left, bytes, memory_order_relaxed);
}

/* False where the place is taken already. */
static bool publish(struct ln_cache *cache, uint32_t index, struct ln_kept *kept) {
    struct ln_kept *expected = NULL;
    return atomic_compare_exchange_strong_explicit(&cache->kept[index], &expected, kept, memory_order_release,
                                                   memory_order_relaxed);
}

const struct ln_kept *ln_cache_keep(struct ln_cache *cache, uint32_t index, struct ln_prepared *sample) {
    const struct ln_image *image = &sample->image;
    const size_t bytes =
        LN_CACHE_OVERHEAD + (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    if (!room_take(cache, bytes)) return NULL;
    struct ln_kept *kept = ln_alloc(sizeof *kept);
    if (kept) *kept = (struct ln_kept){.sample = *sample};
    if (kept && publish(cache, index, kept)) {
        sample->image = (struct ln_image){0};
        return kept;
    }
    if (!kept) ln_error_clear(); /* as good as no room */
    ln_free(kept);
    room_give(cache, bytes);
    return NULL;
}

int ln_cache_keep_failure(struct ln_cache *cache, uint32_t index) {
    const struct ln_error error = *ln_error_get();
    const size_t size = strlen(error.text) + 1;
    ln_error_clear();
    struct ln_kept *kept = ln_calloc(1, sizeof *kept);
    if (kept) kept->failure = ln_alloc(sizeof *kept->failure + size);
    if (!kept || !kept->failure) {
        kept_free(kept);
        return LINNET_ERR_LIMIT;
    }
    kept->failure->status = error.status;
    memcpy(kept->failure->code, error.code, sizeof error.code);
    memcpy(kept->failure->text, error.text, size);
    if (!publish(cache, index, kept)) kept_free(kept); /* another thread found out, too */
    return LINNET_OK;
}

void ln_kept_error(const struct ln_kept *kept, struct ln_error *error) {
    const struct ln_failure *failure = kept->failure;
    *error = (struct ln_error){.status = failure->status};
    memcpy(error->code, failure->code, sizeof error->code);
    snprintf(error->text, sizeof error->text, "%s", failure->text);
}

size_t ln_cache_bytes(const struct ln_cache *cache) {
    return cache->bytes - atomic_load_explicit(&cache->left, memory_order_relaxed);
}
