/* A data set: labelled images in three parts, from whatever source.
 *
 * A source is one file and one line in source_list.h: it recognises a path by looking (probe), lists its
 * samples (open), and reads one (read). The rest of the house sees only this header.
 */
#ifndef LN_DATA_DATASET_H
#define LN_DATA_DATASET_H

#include "base/status.h"
#include "image/image.h"
#include <linnet/linnet.h>
#include <stdbool.h>
#include <stdint.h>

struct ln_source; /* source.h */

struct ln_part {
    uint32_t *index; /* into the samples, in the part's own order */
    size_t count;
};

struct ln_dataset {
    char *path;
    int classes;
    char **class_names;   /* byte order of the names for folders; the data's own order for IDX */
    size_t count;         /* samples in all */
    int32_t *labels;      /* [count] */
    uint8_t *source_part; /* [count] enum linnet_part where the source says it, 0 where not; NULL: never */
    int channels;         /* 1: every image is grey; 3 otherwise */
    int width, height;    /* where every image has this size; 0 where sizes differ */
    const struct ln_source *source;
    void *source_data;
    uint8_t *excluded; /* [count] 1: does not decode, so in no part (ln_split_apply); NULL: none known */
    uint32_t *groups;  /* [count] what has the same number is near-identical, and stays in one part; NULL: not
                          looked for */
    struct ln_part parts[LINNET_TEST + 1]; /* by enum linnet_part; [0] is empty */
    bool val_is_test; /* no validation part of its own: LINNET_VAL is the test part again, index shared */
};

/* LINNET_ERR_INPUT "data-missing", "data-kind", "data-count", or what the source and the split have to say.
 * opts: NULL for defaults. */
LN_MUST_CHECK int ln_dataset_open(struct ln_dataset **ds, const char *path,
                                  const struct linnet_data_opts *opts);
void ln_dataset_close(struct ln_dataset *ds);       /* NULL is fine */
void ln_dataset_clear_parts(struct ln_dataset *ds); /* empties them and frees them */

/* The sample's image: borrowed pixels where the source holds them in memory, else decoded; ln_sample_fini
 * either way. Safe from several threads. */
struct ln_sample {
    struct ln_image image;
    bool borrowed;
};
LN_MUST_CHECK int ln_dataset_read(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample);
void ln_sample_fini(struct ln_sample *sample);
/* The sample's image decoded anew, for a source whose samples are files (bytes in source.h): the caller's. */
LN_MUST_CHECK int ln_dataset_decode(const struct ln_dataset *ds, uint32_t index,
                                    const struct ln_decode_opts *opts, struct ln_image *image);

/* How a person would name the sample: its path relative to the data, or "t10k-images-idx3-ubyte.gz[17]".
 * Returns out. */
const char *ln_dataset_sample_name(const struct ln_dataset *ds, uint32_t index, char *out, size_t size);

/* Mean and standard deviation of the train part's [0,1] pixel values a channel, for data that has no
 * customary ones: over all its images where they are in memory, else over up to 1000, evenly spread, those
 * that don't decode left out. Exact sums, so the same whatever the machine. A channel without any variation
 * gets std 1. Where the images are all grey, the three channels are equal. */
LN_MUST_CHECK int ln_dataset_statistics(const struct ln_dataset *ds, float mean[3], float std[3]);

#endif
