/* A source reads one kind of data as it is stored on disk. To add one, write a file with a `const struct
 * ln_source ln_source_NAME` and add a line to source_list.h. dataset_open.c asks the sources in that order;
 * the first whose probe returns true opens the path. */
#ifndef LN_DATA_SOURCE_H
#define LN_DATA_SOURCE_H

#include "base/file.h"
#include "data/dataset.h"

struct ln_source {
    const char *name; /* "idx" */
    const char *what; /* "IDX files of the MNIST family"; listed when no source recognises the data */
    bool in_memory;   /* read() lends pixels that are in memory: it is cheap and cannot fail */

    /* True if the path looks like this kind of data. Judges names only; `entries` is the folder's listing,
     * NULL if `path` is a file. */
    bool (*probe)(const char *path, const struct ln_file_list *entries);

    /* Lists the samples of ds->path: fills count, labels, source_part, classes, class_names, channels, width,
     * height and source_data. The data set owns the arrays from then on. If open fails, close is still
     * called. */
    int (*open)(struct ln_dataset *ds, const struct ln_file_list *entries);
    void (*close)(struct ln_dataset *ds); /* frees source_data, which may be NULL */

    /* See ln_dataset_read and ln_dataset_sample_name; index < ds->count. */
    int (*read)(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample);
    /* Reads the sample's file as stored on disk into a new block; NULL if samples are not files. */
    int (*bytes)(const struct ln_dataset *ds, uint32_t index, unsigned char **data, size_t *size);
    /* The stamp of that file; NULL if samples are not files. */
    struct ln_file_stamp (*stamp)(const struct ln_dataset *ds, uint32_t index);
    const char *(*sample_name)(const struct ln_dataset *ds, uint32_t index, char *out, size_t size);
};

#define LN_SOURCE(name) extern const struct ln_source ln_source_##name;
#include "data/source_list.h"
#undef LN_SOURCE

#endif
