/* The features lie in one array, so that a view of all images is complete or not, and a batch is a gather of
 * rows. Either all views have room or there is no cache: with half of them every second epoch would still run
 * the backbone, and the time of an epoch would be hard to foresee.
 *
 *     values   view 0: image 0, image 1, ...   view 1: image 0, ...    each `width` floats
 *     known    view 0: 1, 1, 0, ...            view 1: 0, ...          1: the row is filled
 */
#include "train/feature_cache.h"
#include "base/alloc.h"
#include "base/size.h"

#include <string.h>

static bool fits(const struct ln_feature_cache *c, size_t most) {
    size_t floats, bytes;
    return ln_size_mul((size_t)c->views * c->count, c->width, &floats) &&
           ln_size_mul(floats, sizeof(float), &bytes) && bytes <= most;
}

int ln_feature_cache_init(struct ln_feature_cache *c, const struct ln_dataset *ds, int views, size_t width,
                          int batch, size_t most) {
    const struct ln_part *part = &ds->parts[LINNET_TRAIN];
    *c = (struct ln_feature_cache){.views = views, .count = part->count, .width = width};
    if (views < 1 || !fits(c, most)) {
        c->views = 0;
        return LINNET_OK;
    }
    c->row_of = ln_calloc(ds->count, sizeof *c->row_of);
    c->values = ln_calloc((size_t)views * c->count, width * sizeof *c->values);
    c->labels = ln_calloc(c->count, sizeof *c->labels);
    c->known = ln_calloc((size_t)views, c->count);
    c->known_count = ln_calloc((size_t)views, sizeof *c->known_count);
    c->batch = ln_calloc((size_t)batch, width * sizeof *c->batch);
    c->batch_labels = ln_calloc((size_t)batch, sizeof *c->batch_labels);
    c->batch_indices = ln_calloc((size_t)batch, sizeof *c->batch_indices);
    if (!c->row_of || !c->values || !c->labels || !c->known || !c->known_count || !c->batch ||
        !c->batch_labels || !c->batch_indices)
        return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < part->count; i++) c->row_of[part->index[i]] = (uint32_t)i;
    return LINNET_OK;
}

void ln_feature_cache_fini(struct ln_feature_cache *c) {
    ln_free(c->row_of);
    ln_free(c->values);
    ln_free(c->labels);
    ln_free(c->known);
    ln_free(c->known_count);
    ln_free(c->batch);
    ln_free(c->batch_labels);
    ln_free(c->batch_indices);
    *c = (struct ln_feature_cache){0};
}

void ln_feature_cache_clear(struct ln_feature_cache *c) {
    if (c->views == 0) return;
    memset(c->known, 0, (size_t)c->views * c->count);
    memset(c->known_count, 0, (size_t)c->views * sizeof *c->known_count);
}

static float *row_at(const struct ln_feature_cache *c, int view, size_t row) {
    return c->values + ((size_t)view * c->count + row) * c->width;
}

void ln_feature_cache_keep(struct ln_feature_cache *c, int view, const float *features,
                           const uint32_t *indices, const int32_t *labels, int count) {
    for (int i = 0; c->views > 0 && i < count; i++) {
        const size_t row = c->row_of[indices[i]];
        unsigned char *known = &c->known[(size_t)view * c->count + row];
        memcpy(row_at(c, view, row), features + (size_t)i * c->width, c->width * sizeof *features);
        c->labels[row] = labels[i];
        c->known_count[view] += !*known;
        *known = 1;
    }
}

/* A view counts only if it is complete: a resumed run begins in the middle of one, and the first part is
 * missing. */
bool ln_feature_cache_has(const struct ln_feature_cache *c, int view) {
    return c->views > 0 && c->known_count[view] == c->count;
}

void ln_feature_cache_gather(struct ln_feature_cache *c, int view, const uint32_t *indices, int count) {
    for (int i = 0; i < count; i++) {
        const size_t row = c->row_of[indices[i]];
        memcpy(c->batch + (size_t)i * c->width, row_at(c, view, row), c->width * sizeof *c->batch);
        c->batch_labels[i] = c->labels[row];
        c->batch_indices[i] = indices[i];
    }
}
