/* The loader: a ring of batches (ring.c) that holds the samples of a part in the order of the epoch. */
#include "data/loader.h"
#include "base/alloc.h"
#include "base/rng.h"
#include "data/balance.h"
#include "data/filler.h"
#include "data/ring.h"
#include "data/shortage.h"
#include "data/source.h"
#include <string.h>

/* Floats in a chunk of in-memory images: large enough that the ring's lock costs little in comparison. */
enum { CHUNK_FLOATS = 1 << 15 };

enum { CACHE_LINE = 64, PREFETCH_BYTES = 4096 };

/* The label and origin of an image in the ring. */
struct note {
    int32_t label;
    uint32_t index; /* of the sample */
    bool bad;       /* the image of this place cannot be read */
};

struct ln_loader {
    struct ln_loader_opts opts;
    const struct ln_dataset *ds;
    const struct ln_part *part;
    struct ln_filler filler;
    struct ln_cache *cache; /* NULL if the samples are not files */
    struct ln_shortage shortage;
    size_t row_floats;
    int batch, steps;  /* of all ranks */
    int rows;          /* places of a whole batch in the ring: this rank's images, and the one before them */
    int tail_rows;     /* the same for the smaller last batch; 0: no such batch, or no share in it */
    int step;          /* the next batch, of all ranks */
    uint32_t *order;   /* [part->count] indices of the samples, in the order of this epoch */
    uint32_t *repeats; /* [part->count] of a balanced order; NULL: none repeats */
    struct ln_ring *ring;
    struct note *notes; /* [ln_ring_rows()] */
    int32_t *labels;    /* [batch] of the current batch */
    uint32_t *indices;  /* [batch] likewise */
    uint32_t *places;   /* [batch] likewise */
    float *blank;       /* one image, for a batch of which this rank has none; NULL: no such batch */
    struct ln_losses losses;
    uint8_t *reported; /* [ds->count] 1: on_skip or on_damage was called; NULL if the samples are not files */
    bool started;      /* an epoch was started */
    size_t filled;     /* rows returned in this epoch; not 0 if it was started after its first batch */
};

static struct note *note_at(const struct ln_loader *l, size_t at) {
    return &l->notes[at % ln_ring_rows(l->ring)];
}

/* ---- places ---------------------------------------------------------------------------------------- */

/* The ring numbers only this rank's images, batch by batch. Without a share these numbers are the places in the order. */

static bool has_previous(const struct ln_loader *l) {
    return l->opts.previous && l->opts.share.ranks > 1;
}

/* The images of a batch, of all ranks. */
static size_t total_of(const struct ln_loader *l, size_t step) {
    const size_t left = l->part->count - step * (size_t)l->batch;
    return left < (size_t)l->batch ? left : (size_t)l->batch;
}

/* Places of this rank in the ring for a batch of `total` images. */
static int rows_of(const struct ln_loader *l, size_t total) {
    const size_t own = ln_share_count(l->opts.share, total);
    return (int)own + (own > 0 && has_previous(l));
}

static size_t ring_count(const struct ln_loader *l) {
    return l->part->count / (size_t)l->batch * (size_t)l->rows + (size_t)l->tail_rows;
}

/* Place in the ring -> place in the order of the epoch. The row after this rank's own images is for the image before them. */
static size_t place_of(const struct ln_loader *l, size_t at) {
    const size_t step = at / (size_t)l->rows, row = at % (size_t)l->rows, total = total_of(l, step);
    const size_t own = ln_share_count(l->opts.share, total), first = ln_share_begin(l->opts.share, total);
    const size_t in_batch = row < own ? first + row : (first + total - 1) % total;
    return step * (size_t)l->batch + in_batch;
}

/* ---- in the workers -------------------------------------------------------------------------------- */

/* In a shuffled order the next image is anywhere in memory, so its beginning is prefetched while this one is filled.
 * This halves the time of a batch of MNIST. */
