/* A source: one kind of data as it lies on disk. Adding one is a file with a `const struct ln_source
 * ln_source_NAME` and a line in source_list.h; dataset.c asks each in that order whether the path looks like
 * its kind, and the first that says yes opens it.
 */
#ifndef LN_DATA_SOURCE_H
#define LN_DATA_SOURCE_H

#include "base/file.h"
#include "data/dataset.h"

struct ln_source {
    const char *name; /* "idx" */
    const char *what; /* "IDX files of the MNIST family", for the message where nothing fits */
    bool in_memory;   /* reading a sample borrows its pixels: it costs nothing and can't fail */

    /* Does it look like this kind? By names alone; `entries` is the folder's listing, NULL where `path` is a
     * file. */
    bool (*probe)(const char *path, const struct ln_file_list *entries);

    /* Lists the samples of ds->path: fills count, labels, source_part, classes, class_names, channels, width,
     * height and source_data. The arrays are the data set's from then on; after a failure close is called all
     * the same. */
    int (*open)(struct ln_dataset *ds, const struct ln_file_list *entries);
    void (*close)(struct ln_dataset *ds); /* frees source_data, which may be NULL */

    /* As ln_dataset_read and ln_dataset_sample_name; index < ds->count. */
    int (*read)(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample);
    /* The sample's file as it lies on disk, newly allocated; NULL where samples are no files. */
    int (*bytes)(const struct ln_dataset *ds, uint32_t index, unsigned char **data, size_t *size);
    const char *(*sample_name)(const struct ln_dataset *ds, uint32_t index, char *out, size_t size);
};

#define LN_SOURCE(name) extern const struct ln_source ln_source_##name;
#include "data/source_list.h"
#undef LN_SOURCE

#endif
