/* A data set: labelled images in three parts (train, validation, test), whatever format they are stored in.
 *
 * A source is one file and one line in source_list.h. It recognises a path (probe), lists its samples (open)
 * and reads one of them (read). All other code uses data sets through this header.
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
    uint32_t *index; /* sample numbers, in the order of the part */
    size_t count;
};

struct ln_dataset {
    char *path;
    int classes;
    char **class_names;   /* folders: byte order of their names; IDX and CIFAR: the data's own order */
    size_t count;         /* samples in all parts */
    int32_t *labels;      /* [count] */
    uint8_t *source_part; /* [count] enum linnet_part as the data assigns it, 0 if it assigns none; NULL if
                             it never does */
    int channels;         /* 1 if every image is grey, 3 otherwise */
    int width, height;    /* the size of every image; 0 if sizes differ */
    const struct ln_source *source;
    void *source_data;
    uint8_t *excluded; /* [count] 1: cannot be decoded, so ln_split_apply puts it in no part; NULL if not
                          inspected */
    uint32_t *groups;  /* [count] near-identical images share a number and stay in one part; NULL if not
                          inspected */
    struct ln_part parts[LINNET_TEST + 1]; /* by enum linnet_part; [0] is empty */
    bool val_is_test;  /* no validation part: LINNET_VAL is an alias of the test part, with the same index
                         array */
    bool val_held_out; /* the validation part was taken out of the training part (split.h) */
};

/* True if training keeps the weights of the last epoch: the test part may not choose the epoch, and a held-out part
 * is too small to choose it. */
static inline bool ln_dataset_keeps_last(const struct ln_dataset *ds) {
    return ds->val_is_test || ds->val_held_out;
}

/* LINNET_ERR_INPUT "data-missing", "data-kind", "data-count", and the errors of the source and the split.
 * opts may be NULL for defaults. */
LN_MUST_CHECK int ln_dataset_open(struct ln_dataset **ds, const char *path,
                                  const struct linnet_data_opts *opts);
void ln_dataset_close(struct ln_dataset *ds);       /* ds may be NULL */
void ln_dataset_clear_parts(struct ln_dataset *ds); /* frees the parts; the samples stay */

/* The image of one sample. Sources that hold their images in memory lend the pixels; others decode a file.
 * Call ln_sample_fini in both cases. Safe from several threads. */
struct ln_sample {
    struct ln_image image;
    bool borrowed;
};
LN_MUST_CHECK int ln_dataset_read(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample);
void ln_sample_fini(struct ln_sample *sample);
/* The image of one sample as an RGB picture that the caller owns, reduced by a whole factor to at most `side` pixels
 * in width and height; side 0: full size. */
LN_MUST_CHECK int ln_dataset_picture(const struct ln_dataset *ds, uint32_t index, int side,
                                     struct ln_image *picture);
/* Decodes the sample's file with the given options, for sources whose samples are files (`bytes` in
 * source.h). The caller owns the image. */
LN_MUST_CHECK int ln_dataset_decode(const struct ln_dataset *ds, uint32_t index,
                                    const struct ln_decode_opts *opts, struct ln_image *image);

/* The name that users see: the path relative to the data, or "t10k-images-idx3-ubyte.gz[17]". Returns out. */
const char *ln_dataset_sample_name(const struct ln_dataset *ds, uint32_t index, char *out, size_t size);

/* Per-channel mean and standard deviation of the training part's pixels, scaled to [0,1], for data without published
 * values. Uses every image if they are in memory, otherwise up to 1000 files, evenly spread; files that cannot be
 * decoded are skipped. The sums are integers, so every machine gets the same result. A constant channel gets std 1.
 * Grey images give three equal channels. */
LN_MUST_CHECK int ln_dataset_statistics(const struct ln_dataset *ds, float mean[3], float std[3]);

/* linnet_data_class_counts, linnet_data_has_parts. */
void ln_dataset_class_counts(const struct ln_dataset *ds, int64_t *counts);
bool ln_dataset_has_parts(const struct ln_dataset *ds);

#endif
