/* Fills a row: the sample is taken from the cache or read, the random choices are drawn, the transform is applied. */
#include "data/filler.h"
#include "data/fault.h"
#include "data/source.h"
#include <string.h>

/* ---- one sample ---------------------------------------------------------------------------------------- */

struct reading {
    const struct ln_transform *transform;
    int width, height; /* of the original; 0 if the format reports its size only after decoding */
};

static int choose_shrink(void *reading_, int width, int height) {
    struct reading *reading = reading_;
    reading->width = width;
    reading->height = height;
    return ln_transform_shrink(reading->transform, width, height);
}

/* After PATIENT lost files in a row the drive is probably gone, and reads are no longer retried. After STREAK_MOST
 * the epoch ends. */
enum { PATIENT = 4, STREAK_MOST = 32 };

/* Decodes and prepares the sample. */
static int decode_sample(const struct ln_filler *f, uint32_t index, struct ln_error *damage,
                         struct ln_prepared *sample) {
    struct reading reading = {.transform = &f->transform};
    struct ln_image image;
    const struct ln_decode_opts opts = {.damage = damage, .shrink = choose_shrink, .user = &reading};
    const bool patient = atomic_load_explicit(&f->losses->streak, memory_order_relaxed) < PATIENT;
    LN_TRY((patient ? ln_dataset_decode_patiently : ln_dataset_decode)(f->ds, index, &opts, &image));
    if (reading.width == 0) {
        reading.width = image.width;
        reading.height = image.height;
    }
    return ln_transform_prepare(&f->transform, &image, reading.width, reading.height, sample);
}

/* Adds a note about the recorded error, which stays recorded. If memory runs out, that error replaces it. */
static int note_failure(const struct ln_filler *f, uint32_t index, const struct ln_file_stamp *stamp) {
    static const struct ln_file_stamp any = {0};
    const struct ln_error error = *ln_error_get();
    const enum ln_fault fault = ln_fault_of(&error);
    if (fault == LN_FAULT_OTHER) return error.status;
    const bool lasting = fault == LN_FAULT_IMAGE;
    ln_error_clear();
    LN_TRY(ln_cache_note(f->cache, index, lasting ? LN_NOTE_FAILURE : LN_NOTE_LOSS, &error,
                         lasting ? stamp : &any));
    ln_error_set(&error);
    return error.status;
}

static int read_sample(const struct ln_filler *f, uint32_t index, struct ln_prepared *sample) {
    const struct ln_file_stamp stamp =
        f->ds->source->stamp(f->ds, index); /* before the file is read, because it may change meanwhile */
    struct ln_error damage;
    if (decode_sample(f, index, &damage, sample) != LINNET_OK) return note_failure(f, index, &stamp);
    atomic_store_explicit(&f->losses->streak, 0, memory_order_relaxed);
    if (damage.status == LINNET_OK) return LINNET_OK;
    int status = f->strict ? damage.status : ln_cache_note(f->cache, index, LN_NOTE_DAMAGE, &damage, &stamp);
    if (f->strict) ln_error_set(&damage);
    if (status != LINNET_OK) ln_image_fini(&sample->image);
    return status;
}

/* Records the failure of an earlier epoch, if the file is still the same. */
static int recall_failure(const struct ln_filler *f, uint32_t index) {
    struct ln_error error;
    struct ln_file_stamp then;
    if (!ln_cache_noted(f->cache, index, LN_NOTE_FAILURE, &error, &then)) return LINNET_OK;
    const struct ln_file_stamp now = f->ds->source->stamp(f->ds, index);
    if (!ln_file_stamp_equals(&then, &now)) return LINNET_OK;
    ln_error_set(&error);
    return error.status;
}

/* Finds the sample in the cache, or reads it into *own. On success the caller releases the cache and frees
 * own->image; after a failure there is nothing to release. */
static int get_sample(const struct ln_filler *f, uint32_t index, struct ln_prepared *own,
                      const struct ln_prepared **sample) {
    *own = (struct ln_prepared){0};
    ln_cache_hold(f->cache);
    if ((*sample = ln_cache_find(f->cache, index))) return LINNET_OK;
    ln_cache_release(f->cache); /* decoding a photo may take seconds */
    LN_TRY(recall_failure(f, index));
    LN_TRY(read_sample(f, index, own));
    ln_cache_hold(f->cache);
    const struct ln_prepared *kept = ln_cache_keep(f->cache, index, own);
    *sample = kept ? kept : own;
    return LINNET_OK;
}

/* ---- one row ------------------------------------------------------------------------------------------- */

