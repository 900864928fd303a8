/* An open data set: reading samples, naming them, closing. */
#include "data/dataset.h"
#include "base/alloc.h"
#include "data/source.h"
#include "image/colour.h"
#include "image/reduce.h"
#include <limits.h>
#include <string.h>

void ln_dataset_clear_parts(struct ln_dataset *ds) {
    /* The alias goes first: freeing both would free the test part's index twice. */
    if (ds->val_is_test) ds->parts[LINNET_VAL] = (struct ln_part){0};
    ds->val_is_test = ds->val_held_out = false;
    for (int p = 0; p <= LINNET_TEST; p++) {
        ln_free(ds->parts[p].index);
        ds->parts[p] = (struct ln_part){0};
    }
}

void ln_dataset_close(struct ln_dataset *ds) {
    if (!ds) return;
    if (ds->source) ds->source->close(ds);
    ln_dataset_clear_parts(ds);
    for (int i = 0; i < ds->classes; i++) ln_free(ds->class_names[i]);
    ln_free(ds->class_names);
    ln_free(ds->labels);
    ln_free(ds->source_part);
    ln_free(ds->excluded);
    ln_free(ds->groups);
    ln_free(ds->path);
    ln_free(ds);
}

int ln_dataset_read(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample) {
    return ds->source->read(ds, index, sample);
}

int ln_dataset_decode(const struct ln_dataset *ds, uint32_t index, const struct ln_decode_opts *opts,
                      struct ln_image *image) {
    char name[PATH_MAX];
    unsigned char *data = NULL;
    size_t size = 0;
    LN_TRY(ds->source->bytes(ds, index, &data, &size));
    int status =
        ln_image_decode_with(data, size, ln_dataset_sample_name(ds, index, name, sizeof name), opts, image);
    ln_free(data);
    return status;
}

void ln_sample_fini(struct ln_sample *sample) {
    if (!sample->borrowed) ln_image_fini(&sample->image);
    *sample = (struct ln_sample){0};
}

int ln_dataset_picture(const struct ln_dataset *ds, uint32_t index, int side, struct ln_image *picture) {
    struct ln_sample sample = {0};
    *picture = (struct ln_image){0};
    LN_TRY(ln_dataset_read(ds, index, &sample));
    const int status = ln_image_convert(&sample.image, 3, picture);
    ln_sample_fini(&sample);
    if (status != LINNET_OK) return status;
    const int longer = picture->width > picture->height ? picture->width : picture->height;
    if (side > 0 && longer > side) ln_image_reduce(picture, (longer + side - 1) / side);
    return LINNET_OK;
}

const char *ln_dataset_sample_name(const struct ln_dataset *ds, uint32_t index, char *out, size_t size) {
    return ds->source->sample_name(ds, index, out, size);
}

void ln_dataset_class_counts(const struct ln_dataset *ds, int64_t *counts) {
    const size_t parts = LINNET_TEST + 1;
    memset(counts, 0, (size_t)ds->classes * parts * sizeof *counts);
    for (size_t i = 0; i < ds->count; i++) counts[(size_t)ds->labels[i] * parts]++;
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) {
        if (p == LINNET_VAL && ds->val_is_test) continue;
        for (size_t i = 0; i < ds->parts[p].count; i++) {
            int64_t *row = counts + (size_t)ds->labels[ds->parts[p].index[i]] * parts;
            row[p]++;
            row[0]--;
        }
    }
}

bool ln_dataset_has_parts(const struct ln_dataset *ds) {
    for (size_t i = 0; ds->source_part && i < ds->count; i++)
        if (ds->source_part[i] > LINNET_TRAIN) return true;
    return false;
}
