/* What an image format is: a way to recognise it and a way to decode it. A format is one file (jpeg.c) that
 * exports one ln_image_format_NAME, and one line in format_list.h; docs/add-an-image-format.md shows the way.
 */
#ifndef LN_IMAGE_FORMAT_H
#define LN_IMAGE_FORMAT_H

#include "image/image.h"
#include <stdbool.h>

/* A file to decode, as a format sees it. */
struct ln_image_input {
    const unsigned char *data; /* [size], hostile */
    size_t size;
    const char *name;           /* for messages */
    struct ln_decode_opts opts; /* limits filled in: no zero is left in them */
};

struct ln_image_format {
    const char *name; /* as messages say it: "JPEG" */
    bool (*sniff)(const unsigned char *data, size_t size);
    /* Fills `image` (by ln_image_create) with the pixels as stored, and sets *orientation (1 before the call)
     * where the file has one: EXIF's 1 to 8. On failure the caller disposes of `image`. */
    int (*decode)(const struct ln_image_input *in, struct ln_image *image, int *orientation);
};

/* Checks a claimed size against the limits. `cost` is the most memory, in bytes a pixel, that decoding will
 * have in use at once, the 3 of the image included: a small file must not make us touch much, whatever it
 * claims. */
LN_MUST_CHECK int ln_image_check(const struct ln_image_input *in, const struct ln_image_format *format,
                                 int64_t width, int64_t height, int cost);
/* The same, then an RGB image of that size. */
LN_MUST_CHECK int ln_image_create(const struct ln_image_input *in, const struct ln_image_format *format,
                                  int64_t width, int64_t height, int cost, struct ln_image *image);

/* The refusals that every format shares; each records the line and returns LINNET_ERR_INPUT. A height of 0 is
 * one that is not known yet: the file ends, or is damaged, in its header. */
int ln_image_truncated(const struct ln_image_input *in, const struct ln_image_format *format, int64_t row,
                       int64_t height);
int ln_image_damaged(const struct ln_image_input *in, const struct ln_image_format *format, int64_t row,
                     int64_t height, const char *what);
/* Damage before the first row, or of the file as a whole. */
int ln_image_malformed(const struct ln_image_input *in, const struct ln_image_format *format,
                       const char *what);
/* Sound as far as we can see, but of a kind that Linnet does not read. */
int ln_image_unsupported(const struct ln_image_input *in, const struct ln_image_format *format,
                         const char *what);

#endif
