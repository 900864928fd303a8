/* Rows: a sample is looked up or read, drawn for and finished. */
#include "data/filler.h"
#include "data/source.h"

/* ---- one sample ---------------------------------------------------------------------------------------- */

struct reading {
    const struct ln_transform *transform;
    int width, height; /* of the original; 0 where the format does not tell beforehand */
};

static int choose_shrink(void *reading_, int width, int height) {
    struct reading *reading = reading_;
    reading->width = width;
    reading->height = height;
    return ln_transform_shrink(reading->transform, width, height);
}

static int read_sample(const struct ln_filler *f, uint32_t index, struct ln_prepared *sample) {
    struct reading reading = {.transform = &f->transform};
    struct ln_image image;
    const struct ln_decode_opts opts = {.shrink = choose_shrink, .user = &reading};
    LN_TRY(ln_dataset_decode(f->ds, index, &opts, &image));
    if (reading.width == 0) {
        reading.width = image.width;
        reading.height = image.height;
    }
    return ln_transform_prepare(&f->transform, &image, reading.width, reading.height, sample);
}

/* A fault of the image or of its file: the others may be fine. */
static bool is_the_images(int status) {
    return status == LINNET_ERR_INPUT || status == LINNET_ERR_IO;
}

static int take_kept(const struct ln_kept *kept, const struct ln_prepared **sample) {
    struct ln_error error;
    *sample = &kept->sample;
    if (!kept->failure) return LINNET_OK;
    ln_kept_error(kept, &error);
    ln_error_set(&error);
    return error.status;
}

/* The sample as it is kept, or in *own, whose image the caller frees. */
static int get_sample(const struct ln_filler *f, uint32_t index, struct ln_prepared *own,
                      const struct ln_prepared **sample) {
    const struct ln_kept *kept = ln_cache_find(f->cache, index);
    *own = (struct ln_prepared){0};
    if (kept) return take_kept(kept, sample);
    int status = read_sample(f, index, own);
    if (status != LINNET_OK) {
        if (!is_the_images(status)) return status;
        LN_TRY(ln_cache_keep_failure(f->cache, index));
        return take_kept(ln_cache_find(f->cache, index), sample);
    }
    kept = ln_cache_keep(f->cache, index, own);
    *sample = kept ? &kept->sample : own;
    return LINNET_OK;
}

/* ---- one row ------------------------------------------------------------------------------------------- */

static void draw(const struct ln_filler *f, size_t place, int width, int height, struct ln_draw *draw) {
    ln_transform_draw(&f->transform, width, height,
                      (struct ln_sample_key){f->seed, f->epoch, f->order[place]}, draw);
}

static void sign(const struct ln_filler *f, uint32_t index, const struct ln_row *row) {
    *row->label = f->ds->labels[index];
    *row->index = index;
}

/* The sample of the place `from`, into the row of `place`. */
static int try_place(const struct ln_filler *f, size_t place, size_t from, const struct ln_row *row) {
    struct ln_prepared own;
    const struct ln_prepared *sample;
    struct ln_draw choices;
    LN_TRY(get_sample(f, f->order[from], &own, &sample));
    draw(f, place, sample->width, sample->height, &choices);
    int status = ln_transform_finish(&f->transform, &choices, sample, row->image);
    ln_image_fini(&own.image);
    sign(f, f->order[from], row);
    return status;
}

int ln_filler_fail(const struct ln_filler *f) {
    struct ln_error first = {.text = "there is none"};
    const struct ln_kept *kept = f->count ? ln_cache_find(f->cache, f->order[0]) : NULL;
    if (kept && kept->failure) ln_kept_error(kept, &first);
    ln_error_clear();
    return ln_fail(LINNET_ERR_INPUT, "data-unreadable", "%s: not one of %zu images can be read; %s",
                   f->ds->path, f->count, first.text);
}

static int fill_from_file(const struct ln_filler *f, size_t place, const struct ln_row *row) {
    int status = try_place(f, place, place, row);
    *row->bad = is_the_images(status);
    if (!*row->bad || f->strict) return status;
    for (size_t next = 1; f->refill && next < f->count; next++) {
        ln_error_clear();
        status = try_place(f, place, (place + next) % f->count, row);
        if (!is_the_images(status)) return status;
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
