/* The loader: a ring of batch buffers that worker threads fill and the trainer empties.
 *
 * The unit of work is a chunk: a few rows of one batch, so that all workers can be on the same batch and a
 * huge photo holds up nothing but its own. Chunks are handed out in order under one lock, and never for a
 * batch whose buffer is still in use. What a chunk holds is settled by the epoch's order alone, whoever fills
 * it.
 *
 * Batch s lives in slot s % slot_count. The trainer has been given `given` batches and is done with
 * `released` of them: it may be reading batch given - 1, so that batch s can be begun once s < released +
 * slot_count.
 */
#include "data/loader.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/rng.h"
#include "base/size.h"
#include "base/threads.h"
#include "data/filler.h"
#include "data/source.h"
#include <assert.h>
#include <limits.h>
#include <string.h>

/* Floats that a chunk of in-memory images has about: enough that the lock costs nothing beside it. */
enum { CHUNK_FLOATS = 1 << 15 };

enum { CACHE_LINE = 64, PREFETCH_BYTES = 4096 };

struct slot {
    float *images;     /* [batch][channels][height][width] */
    int32_t *labels;   /* [batch] */
    uint32_t *indices; /* [batch] */
    bool *bad;         /* [batch] the row's own image can't be read */
    int step;          /* the batch that it holds; -1: none */
    int count;         /* rows that hold an image, or will */
    int pending;       /* of them, rows not filled yet */
    int bad_row;       /* the first that failed; count where none did */
    struct ln_error error;
};

struct ln_loader {
    struct ln_loader_opts opts;
    const struct ln_dataset *ds;
    const struct ln_part *part;
    struct ln_filler filler;
    struct ln_cache *cache; /* NULL where the samples are no files */
    size_t row_floats;
    int batch, chunk_rows, steps;
    struct ln_arena arena; /* holds the order and the slots' buffers */
    uint32_t *order;       /* [part->count] into the samples: this epoch's */
    struct slot *slots;    /* [slot_count] */
    int slot_count;
    pthread_t *threads; /* [thread_count] */
    int thread_count;
    uint8_t *told; /* [ds->count] 1: on_skip knows; NULL where the samples are no files */
    bool started;  /* an epoch has been */
    size_t filled; /* rows given out in this one; where it was not begun at its start, some */

    pthread_mutex_t lock;    /* of what follows, and of the slots' integers */
    pthread_cond_t work;     /* there may be a chunk to take */
    pthread_cond_t done;     /* a batch is complete, or no chunk is under way */
    int next_step, next_row; /* where the next chunk begins; next_step == steps: there is none */
    int given, released;     /* batches */
    int busy;                /* chunks under way */
    bool quit;
};

/* ---- the workers -------------------------------------------------------------------------------------- */

struct chunk {
    struct slot *slot;
    int row, rows;
    size_t place; /* of the first row in the order */
};

static bool chunk_is_ready(const struct ln_loader *l) {
    return l->next_step < l->steps && l->next_step < l->released + l->slot_count;
}

static void slot_begin(struct ln_loader *l, struct slot *slot) {
    size_t left = l->part->count - (size_t)l->next_step * (size_t)l->batch;
    slot->step = l->next_step;
    slot->count = left < (size_t)l->batch ? (int)left : l->batch;
    slot->pending = slot->bad_row = slot->count;
}

/* Waits for a chunk and takes it; false where the loader is being destroyed. The lock is held. */
static bool chunk_take(struct ln_loader *l, struct chunk *chunk) {
    while (!l->quit && !chunk_is_ready(l)) pthread_cond_wait(&l->work, &l->lock);
    if (l->quit) return false;
    struct slot *slot = &l->slots[l->next_step % l->slot_count];
    if (l->next_row == 0) slot_begin(l, slot);
    int left = slot->count - l->next_row;
    *chunk = (struct chunk){
        .slot = slot,
        .row = l->next_row,
        .rows = left < l->chunk_rows ? left : l->chunk_rows,
        .place = (size_t)l->next_step * (size_t)l->batch + (size_t)l->next_row,
    };
    l->next_row += chunk->rows;
    if (l->next_row == slot->count) {
        l->next_row = 0;
        l->next_step++;
    }
    l->busy++;
    return true;
}