static void prefetch(const struct ln_loader *l, size_t at) {
    struct ln_sample sample;
    if (!l->ds->source->in_memory || at >= ring_count(l)) return;
    if (ln_dataset_read(l->ds, l->order[place_of(l, at)], &sample) != LINNET_OK) return;
    size_t bytes = (size_t)sample.image.width * (size_t)sample.image.height * (size_t)sample.image.channels;
    for (size_t i = 0; i < bytes && i < PREFETCH_BYTES; i += CACHE_LINE)
        __builtin_prefetch(sample.image.pixels + i);
    ln_sample_fini(&sample);
}

static int fill(void *loader, size_t at, float *image) {
    const struct ln_loader *l = loader;
    struct note *note = note_at(l, at);
    prefetch(l, at + 1);
    return ln_filler_fill(
        &l->filler, place_of(l, at),
        &(struct ln_row){.image = image, .label = &note->label, .index = &note->index, .bad = &note->bad});
}

/* ---- the trainer's side ---------------------------------------------------------------------------- */

static int order_epoch(struct ln_loader *l, int epoch) {
    struct ln_rng rng;
    memcpy(l->order, l->part->index, l->part->count * sizeof *l->order);
    if (!l->opts.shuffle) return LINNET_OK;
    ln_rng_init(&rng, l->opts.seed, LN_RNG_ORDER, (uint32_t)epoch, 0);
    ln_rng_shuffle(&rng, l->order, l->part->count);
    if (!l->repeats || l->part->count == 0) return LINNET_OK;
    return ln_balance_order(&(struct ln_balance){.labels = l->ds->labels,
                                                 .classes = l->ds->classes,
                                                 .order = l->order,
                                                 .repeats = l->repeats,
                                                 .count = l->part->count},
                            &rng);
}

/* The epoch whose augmentation is drawn. */
static uint32_t view_of(const struct ln_loader *l, int epoch) {
    const int views = l->opts.views, after = epoch - l->opts.first_epoch;
    return (uint32_t)(views > 0 ? l->opts.first_epoch + (after % views + views) % views : epoch);
}

int ln_loader_order(struct ln_loader *l, int epoch, const uint32_t **order) {
    ln_ring_stop(l->ring);
    *order = l->order;
    return order_epoch(l, epoch);
}

int ln_loader_start(struct ln_loader *l, int epoch, int step) {
    ln_ring_stop(l->ring);
    l->filler.epoch = view_of(l, epoch);
    atomic_store(&l->losses.places, 0);
    l->started = true;
    l->filled = (size_t)step;
    l->step = step;
    LN_TRY(order_epoch(l, epoch));
    int steps; /* one fewer than in total if only other ranks have images of the last batch */
    LN_TRY(ln_ring_steps(ring_count(l), l->rows, &steps));
    return ln_ring_start(l->ring, ring_count(l), step < steps ? step : steps);
}

/* Reports, once per image, that it cannot be read or is damaged. */
static void report_image(struct ln_loader *l, uint32_t index, bool bad) {
    struct ln_error error;
    if (l->reported[index]) return;
    if (bad) {
        if (!ln_cache_noted(l->cache, index, LN_NOTE_FAILURE, &error, NULL) &&
            !ln_cache_noted(l->cache, index, LN_NOTE_LOSS, &error, NULL))
            return;
        if (l->opts.on_skip) l->opts.on_skip(l->opts.user, index, &error);
    } else {
        if (!ln_cache_noted(l->cache, index, LN_NOTE_DAMAGE, &error, NULL)) return;
        if (l->opts.on_damage) l->opts.on_damage(l->opts.user, index, &error);
    }
    l->reported[index] = 1;
}

static void report_images(struct ln_loader *l, const struct ln_ring_batch *batch) {
    for (int row = 0; l->cache && row < batch->count; row++) {
        const size_t at = batch->place + (size_t)row;
        report_image(l, l->order[place_of(l, at)], note_at(l, at)->bad);
    }
}

static void row_move(const struct ln_loader *l, float *images, int to, int from) {
    if (to == from) return;
    memcpy(images + (size_t)to * l->row_floats, images + (size_t)from * l->row_floats,
           l->row_floats * sizeof *images);
}

/* Closes the gaps of unreadable images among the first `own`, unless other images took their places. Returns the number of
 * rows that hold an image. */
