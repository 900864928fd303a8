/* Two tables of pointers, both changed only by compare-and-swap: samples, and lists of notes, which only grow. The
 * remaining room is reserved in the same way. Holders of the cache share the lock; shrinking and growing take it
 * exclusively. */
#include "data/cache.h"
#include "base/alloc.h"
#include "base/memory.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct note {
    struct note *next; /* the previous note about the sample */
    enum ln_note_kind kind;
    struct ln_file_stamp stamp;
    int status;
    char code[LN_ERROR_CODE_MAX];
    char text[];
};

struct ln_cache {
    size_t count;
    size_t most; /* bytes that it was created with */
    pthread_rwlock_t lock;
    atomic_size_t bytes, left;
    _Atomic(struct ln_prepared *) *kept; /* [count] */
    _Atomic(struct note *) *notes;       /* [count] newest first */
};

/* By default a steady stream of readers keeps the writer out. These calls cannot fail on Linux. */
static void make_lock(pthread_rwlock_t *lock) {
    pthread_rwlockattr_t fair;
    pthread_rwlockattr_init(&fair);
    pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &fair);
    pthread_rwlockattr_destroy(&fair);
}

int ln_cache_create(struct ln_cache **out, size_t count, size_t bytes) {
    struct ln_cache *cache = ln_calloc(1, sizeof *cache);
    *out = cache;
    if (!cache) return LINNET_ERR_LIMIT;
    cache->count = count;
    cache->most = bytes;
    make_lock(&cache->lock);
    cache->kept = ln_calloc(count, sizeof *cache->kept); /* zeros are null pointers */
    cache->notes = ln_calloc(count, sizeof *cache->notes);
    atomic_init(&cache->bytes, bytes);
    atomic_init(&cache->left, bytes);
    if (cache->kept && cache->notes) return LINNET_OK;
    ln_cache_destroy(cache);
    *out = NULL;
    return LINNET_ERR_LIMIT;
}

static void prepared_free(struct ln_prepared *sample) {
    if (sample) ln_image_fini(&sample->image);
    ln_free(sample);
}

static void notes_free(struct note *note) {
    while (note) {
        struct note *next = note->next;
        ln_free(note);
        note = next;
    }
}

void ln_cache_destroy(struct ln_cache *cache) {
    if (!cache) return;
    for (size_t i = 0; cache->kept && i < cache->count; i++) prepared_free(atomic_load(&cache->kept[i]));
    for (size_t i = 0; cache->notes && i < cache->count; i++) notes_free(atomic_load(&cache->notes[i]));
    pthread_rwlock_destroy(&cache->lock);
    ln_free(cache->kept);
    ln_free(cache->notes);
    ln_free(cache);
}

/* ---- samples ------------------------------------------------------------------------------------------- */

void ln_cache_hold(struct ln_cache *cache) {
    pthread_rwlock_rdlock(&cache->lock);
}

void ln_cache_release(struct ln_cache *cache) {
    pthread_rwlock_unlock(&cache->lock);
}

const struct ln_prepared *ln_cache_find(const struct ln_cache *cache, uint32_t index) {
    return atomic_load_explicit(&cache->kept[index], memory_order_acquire);
}

