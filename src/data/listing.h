/* A list of labelled image files: what the sources share whose samples are files. Paths are relative to the
 * data; an image is decoded when it is read, and only then is it known to be one.
 */
#ifndef LN_DATA_LISTING_H
#define LN_DATA_LISTING_H

#include "base/text.h"
#include "data/classes.h"
#include "data/dataset.h"

struct ln_listed {
    size_t path; /* where it begins in ln_listing.paths */
    int32_t label;
    uint8_t part; /* enum linnet_part, 0 where the source does not say */
};

struct ln_listing {
    char *base;           /* the folder that the paths are relative to */
    struct ln_text paths; /* all of them, each with its NUL */
    struct ln_listed *files;
    size_t count, capacity;
    struct ln_classes classes;
};

/* The listing that a source's open fills: ds->source_data. NULL on failure (recorded). */
struct ln_listing *ln_listing_begin(struct ln_dataset *ds, const char *base);
/* The file FOLDER/NAME; folder "" for the data's own. */
LN_MUST_CHECK int ln_listing_add(struct ln_listing *listing, const char *folder, const char *name, int label,
                                 int part);
const char *ln_listing_path(const struct ln_listing *listing, size_t index);
/* Puts the files from `first` on into order: by label, then by path, byte by byte. */
void ln_listing_sort(struct ln_listing *listing, size_t first);
/* The end of open: samples, labels, parts and classes become the data set's. */
LN_MUST_CHECK int ln_listing_end(struct ln_dataset *ds);

/* close, read, bytes and sample_name of such a source. */
void ln_listing_close(struct ln_dataset *ds);
LN_MUST_CHECK int ln_listing_read(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample);
LN_MUST_CHECK int ln_listing_bytes(const struct ln_dataset *ds, uint32_t index, unsigned char **data,
                                   size_t *size);
const char *ln_listing_sample_name(const struct ln_dataset *ds, uint32_t index, char *out, size_t size);

#endif