/* A repeated sample gets other random choices: its key is beyond the indices of all samples. */
static void draw(const struct ln_filler *f, size_t place, int width, int height, struct ln_draw *draw) {
    const uint32_t again = f->repeats ? f->repeats[place] * (uint32_t)f->ds->count : 0;
    ln_transform_draw(&f->transform, width, height,
                      (struct ln_sample_key){f->seed, f->epoch, f->order[place] + again}, draw);
}

static void sign(const struct ln_filler *f, uint32_t index, const struct ln_row *row) {
    *row->label = f->ds->labels[index];
    *row->index = index;
}

/* Fills the row of `place` with the sample of the place `from`. */
static int try_place(const struct ln_filler *f, size_t place, size_t from, const struct ln_row *row) {
    struct ln_prepared own;
    const struct ln_prepared *sample;
    struct ln_draw choices;
    LN_TRY(get_sample(f, f->order[from], &own, &sample));
    draw(f, place, sample->width, sample->height, &choices);
    int status = ln_transform_finish(&f->transform, &choices, sample, row->image);
    ln_cache_release(f->cache);
    ln_image_fini(&own.image);
    sign(f, f->order[from], row);
    return status;
}

int ln_filler_fail(const struct ln_filler *f) {
    struct ln_error first = {.text = "the part is empty"};
    const bool failed = f->count && ln_cache_noted(f->cache, f->order[0], LN_NOTE_FAILURE, &first, NULL);
    const bool lost =
        !failed && f->count && ln_cache_noted(f->cache, f->order[0], LN_NOTE_LOSS, &first, NULL);
    ln_error_clear();
    return ln_fail(lost ? LINNET_ERR_IO : LINNET_ERR_INPUT, lost ? "data-lost" : "data-unreadable",
                   "%s: none of %zu images can be read; the first error: %s", f->ds->path, f->count,
                   first.text);
}

/* Counts a lost file, whose error is recorded. A few are tolerated; too many in total or in a row end the epoch. */
static int count_loss(const struct ln_filler *f, bool own) {
    const size_t streak = atomic_fetch_add_explicit(&f->losses->streak, 1, memory_order_relaxed) + 1;
    const size_t places = atomic_fetch_add_explicit(&f->losses->places, own, memory_order_relaxed) + own;
    const struct ln_error last = *ln_error_get();
    if (streak < STREAK_MOST && places <= 5 + f->count / 50) return last.status;
    ln_error_clear();
    return ln_fail(LINNET_ERR_IO, "data-lost",
                   "%s: %zu %s can no longer be read; is the drive still mounted? The last error: %s",
                   f->ds->path, streak < STREAK_MOST ? places : streak,
                   streak < STREAK_MOST ? "images of this epoch" : "files in a row", last.text);
}

/* try_place, which also counts lost files. *next: another sample may be tried after this failure. */
static int try_row(const struct ln_filler *f, size_t place, size_t from, const struct ln_row *row,
                   bool *next) {
    int status = try_place(f, place, from, row);
    const enum ln_fault fault = status == LINNET_OK ? LN_FAULT_NONE : ln_fault_of(ln_error_get());
    if (fault == LN_FAULT_PASSING || fault == LN_FAULT_MISSING) status = count_loss(f, place == from);
    *next = status != LINNET_OK && fault != LN_FAULT_OTHER && strcmp(ln_error_get()->code, "data-lost") != 0;
    return status;
}

static int fill_from_file(const struct ln_filler *f, size_t place, const struct ln_row *row) {
    bool next;
    int status = try_row(f, place, place, row, &next);
    *row->bad = next;
    if (!next || f->strict) return status;
    for (size_t i = 1; f->refill && i < f->count; i++) {
        ln_error_clear();
        status = try_row(f, place, (place + i) % f->count, row, &next);
        if (!next) return status;
    }
    if (f->refill) return ln_filler_fail(f);
    ln_error_clear();
    return LINNET_OK;
}

static int fill_from_memory(const struct ln_filler *f, size_t place, const struct ln_row *row) {
    struct ln_sample sample;
    struct ln_draw choices;
    const uint32_t index = f->order[place];
    LN_TRY(ln_dataset_read(f->ds, index, &sample));
    draw(f, place, sample.image.width, sample.image.height, &choices);
    int status = ln_transform_apply(&f->transform, &choices, &sample.image, row->image);
    ln_sample_fini(&sample);
    sign(f, index, row);
    *row->bad = false;
    return status;
}

int ln_filler_fill(const struct ln_filler *f, size_t place, const struct ln_row *row) {
    return (f->cache ? fill_from_file : fill_from_memory)(f, place, row);
}