static size_t bytes_of(const struct ln_prepared *sample) {
    const struct ln_image *image = &sample->image;
    return LN_CACHE_OVERHEAD + (size_t)image->width * (size_t)image->height * (size_t)image->channels;
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

/* False if another thread has kept this sample already. */
static bool publish(struct ln_cache *cache, uint32_t index, struct ln_prepared *kept) {
    struct ln_prepared *expected = NULL;
    return atomic_compare_exchange_strong_explicit(&cache->kept[index], &expected, kept, memory_order_release,
                                                   memory_order_relaxed);
}

const struct ln_prepared *ln_cache_keep(struct ln_cache *cache, uint32_t index, struct ln_prepared *sample) {
    const size_t bytes = bytes_of(sample);
    if (!room_take(cache, bytes)) return NULL;
    struct ln_prepared *kept = ln_alloc(sizeof *kept);
    if (kept) *kept = *sample;
    if (kept && publish(cache, index, kept)) {
        sample->image = (struct ln_image){0};
        return kept;
    }
    if (!kept) ln_error_clear(); /* out of memory counts as no room */
    ln_free(kept);
    room_give(cache, bytes);
    return NULL;
}

size_t ln_cache_bytes(const struct ln_cache *cache) {
    return atomic_load_explicit(&cache->bytes, memory_order_relaxed) -
           atomic_load_explicit(&cache->left, memory_order_relaxed);
}

size_t ln_cache_shrink(struct ln_cache *cache, size_t bytes) {
    size_t dropped = 0;
    pthread_rwlock_wrlock(&cache->lock);
    for (size_t i = cache->count; i > 0 && dropped < bytes; i--) {
        struct ln_prepared *sample = atomic_exchange(&cache->kept[i - 1], NULL);
        if (sample) dropped += bytes_of(sample);
        prepared_free(sample);
    }
    atomic_store(&cache->bytes, ln_cache_bytes(cache) - dropped);
    atomic_store(&cache->left, 0);
    pthread_rwlock_unlock(&cache->lock);
    ln_memory_trim();
    return dropped;
}

void ln_cache_grow(struct ln_cache *cache, size_t bytes) {
    pthread_rwlock_wrlock(&cache->lock);
    const size_t now = atomic_load(&cache->bytes), room = cache->most - now,
                 more = bytes < room ? bytes : room;
    atomic_store(&cache->bytes, now + more);
    atomic_fetch_add(&cache->left, more);
    pthread_rwlock_unlock(&cache->lock);
}

/* ---- notes --------------------------------------------------------------------------------------------- */

static const struct note *find_note(const struct ln_cache *cache, uint32_t index, enum ln_note_kind kind) {
    const struct note *note = atomic_load_explicit(&cache->notes[index], memory_order_acquire);
    while (note && note->kind != kind) note = note->next;
    return note;
}

static struct note *note_create(enum ln_note_kind kind, const struct ln_error *error,
                                const struct ln_file_stamp *stamp) {
    const size_t size = strlen(error->text) + 1;
    struct note *note = ln_alloc(sizeof *note + size);
    if (!note) return NULL;
    *note = (struct note){.kind = kind, .stamp = *stamp, .status = error->status};
    memcpy(note->code, error->code, sizeof note->code);
    memcpy(note->text, error->text, size);
    return note;
}

int ln_cache_note(struct ln_cache *cache, uint32_t index, enum ln_note_kind kind,
                  const struct ln_error *error, const struct ln_file_stamp *stamp) {
    const struct note *known = find_note(cache, index, kind);
    if (known && ln_file_stamp_equals(&known->stamp, stamp)) return LINNET_OK;
    struct note *note = note_create(kind, error, stamp);
    if (!note) return LINNET_ERR_LIMIT;
    note->next = atomic_load_explicit(&cache->notes[index], memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&cache->notes[index], &note->next, note,
                                                  memory_order_acq_rel, memory_order_acquire)) {}
    return LINNET_OK;
}

bool ln_cache_noted(const struct ln_cache *cache, uint32_t index, enum ln_note_kind kind,
                    struct ln_error *error, struct ln_file_stamp *stamp) {
    const struct note *note = find_note(cache, index, kind);
    if (!note) return false;
    if (stamp) *stamp = note->stamp;
    if (!error) return true;
    *error = (struct ln_error){.status = note->status};
    memcpy(error->code, note->code, sizeof error->code);
    snprintf(error->text, sizeof error->text, "%s", note->text);
    /* The list of skipped images is English in every language. */
    memcpy(error->translated, error->text, sizeof error->text);
    return true;
}
