/* A ring of batch buffers that worker threads fill and the caller empties.
 *
 * The unit of work is a chunk: a few images of one batch, so that all workers can be on the same batch and a
 * huge photo delays only its own. Chunks are handed out in order under one lock, and never for a batch whose
 * buffer is still in use.
 *
 * Batch s lives in slot s % slot_count. The caller has been given `given` batches and is done with `released`
 * of them: it may be reading batch given - 1, so that batch s can begin once s < released + slot_count.
 */
#include "data/ring.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/size.h"
#include "base/threads.h"
#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

struct slot {
    float *images; /* [batch][row_floats] */
    int step;      /* the batch in it; -1: none */
    int count;     /* images of that batch */
    int pending;   /* images not filled yet */
    int bad_row;   /* the first that failed; count if none did */
    struct ln_error error;
};

struct ln_ring {
    struct ln_ring_opts opts;
    struct ln_arena arena; /* holds the slots' images */
    struct slot *slots;    /* [slot_count] */
    int slot_count;
    pthread_t *threads; /* [thread_count] */
    int thread_count;
    size_t count; /* images of the series */
    int steps;    /* batches */

    pthread_mutex_t lock;    /* of what follows, and of the slots' integers */
    pthread_cond_t work;     /* there may be a chunk to take */
    pthread_cond_t done;     /* a batch is complete, or no chunk is under way */
    int next_step, next_row; /* where the next chunk begins; next_step == steps: no chunk is left */
    int given, released;     /* batches */
    int busy;                /* chunks under way */
    bool quit;
};

/* ---- the workers ----------------------------------------------------------------------------------- */

struct chunk {
    struct slot *slot;
    int row, rows;
    size_t place; /* of the first row */
};

static bool chunk_is_ready(const struct ln_ring *r) {
    return r->next_step < r->steps && r->next_step < r->released + r->slot_count;
}

static void slot_begin(const struct ln_ring *r, struct slot *slot) {
    size_t left = r->count - (size_t)r->next_step * (size_t)r->opts.batch;
    slot->step = r->next_step;
    slot->count = left < (size_t)r->opts.batch ? (int)left : r->opts.batch;
    slot->pending = slot->bad_row = slot->count;
}

/* Waits for a chunk and takes it; false once the ring is being destroyed. The lock is held. */
static bool chunk_take(struct ln_ring *r, struct chunk *chunk) {
    while (!r->quit && !chunk_is_ready(r)) pthread_cond_wait(&r->work, &r->lock);
    if (r->quit) return false;
    struct slot *slot = &r->slots[r->next_step % r->slot_count];
    if (r->next_row == 0) slot_begin(r, slot);
    int left = slot->count - r->next_row;
    *chunk = (struct chunk){
        .slot = slot,
        .row = r->next_row,
        .rows = left < r->opts.chunk ? left : r->opts.chunk,
        .place = (size_t)r->next_step * (size_t)r->opts.batch + (size_t)r->next_row,
    };
    r->next_row += chunk->rows;
    if (r->next_row == slot->count) {
        r->next_row = 0;
        r->next_step++;
    }
    r->busy++;
    return true;
}

/* Fills the chunk's rows, without the lock. Returns the row that failed, with the reason in this thread's
 * error record, or -1. */
static int chunk_fill(const struct ln_ring *r, const struct chunk *chunk) {
    ln_error_clear();
    for (int i = 0; i < chunk->rows; i++) {
        float *image = chunk->slot->images + (size_t)(chunk->row + i) * r->opts.row_floats;
        if (r->opts.fill(r->opts.user, chunk->place + (size_t)i, image) != LINNET_OK) return chunk->row + i;
    }
    return -1;
}

/* The lock is held. Of several failures in a batch the one in the first row is kept: a single worker would have met
 * it first. */
static void chunk_finish(struct ln_ring *r, const struct chunk *chunk, int failed) {
    struct slot *slot = chunk->slot;
    if (failed >= 0 && failed < slot->bad_row) {
        slot->bad_row = failed;
        slot->error = *ln_error_get();
    }
    slot->pending -= chunk->rows;
    r->busy--;
    if (slot->pending == 0 || r->busy == 0) pthread_cond_signal(&r->done);
}