static int rows_compact(const struct ln_loader *l, const struct ln_ring_batch *batch, int own) {
    int filled = 0;
    for (int row = 0; row < own; row++) {
        const size_t at = batch->place + (size_t)row;
        const struct note *note = note_at(l, at);
        if (note->bad && !l->opts.refill) continue;
        row_move(l, batch->images, filled, row);
        l->labels[filled] = note->label;
        l->places[filled] = (uint32_t)place_of(l, at);
        l->indices[filled++] = note->index;
    }
    return filled;
}

/* Zeroes the rows from `from` to `to`, which hold no image, with their labels and indices. */
static void rows_clear(const struct ln_loader *l, float *images, int from, int to) {
    size_t rows = (size_t)(to - from);
    memset(images + (size_t)from * l->row_floats, 0, rows * l->row_floats * sizeof *images);
    memset(l->labels + from, 0, rows * sizeof *l->labels);
    memset(l->indices + from, 0, rows * sizeof *l->indices);
}

static void give(struct ln_loader *l, const struct ln_ring_batch *from, struct ln_batch *batch) {
    const size_t step = from->place / (size_t)l->rows, total = total_of(l, step);
    const int own = (int)ln_share_count(l->opts.share, total), whole = l->rows - has_previous(l);
    report_images(l, from);
    int filled = rows_compact(l, from, own);
    *batch = (struct ln_batch){.images = from->images,
                               .labels = l->labels,
                               .indices = l->indices,
                               .places = l->places,
                               .count = filled,
                               .total = (int)total,
                               .first = (int)ln_share_begin(l->opts.share, total)};
    if (has_previous(l)) {
        batch->previous = from->images + (size_t)own * l->row_floats;
        batch->previous_label = note_at(l, from->place + (size_t)own)->label;
    } else if (filled < whole)
        rows_clear(l, from->images, filled, whole);
    l->filled += (size_t)filled;
}

/* The last batch, of which only other ranks have images. */
static void give_blank(struct ln_loader *l, struct ln_batch *batch) {
    l->labels[0] = -1;
    *batch = (struct ln_batch){.images = l->blank,
                               .labels = l->labels,
                               .indices = l->indices,
                               .places = l->places,
                               .total = (int)total_of(l, (size_t)l->step)};
}

int ln_loader_next(struct ln_loader *l, struct ln_batch *batch) {
    struct ln_ring_batch next;
    *batch = (struct ln_batch){0};
    if (l->cache) ln_shortage_watch(&l->shortage, l->cache);
    do {
        LN_TRY(ln_ring_next(l->ring, &next));
        if (next.count > 0) give(l, &next, batch);
        if (next.count == 0 && l->step < l->steps && l->blank) give_blank(l, batch);
        l->step++;
    } while (next.count > 0 && batch->count == 0);
    if (next.count == 0 && !l->blank) batch->total = 0;
    bool nothing = batch->count == 0 && batch->total == 0 && l->filled == 0 && ring_count(l) > 0;
    return nothing && l->started ? ln_filler_fail(&l->filler) : LINNET_OK;
}

int ln_loader_steps(const struct ln_loader *l) {
    return l->steps;
}

size_t ln_loader_images(const struct ln_loader *l) {
    return l->part->count;
}

size_t ln_loader_kept_bytes(const struct ln_loader *l) {
    return l->cache ? ln_cache_bytes(l->cache) : 0;
}

/* ---- create and destroy ---------------------------------------------------------------------------- */

/* Only samples in files need a cache: for their pixels, and for the reasons why some cannot be read. */
static int make_cache(struct ln_loader *l) {
    if (!l->ds->source->bytes) return LINNET_OK;
    l->reported = ln_calloc(l->ds->count, sizeof *l->reported);
    if (!l->reported) return LINNET_ERR_LIMIT;
    return ln_cache_create(&l->cache, l->ds->count, l->opts.cache_bytes);
}