static int row_fill(const struct ln_loader *l, const struct slot *slot, int row, size_t place) {
    return ln_filler_fill(&l->filler, place,
                          &(struct ln_row){.image = slot->images + (size_t)row * l->row_floats,
                                           .label = &slot->labels[row],
                                           .index = &slot->indices[row],
                                           .bad = &slot->bad[row]});
}

/* Rows from `from` on hold no image: zero, like their labels and indices. */
static void rows_clear(const struct ln_loader *l, const struct slot *slot, int from) {
    size_t rows = (size_t)(l->batch - from);
    memset(slot->images + (size_t)from * l->row_floats, 0, rows * l->row_floats * sizeof(float));
    memset(slot->labels + from, 0, rows * sizeof *slot->labels);
    memset(slot->indices + from, 0, rows * sizeof *slot->indices);
}

/* A shuffled order jumps about in memory: the start of the next image is asked for while this one is filled
 * in. That halves the time of a batch of MNIST. */
static void row_prefetch(const struct ln_loader *l, uint32_t index) {
    struct ln_sample sample;
    if (!l->ds->source->in_memory || ln_dataset_read(l->ds, index, &sample) != LINNET_OK) return;
    size_t bytes = (size_t)sample.image.width * (size_t)sample.image.height * (size_t)sample.image.channels;
    for (size_t i = 0; i < bytes && i < PREFETCH_BYTES; i += CACHE_LINE)
        __builtin_prefetch(sample.image.pixels + i);
    ln_sample_fini(&sample);
}

/* Fills the chunk's rows, without the lock. Returns the row that failed, this thread's record saying why, or
 * -1. */
static int chunk_fill(const struct ln_loader *l, const struct chunk *chunk) {
    ln_error_clear();
    for (int i = 0; i < chunk->rows; i++) {
        const size_t place = chunk->place + (size_t)i;
        if (i + 1 < chunk->rows) row_prefetch(l, l->order[place + 1]);
        if (row_fill(l, chunk->slot, chunk->row + i, place) != LINNET_OK) return chunk->row + i;
    }
    if (chunk->row + chunk->rows == chunk->slot->count) rows_clear(l, chunk->slot, chunk->slot->count);
    return -1;
}

/* The lock is held. Of several failures in a batch the one in the first row is kept, as one worker would have
 * met it. */
static void chunk_finish(struct ln_loader *l, const struct chunk *chunk, int failed) {
    struct slot *slot = chunk->slot;
    if (failed >= 0 && failed < slot->bad_row) {
        slot->bad_row = failed;
        slot->error = *ln_error_get();
    }
    slot->pending -= chunk->rows;
    l->busy--;
    if (slot->pending == 0 || l->busy == 0) pthread_cond_signal(&l->done);
}