static void *worker(void *ring) {
    struct ln_ring *r = ring;
    struct chunk chunk;
    pthread_mutex_lock(&r->lock);
    while (chunk_take(r, &chunk)) {
        pthread_mutex_unlock(&r->lock);
        int failed = chunk_fill(r, &chunk);
        pthread_mutex_lock(&r->lock);
        chunk_finish(r, &chunk, failed);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ---- the caller's side ----------------------------------------------------------------------------- */

int ln_ring_steps(size_t count, int batch, int *steps) {
    size_t n = count / (size_t)batch + (count % (size_t)batch != 0);
    if (n > INT_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "loader-steps", "%zu batches of %d images; at most %d are possible",
                       n, batch, INT_MAX);
    *steps = (int)n;
    return LINNET_OK;
}

size_t ln_ring_rows(const struct ln_ring *r) {
    return (size_t)r->slot_count * (size_t)r->opts.batch;
}

void ln_ring_stop(struct ln_ring *r) {
    pthread_mutex_lock(&r->lock);
    r->next_step = r->steps; /* hands out no more chunks */
    r->next_row = 0;
    while (r->busy > 0) pthread_cond_wait(&r->done, &r->lock);
    pthread_mutex_unlock(&r->lock);
}

/* True for a series of one chunk. The caller would only wait for it, so it fills the chunk itself: waking a worker,
 * and being woken by it, takes as long as decoding a small picture. */
static bool is_single(const struct ln_ring *r) {
    return r->count <= (size_t)r->opts.chunk;
}

int ln_ring_start(struct ln_ring *r, size_t count, int step) {
    int steps = 0;
    LN_TRY(ln_ring_steps(count, r->opts.batch, &steps));
    assert(step >= 0 && step <= steps);
    pthread_mutex_lock(&r->lock);
    assert(r->busy == 0);
    r->count = count;
    r->steps = steps;
    for (int i = 0; i < r->slot_count; i++) r->slots[i].step = -1;
    r->next_step = r->given = r->released = step;
    r->next_row = 0;
    if (!is_single(r)) pthread_cond_broadcast(&r->work);
    pthread_mutex_unlock(&r->lock);
    return LINNET_OK;
}

/* Takes back the batch that the caller had last; the lock is held. */
static void release_given(struct ln_ring *r) {
    if (r->released == r->given) return;
    r->released = r->given;
    pthread_cond_broadcast(&r->work);
}

/* Takes a chunk if one is left; the lock is held. */
static void fill_here(struct ln_ring *r) {
    struct chunk chunk;
    if (!chunk_is_ready(r) || !chunk_take(r, &chunk)) return;
    pthread_mutex_unlock(&r->lock);
    const int failed = chunk_fill(r, &chunk);
    pthread_mutex_lock(&r->lock);
    chunk_finish(r, &chunk, failed);
}

/* Waits until the slot's batch is complete; the lock is held. */
static int slot_await(struct ln_ring *r, const struct slot *slot) {
    while (slot->step != r->given || slot->pending > 0) pthread_cond_wait(&r->done, &r->lock);
    if (slot->bad_row == slot->count) return LINNET_OK;
    ln_error_set(&slot->error);
    assert(slot->error.status != LINNET_OK);
    return slot->error.status;
}

int ln_ring_next(struct ln_ring *r, struct ln_ring_batch *batch) {
    int status = LINNET_OK;
    *batch = (struct ln_ring_batch){0};
    pthread_mutex_lock(&r->lock);
    release_given(r);
    if (r->given < r->steps) {
        const struct slot *slot = &r->slots[r->given % r->slot_count];
        if (is_single(r)) fill_here(r);
        status = slot_await(r, slot);
        if (status == LINNET_OK) {
            *batch =
                (struct ln_ring_batch){slot->images, (size_t)r->given * (size_t)r->opts.batch, slot->count};
            r->given++;
        }
    }
    pthread_mutex_unlock(&r->lock);
    return status;
}

/* ---- create and destroy ---------------------------------------------------------------------------- */

/* One batch is being read, one is ready, and the others have enough chunks for every worker. */
static int count_slots(const struct ln_ring_opts *o) {
    const int chunks = 1 + (o->batch - 1) / o->chunk; /* rounded up, without overflow for any int */
    return 3 + (o->workers - 1) / chunks;
}

/* Bytes of a batch, and of all of them in an arena. */
static bool sizes(const struct ln_ring_opts *o, int slots, size_t *batch, size_t *total) {
    size_t floats;
    return ln_size_mul((size_t)o->batch, o->row_floats, &floats) &&
           ln_size_mul(floats, sizeof(float), batch) && *batch <= SIZE_MAX / 2 &&
           ln_size_mul(ln_arena_slice_bytes(*batch), (size_t)slots, total);
}

/* The defaults filled in. */
static struct ln_ring_opts resolve(const struct ln_ring_opts *opts) {
    struct ln_ring_opts o = *opts;
    if (o.chunk < 1) o.chunk = 1;
    if (o.chunk > o.batch) o.chunk = o.batch;
    if (o.workers < 1) o.workers = 1;
    return o;
}

size_t ln_ring_bytes(const struct ln_ring_opts *opts) {
    const struct ln_ring_opts o = resolve(opts);
    size_t batch, total;
    return sizes(&o, count_slots(&o), &batch, &total) ? ln_arena_mapped_bytes(total) : SIZE_MAX;
}

size_t ln_ring_rows_of(const struct ln_ring_opts *opts) {
    const struct ln_ring_opts o = resolve(opts);
    return (size_t)count_slots(&o) * (size_t)o.batch;
}

static int take_memory(struct ln_ring *r) {
    size_t bytes, total;
    if (!sizes(&r->opts, r->slot_count, &bytes, &total))
        return ln_fail(LINNET_ERR_LIMIT, "loader-size",
                       "%d batches of %d images of %zu numbers do not fit into memory", r->slot_count,
                       r->opts.batch, r->opts.row_floats);
    LN_TRY(ln_arena_init(&r->arena, total));
    r->slots = ln_calloc((size_t)r->slot_count, sizeof *r->slots);
    if (!r->slots) return LINNET_ERR_LIMIT;
    for (int i = 0; i < r->slot_count; i++) r->slots[i].images = ln_arena_take(&r->arena, bytes);
    return LINNET_OK;
}

static int make_workers(struct ln_ring *r) {
    r->threads = ln_calloc((size_t)r->opts.workers, sizeof *r->threads);
    if (!r->threads) return LINNET_ERR_LIMIT;
    for (; r->thread_count < r->opts.workers; r->thread_count++) {
        int status = ln_thread_create(&r->threads[r->thread_count], worker, r);
        if (status == LINNET_OK) continue;
        if (r->thread_count == 0 || strcmp(ln_error_get()->code, "thread-create") != 0) return status;
        ln_log(LINNET_LOG_WARNING, "%d threads for loading images requested, the system allows %d",
               r->opts.workers, r->thread_count);
        ln_error_clear();
        break;
    }
    return LINNET_OK;
}

int ln_ring_create(struct ln_ring **out, const struct ln_ring_opts *opts) {
    *out = NULL;
    struct ln_ring *r = ln_calloc(1, sizeof *r);
    if (!r) return LINNET_ERR_LIMIT;
    r->opts = resolve(opts);
    r->slot_count = count_slots(&r->opts);
    pthread_mutex_init(&r->lock, NULL); /* these three cannot fail on Linux */
    pthread_cond_init(&r->work, NULL);
    pthread_cond_init(&r->done, NULL);
    int status = take_memory(r);
    if (status == LINNET_OK) status = make_workers(r);
    if (status == LINNET_OK)
        *out = r;
    else
        ln_ring_destroy(r);
    return status;
}

void ln_ring_destroy(struct ln_ring *r) {
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->quit = true;
    pthread_cond_broadcast(&r->work);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < r->thread_count; i++) ln_thread_join(r->threads[i]);
    pthread_cond_destroy(&r->done);
    pthread_cond_destroy(&r->work);
    pthread_mutex_destroy(&r->lock);
    ln_free(r->threads);
    ln_free(r->slots);
    ln_arena_fini(&r->arena);
    ln_free(r);
}
