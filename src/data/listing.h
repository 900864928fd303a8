/* A list of labelled image files, shared by the sources whose samples are files. Paths are relative to the
 * data. A file is opened only when its sample is read, so a listed file need not be a valid image. */
#ifndef LN_DATA_LISTING_H
#define LN_DATA_LISTING_H

#include "base/file.h"
#include "base/text.h"
#include "data/classes.h"
#include "data/dataset.h"

struct ln_listed {
    size_t path; /* offset of its path in ln_listing.paths */
    int32_t label;
    uint8_t part; /* enum linnet_part, 0 if the source assigns none */
};

struct ln_listing {
    char *base;           /* the folder that paths are relative to */
    struct ln_text paths; /* all paths, each NUL-terminated */
    struct ln_listed *files;
    size_t count, capacity;
    struct ln_classes classes;
};

/* Creates the listing that a source's open fills, as ds->source_data. NULL on failure (recorded). */
struct ln_listing *ln_listing_begin(struct ln_dataset *ds, const char *base);
/* Adds the file FOLDER/NAME. folder is "" for the data's own folder. */
LN_MUST_CHECK int ln_listing_add(struct ln_listing *listing, const char *folder, const char *name, int label,
                                 int part);
const char *ln_listing_path(const struct ln_listing *listing, size_t index);
/* Sorts the files from `first` on by label, then by path in byte order. */
void ln_listing_sort(struct ln_listing *listing, size_t first);
/* Ends open: hands samples, labels, parts and classes to the data set. */
LN_MUST_CHECK int ln_listing_end(struct ln_dataset *ds);

/* The close, read, bytes, stamp and sample_name of such a source. */
void ln_listing_close(struct ln_dataset *ds);
LN_MUST_CHECK int ln_listing_read(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample);
LN_MUST_CHECK int ln_listing_bytes(const struct ln_dataset *ds, uint32_t index, unsigned char **data,
                                   size_t *size);
struct ln_file_stamp ln_listing_stamp(const struct ln_dataset *ds, uint32_t index);
const char *ln_listing_sample_name(const struct ln_dataset *ds, uint32_t index, char *out, size_t size);

#endif