static void *worker(void *loader) {
    struct ln_loader *l = loader;
    struct chunk chunk;
    pthread_mutex_lock(&l->lock);
    while (chunk_take(l, &chunk)) {
        pthread_mutex_unlock(&l->lock);
        int failed = chunk_fill(l, &chunk);
        pthread_mutex_lock(&l->lock);
        chunk_finish(l, &chunk, failed);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* ---- the trainer's side ------------------------------------------------------------------------------- */

int ln_loader_start(struct ln_loader *l, int epoch, int step) {
    assert(step >= 0 && step <= l->steps);
    pthread_mutex_lock(&l->lock);
    l->next_step = l->steps; /* hands out nothing more of the epoch before */
    l->next_row = 0;
    while (l->busy > 0) pthread_cond_wait(&l->done, &l->lock);

    l->filler.epoch = (uint32_t)epoch;
    l->started = true;
    l->filled = (size_t)step;
    memcpy(l->order, l->part->index, l->part->count * sizeof *l->order);
    if (l->opts.shuffle) {
        struct ln_rng rng;
        ln_rng_init(&rng, l->opts.seed, LN_RNG_ORDER, (uint32_t)epoch, 0);
        ln_rng_shuffle(&rng, l->order, l->part->count);
    }
    for (int i = 0; i < l->slot_count; i++) l->slots[i].step = -1;
    l->next_step = l->given = l->released = step;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
    return LINNET_OK;
}

/* Takes the batch that the trainer had last back; the lock is held. */
static void release_given(struct ln_loader *l) {
    if (l->released == l->given) return;
    l->released = l->given;
    pthread_cond_broadcast(&l->work);
}

/* Waits until the slot's batch is complete; the lock is held. */
static int slot_await(struct ln_loader *l, const struct slot *slot) {
    while (slot->step != l->given || slot->pending > 0) pthread_cond_wait(&l->done, &l->lock);
    if (slot->bad_row == slot->count) return LINNET_OK;
    ln_error_set(&slot->error); /* the epoch stands here: asked again, it says the same */
    assert(slot->error.status != LINNET_OK);
    return slot->error.status;
}

static void tell_skipped(struct ln_loader *l, const struct slot *slot) {
    for (int row = 0; row < slot->count; row++) {
        const uint32_t index = l->order[(size_t)slot->step * (size_t)l->batch + (size_t)row];
        if (!slot->bad[row] || l->told[index]) continue;
        struct ln_error error;
        l->told[index] = 1;
        ln_kept_error(ln_cache_find(l->cache, index), &error);
        if (l->opts.on_skip) l->opts.on_skip(l->opts.user, index, &error);
    }
}

static void row_move(const struct ln_loader *l, const struct slot *slot, int to, int from) {
    if (to == from) return;
    memcpy(slot->images + (size_t)to * l->row_floats, slot->images + (size_t)from * l->row_floats,
           l->row_floats * sizeof(float));
    slot->labels[to] = slot->labels[from];
    slot->indices[to] = slot->indices[from];
}

/* Closes the gaps that images have left that can't be read; the rows that there are. */
static int rows_compact(const struct ln_loader *l, const struct slot *slot) {
    int filled = 0;
    if (l->opts.refill) return slot->count;
    for (int row = 0; row < slot->count; row++)
        if (!slot->bad[row]) row_move(l, slot, filled++, row);
    if (filled < slot->count) rows_clear(l, slot, filled);
    return filled;
}

/* The slot is the trainer's now, and nobody else looks at it: the lock is not held. */
static void slot_give(struct ln_loader *l, const struct slot *slot, struct ln_batch *batch) {
    tell_skipped(l, slot);
    *batch = (struct ln_batch){slot->images, slot->labels, slot->indices, rows_compact(l, slot)};
    l->filled += (size_t)batch->count;
}

int ln_loader_next(struct ln_loader *l, struct ln_batch *batch) {
    *batch = (struct ln_batch){0};
    int status = LINNET_OK;
    while (status == LINNET_OK && batch->count == 0 && l->given < l->steps) {
        const struct slot *slot = &l->slots[l->given % l->slot_count];
        pthread_mutex_lock(&l->lock);
        release_given(l);
        status = slot_await(l, slot);
        l->given += status == LINNET_OK;
        pthread_mutex_unlock(&l->lock);
        if (status == LINNET_OK) slot_give(l, slot, batch);
    }
    bool nothing = batch->count == 0 && l->filled == 0 && l->part->count > 0;
    return status == LINNET_OK && nothing && l->started ? ln_filler_fail(&l->filler) : status;
}

int ln_loader_steps(const struct ln_loader *l) {
    return l->steps;
}

size_t ln_loader_kept_bytes(const struct ln_loader *l) {
    return l->cache ? ln_cache_bytes(l->cache) : 0;
}

/* ---- making and ending -------------------------------------------------------------------------------- */

/* Batches, the rows of a chunk and the slots of the ring: one batch is being read, one is ready, and there
 * are chunks enough in the others for every worker to have one. */
static int plan(struct ln_loader *l, int workers) {
    size_t batch = (size_t)l->batch, steps = (l->part->count + batch - 1) / batch;
    if (steps > INT_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "loader-steps", "%zu batches of %d images, at most %d are handled",
                       steps, l->batch, INT_MAX);
    l->steps = l->next_step = l->given = l->released = (int)steps; /* nothing before ln_loader_start */
    size_t rows = l->ds->source->in_memory ? CHUNK_FLOATS / l->row_floats : 1;
    l->chunk_rows = rows < 1 ? 1 : rows > batch ? l->batch : (int)rows;
    int chunks = (l->batch + l->chunk_rows - 1) / l->chunk_rows;
    l->slot_count = 2 + (workers + chunks - 1) / chunks;
    return LINNET_OK;
}

/* All buffers, in one arena. */
static int take_memory(struct ln_loader *l) {
    size_t batch = (size_t)l->batch, floats, bytes, total;
    size_t labels = ln_arena_slice_bytes(batch * sizeof *l->slots->labels);
    size_t bad = ln_arena_slice_bytes(batch * sizeof *l->slots->bad);
    size_t order = ln_arena_slice_bytes(l->part->count * sizeof *l->order);
    if (!ln_size_mul(batch, l->row_floats, &floats) || !ln_size_mul(floats, sizeof(float), &bytes) ||
        bytes > SIZE_MAX / 2 ||
        !ln_size_mul(ln_arena_slice_bytes(bytes) + 2 * labels + bad, (size_t)l->slot_count, &total) ||
        !ln_size_add(total, order, &total))
        return ln_fail(LINNET_ERR_LIMIT, "loader-size",
                       "%d batches of %d images of %zu numbers do not fit into memory", l->slot_count,
                       l->batch, l->row_floats);
    LN_TRY(ln_arena_init(&l->arena, total));
    l->order = ln_arena_take(&l->arena, l->part->count * sizeof *l->order);
    l->slots = ln_calloc((size_t)l->slot_count, sizeof *l->slots);
    if (!l->slots) return LINNET_ERR_LIMIT;
    for (int i = 0; i < l->slot_count; i++) {
        l->slots[i].images = ln_arena_take(&l->arena, bytes);
        l->slots[i].labels = ln_arena_take(&l->arena, batch * sizeof *l->slots->labels);
        l->slots[i].indices = ln_arena_take(&l->arena, batch * sizeof *l->slots->indices);
        l->slots[i].bad = ln_arena_take(&l->arena, batch * sizeof *l->slots->bad);
    }
    return LINNET_OK;
}

/* What becomes of samples that are files. */
static int make_cache(struct ln_loader *l) {
    if (!l->ds->source->bytes) return LINNET_OK;
    l->told = ln_calloc(l->ds->count, sizeof *l->told);
    if (!l->told) return LINNET_ERR_LIMIT;
    return ln_cache_create(&l->cache, l->ds->count, l->opts.cache_bytes);
}

static void make_filler(struct ln_loader *l) {
    l->filler.ds = l->ds;
    l->filler.cache = l->cache;
    l->filler.order = l->order;
    l->filler.count = l->part->count;
    l->filler.seed = l->opts.seed;
    l->filler.refill = l->opts.refill;
    l->filler.strict = l->opts.strict;
}

static int make_workers(struct ln_loader *l, int workers) {
    l->threads = ln_calloc((size_t)workers, sizeof *l->threads);
    if (!l->threads) return LINNET_ERR_LIMIT;
    for (; l->thread_count < workers; l->thread_count++)
        LN_TRY(ln_thread_create(&l->threads[l->thread_count], worker, l));
    return LINNET_OK;
}

int ln_loader_create(struct ln_loader **out, const struct ln_dataset *ds, const struct ln_loader_opts *opts) {
    *out = NULL;
    if (opts->batch < 1)
        return ln_fail(LINNET_ERR_USAGE, "loader-batch", "batch size %d, it must be 1 or more", opts->batch);
    struct ln_loader *l = ln_calloc(1, sizeof *l);
    if (!l) return LINNET_ERR_LIMIT;
    l->ds = ds;
    l->part = &ds->parts[opts->part];
    l->batch = opts->batch;
    l->opts = *opts;
    ln_transform_init(&l->filler.transform, opts->preprocess, opts->augment);
    l->row_floats = ln_transform_floats(&l->filler.transform);
    pthread_mutex_init(&l->lock, NULL); /* these three can't fail on Linux */
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->done, NULL);

    int workers = opts->workers < 1 ? 1 : opts->workers;
    int status = plan(l, workers);
    if (status == LINNET_OK) status = take_memory(l);
    if (status == LINNET_OK) status = make_cache(l);
    if (status == LINNET_OK) make_filler(l);
    if (status == LINNET_OK) status = make_workers(l, workers);
    if (status == LINNET_OK)
        *out = l;
    else
        ln_loader_destroy(l);
    return status;
}

void ln_loader_destroy(struct ln_loader *l) {
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    l->quit = true;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
    for (int i = 0; i < l->thread_count; i++) ln_thread_join(l->threads[i]);
    pthread_cond_destroy(&l->done);
    pthread_cond_destroy(&l->work);
    pthread_mutex_destroy(&l->lock);
    ln_cache_destroy(l->cache);
    ln_free(l->told);
    ln_free(l->threads);
    ln_free(l->slots);
    ln_arena_fini(&l->arena);
    ln_free(l);
}