static int make_filler(struct ln_loader *l) {
    l->order = ln_calloc(l->part->count, sizeof *l->order);
    if (!l->order) return LINNET_ERR_LIMIT;
    if (l->opts.balanced) l->repeats = ln_calloc(l->part->count, sizeof *l->repeats);
    if (l->opts.balanced && !l->repeats) return LINNET_ERR_LIMIT;
    l->filler.repeats = l->repeats;
    l->filler.ds = l->ds;
    l->filler.cache = l->cache;
    l->filler.losses = &l->losses;
    l->filler.order = l->order;
    l->filler.count = l->part->count;
    l->filler.seed = l->opts.seed;
    l->filler.refill = l->opts.refill;
    l->filler.strict = l->opts.strict;
    return LINNET_OK;
}

static struct ln_ring_opts ring_opts(const struct ln_dataset *ds, const struct ln_loader_opts *o,
                                     size_t row_floats) {
    const size_t chunk = ds->source->in_memory ? CHUNK_FLOATS / row_floats : 1;
    const int own = (int)ln_share_count(o->share, (size_t)o->batch),
              rows = own + (o->previous && o->share.ranks > 1);
    return (struct ln_ring_opts){
        .batch = rows, .row_floats = row_floats, .chunk = (int)chunk, .workers = o->workers};
}

size_t ln_loader_batch_bytes(const struct ln_dataset *ds, const struct ln_loader_opts *opts) {
    struct ln_transform transform;
    ln_transform_init(&transform, opts->preprocess, opts->augment);
    const struct ln_ring_opts ring = ring_opts(ds, opts, ln_transform_floats(&transform));
    return ln_ring_bytes(&ring);
}

static int make_ring(struct ln_loader *l) {
    struct ln_ring_opts opts = ring_opts(l->ds, &l->opts, l->row_floats);
    opts.fill = fill;
    opts.user = l;
    LN_TRY(ln_ring_create(&l->ring, &opts));
    l->notes = ln_calloc(ln_ring_rows(l->ring), sizeof *l->notes);
    l->labels = ln_calloc((size_t)l->rows, sizeof *l->labels);
    l->indices = ln_calloc((size_t)l->rows, sizeof *l->indices);
    l->places = ln_calloc((size_t)l->rows, sizeof *l->places);
    return l->notes && l->labels && l->indices && l->places ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* The rows of this rank in whole batches and in the last one. */
static int cut_batches(struct ln_loader *l) {
    const size_t tail = l->part->count % (size_t)l->batch;
    LN_TRY(ln_share_check(l->opts.share, l->batch));
    LN_TRY(ln_ring_steps(l->part->count, l->batch, &l->steps));
    l->rows = rows_of(l, (size_t)l->batch);
    l->tail_rows = tail > 0 ? rows_of(l, tail) : 0;
    if (tail == 0 || l->tail_rows > 0 || !l->opts.refill) return LINNET_OK;
    l->blank = ln_calloc(l->row_floats, sizeof *l->blank);
    return l->blank ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_loader_create(struct ln_loader **out, const struct ln_dataset *ds, const struct ln_loader_opts *opts) {
    *out = NULL;
    if (opts->batch < 1)
        return ln_fail(LINNET_ERR_USAGE, "loader-batch", "the batch size is %d; it must be 1 or more",
                       opts->batch);
    struct ln_loader *l = ln_calloc(1, sizeof *l);
    if (!l) return LINNET_ERR_LIMIT;
    l->ds = ds;
    l->part = &ds->parts[opts->part];
    l->batch = opts->batch;
    l->opts = *opts;
    ln_transform_init(&l->filler.transform, opts->preprocess, opts->augment);
    l->row_floats = ln_transform_floats(&l->filler.transform);
    int status = cut_batches(l);
    if (status == LINNET_OK) status = make_cache(l);
    if (status == LINNET_OK) status = make_filler(l);
    if (status == LINNET_OK) status = make_ring(l);
    if (status == LINNET_OK)
        *out = l;
    else
        ln_loader_destroy(l);
    return status;
}

void ln_loader_destroy(struct ln_loader *l) {
    if (!l) return;
    ln_ring_destroy(l->ring);
    ln_cache_destroy(l->cache);
    ln_free(l->reported);
    ln_free(l->notes);
    ln_free(l->labels);
    ln_free(l->indices);
    ln_free(l->places);
    ln_free(l->blank);
    ln_free(l->order);
    ln_free(l->repeats);
    ln_free(l);
}
