/* An image in memory, 8 bits per channel, RGB or grey, and the functions that read one.
 *
 *     struct ln_image image;
 *     LN_TRY(ln_image_read("cat.jpg", NULL, &image));
 *     ... image.pixels[(y * image.width + x) * image.channels + c] ...
 *     ln_image_fini(&image);
 *
 * The format is recognised by content, never by file name; each format is one file and one line in
 * format_list.h. The result equals PIL's Image.open(path).convert("RGB") after ImageOps.exif_transpose, pixel
 * for pixel.
 */
#ifndef LN_IMAGE_IMAGE_H
#define LN_IMAGE_IMAGE_H

#include "base/status.h"
#include <stdint.h>

struct ln_image {
    int width, height;
    int channels;          /* 3: RGB; 1: grey */
    unsigned char *pixels; /* [height][width][channels]; owned by the image, freed by ln_image_fini */
};

enum { LN_IMAGE_BYTES = 512 << 20 }; /* default limit for the size of a file */

/* Bounds on what a hostile file may cost; zero selects the default. */
struct ln_image_limits {
    int64_t pixels; /* 100 million */
    int scans;      /* scans of a progressive JPEG: 100 */
    int64_t bytes;  /* size of the file: LN_IMAGE_BYTES */
};

/* Decodes to 3 channels. `name` is used in messages. A file that cannot be decoded gives LINNET_ERR_INPUT
 * with one of these codes:
 *
 *     img-empty, img-format        empty; not a format that Linnet reads
 *     img-truncated                the data ends at row 212 of 480
 *     img-damaged                  corrupt data, at a row if that is known
 *     img-unsupported              valid, but a variant that Linnet does not read
 *     img-size                     no pixels
 *     img-pixels, img-scans, img-bytes   over a limit
 *     img-bomb                     few bytes that claim many pixels: see image.c
 *
 * LINNET_ERR_LIMIT "mem-alloc" if memory runs out; ln_image_read adds the errors of ln_file_read.
 */
LN_MUST_CHECK int ln_image_decode(const unsigned char *data, size_t size, const char *name,
                                  const struct ln_image_limits *limits, struct ln_image *image);
LN_MUST_CHECK int ln_image_read(const char *path, const struct ln_image_limits *limits,
                                struct ln_image *image);
/* The memory that ln_image_read will need for this file, according to its header; zeros if it cannot be read. No
 * pixel is decoded. */
struct ln_image_peak {
    int64_t bytes;  /* at most */
    int64_t pixels; /* of the image */
};
struct ln_image_peak ln_image_read_peak(const char *path);
/* "JPEG", "PNG", ...: the format, recognised by its first bytes; NULL if Linnet does not read it. */
const char *ln_image_format_name(const unsigned char *data, size_t size);
const char *ln_image_format_known(const char *name); /* the same string for an equal name, else NULL */
void ln_image_fini(struct ln_image *image);          /* a zeroed image is fine */

/* Lets a decoder save work for a caller that reduces the picture anyway. `shrink` is called with the size
 * (after rotation by EXIF) before any pixel is decoded, and returns the largest factor by which width and
 * height may be divided. JPEG then decodes at 1/1, 1/2, 1/4 or 1/8, the smallest that the factor allows;
 * other formats ignore it. */
struct ln_decode_opts {
    struct ln_image_limits limits;
    /* Receives the damage of a picture that is decoded nevertheless, as in Pillow: the first complaint of the
     * decoder, code "img-damaged"; status LINNET_OK if it has none. Meaningless after a failure. */
    struct ln_error *damage;
    int (*shrink)(void *user, int width, int height); /* NULL: full size */
    void *user;
    struct ln_image_peak *peak; /* filled in before any pixel is decoded; NULL: not wanted */
};
LN_MUST_CHECK int ln_image_decode_with(const unsigned char *data, size_t size, const char *name,
                                       const struct ln_decode_opts *opts, struct ln_image *image);

#endif
