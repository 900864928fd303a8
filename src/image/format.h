/* An image format recognises a file and decodes it. A format is one file (such as jpeg.c) that exports one
 * ln_image_format_NAME, and one line in format_list.h; docs/add-an-image-format.md explains how to add one.
 */
#ifndef LN_IMAGE_FORMAT_H
#define LN_IMAGE_FORMAT_H

#include "image/image.h"
#include <stdbool.h>

/* The file to decode. */
struct ln_image_input {
    const unsigned char *data; /* [size] hostile */
    size_t size;
    const char *name;           /* for messages */
    struct ln_decode_opts opts; /* defaults filled in: no limit is zero */
};

struct ln_image_format {
    const char *name; /* the name in messages: "JPEG" */
    bool (*sniff)(const unsigned char *data, size_t size);
    /* Creates `image` (with ln_image_create) and fills it with the pixels as stored. Sets *orientation, which
     * is 1 before the call, if the file has an EXIF orientation (1 to 8). On failure the caller frees
     * `image`. */
    int (*decode)(const struct ln_image_input *in, struct ln_image *image, int *orientation);
};

/* Checks a claimed size against the limits. `cost` is the peak memory of decoding in bytes per pixel,
 * including the 3 of the image: a small file must not make the decoder touch much memory, whatever size it
 * claims. */
LN_MUST_CHECK int ln_image_check(const struct ln_image_input *in, const struct ln_image_format *format,
                                 int64_t width, int64_t height, int cost);
/* Calls ln_image_check, then creates an RGB image of that size. */
LN_MUST_CHECK int ln_image_create(const struct ln_image_input *in, const struct ln_image_format *format,
                                  int64_t width, int64_t height, int cost, struct ln_image *image);

/* The refusals that formats share. Each records a message and returns LINNET_ERR_INPUT. A height of 0 means
 * that it is not known yet: the file ends, or is damaged, in its header. */
int ln_image_truncated(const struct ln_image_input *in, const struct ln_image_format *format, int64_t row,
                       int64_t height);
int ln_image_damaged(const struct ln_image_input *in, const struct ln_image_format *format, int64_t row,
                     int64_t height, const char *what);
/* Damage before the first row, or of the file as a whole. */
int ln_image_malformed(const struct ln_image_input *in, const struct ln_image_format *format,
                       const char *what);
/* Notes damage of a picture that is decoded all the same in in->opts.damage. The first note stays. */
void ln_image_note(const struct ln_image_input *in, const struct ln_image_format *format, int64_t row,
                   int64_t height, const char *what);
/* A valid file as far as we can see, but of a variant that Linnet does not read. */
int ln_image_unsupported(const struct ln_image_input *in, const struct ln_image_format *format,
                         const char *what);

#endif
