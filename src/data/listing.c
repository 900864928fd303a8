/* Labelled image files: collecting, sorting, handing over to the data set, reading. */
#include "data/listing.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ln_listing *ln_listing_begin(struct ln_dataset *ds, const char *base) {
    struct ln_listing *listing = ln_calloc(1, sizeof *listing);
    ds->source_data = listing;
    if (!listing || !(listing->base = ln_strdup(base))) return NULL;
    return listing;
}

int ln_listing_add(struct ln_listing *l, const char *folder, const char *name, int label, int part) {
    struct ln_listed *files = ln_grow(l->files, l->count, &l->capacity, sizeof *files);
    if (!files) return LINNET_ERR_LIMIT;
    l->files = files;
    size_t path = l->paths.length;
    if (*folder) {
        ln_text_add(&l->paths, folder);
        ln_text_add(&l->paths, "/");
    }
    ln_text_add_bytes(&l->paths, name, strlen(name) + 1);
    if (l->paths.failed) return LINNET_ERR_LIMIT;
    files[l->count++] = (struct ln_listed){path, label, (uint8_t)part};
    return LINNET_OK;
}

const char *ln_listing_path(const struct ln_listing *l, size_t index) {
    return l->paths.data + l->files[index].path;
}

static int listed_order(const void *a_, const void *b_, void *paths) {
    const struct ln_listed *a = a_, *b = b_;
    if (a->label != b->label) return a->label < b->label ? -1 : 1;
    return strcmp((const char *)paths + a->path, (const char *)paths + b->path);
}

void ln_listing_sort(struct ln_listing *l, size_t first) {
    if (l->count > first)
        qsort_r(l->files + first, l->count - first, sizeof *l->files, listed_order, l->paths.data);
}

int ln_listing_end(struct ln_dataset *ds) {
    struct ln_listing *l = ds->source_data;
    LN_TRY(ln_classes_spell(&l->classes, ds->path));
    ds->class_names = l->classes.names;
    ds->classes = (int)l->classes.count;
    l->classes = (struct ln_classes){0};
    ds->channels = 3;
    ds->count = l->count;
    ds->labels = ln_calloc(l->count, sizeof *ds->labels);
    ds->source_part = ln_calloc(l->count, sizeof *ds->source_part);
    if (!ds->labels || !ds->source_part) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < l->count; i++) {
        ds->labels[i] = l->files[i].label;
        ds->source_part[i] = l->files[i].part;
    }
    return LINNET_OK;
}

void ln_listing_close(struct ln_dataset *ds) {
    struct ln_listing *l = ds->source_data;
    if (!l) return;
    ln_free(l->base);
    ln_text_fini(&l->paths);
    ln_classes_fini(&l->classes);
    ln_free(l->files);
    ln_free(l);
}

static int full_path(const struct ln_listing *l, uint32_t index, char path[PATH_MAX]) {
    const char *name = ln_listing_path(l, index);
    if (snprintf(path, PATH_MAX, "%s/%s", l->base, name) < PATH_MAX) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "file-open", "%.*s...: the path is longer than %d bytes",
                   LN_TEXT_CUT(name), PATH_MAX - 1); /* no system call takes a longer one */
}

int ln_listing_read(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample) {
    char path[PATH_MAX];
    *sample = (struct ln_sample){0};
    LN_TRY(full_path(ds->source_data, index, path));
    return ln_image_read(path, NULL, &sample->image);
}

int ln_listing_bytes(const struct ln_dataset *ds, uint32_t index, unsigned char **data, size_t *size) {
    char path[PATH_MAX];
    LN_TRY(full_path(ds->source_data, index, path));
    return ln_file_read(path, LN_IMAGE_BYTES, data, size);
}

struct ln_file_stamp ln_listing_stamp(const struct ln_dataset *ds, uint32_t index) {
    char path[PATH_MAX];
    const struct ln_listing *l = ds->source_data;
    snprintf(path, sizeof path, "%s/%s", l->base, ln_listing_path(l, index)); /* no file has a longer path */
    return ln_file_stamp(path);
}

const char *ln_listing_sample_name(const struct ln_dataset *ds, uint32_t index, char *out, size_t size) {
    snprintf(out, size, "%s", ln_listing_path(ds->source_data, index));
    return out;
}
