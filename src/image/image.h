/* An image in memory: 8 bits a channel, RGB or grey, and the ways to get one.
 *
 *     struct ln_image image;
 *     LN_TRY(ln_image_read("cat.jpg", NULL, &image));
 *     ... image.pixels[(y * image.width + x) * image.channels + c] ...
 *     ln_image_fini(&image);
 *
 * The format is told by content, never by extension; each format is one file and one line in format_list.h.
 * What comes out equals PIL's Image.open(path).convert("RGB") after ImageOps.exif_transpose, pixel for pixel.
 */
#ifndef LN_IMAGE_IMAGE_H
#define LN_IMAGE_IMAGE_H

#include "base/status.h"
#include <stdint.h>

struct ln_image {
    int width, height;
    int channels;          /* 3: RGB; 1: grey */
    unsigned char *pixels; /* [height][width][channels]; ln_free'd by ln_image_fini */
};

enum { LN_IMAGE_BYTES = 512 << 20 }; /* of a file, at most, where nothing else is said */

/* What a hostile file may cost; a zero field means the default. */
struct ln_image_limits {
    int64_t pixels; /* 100 million */
    int scans;      /* of a progressive JPEG: 100 */
    int64_t bytes;  /* of the file: LN_IMAGE_BYTES */
};

/* Always 3 channels. `name` is for the message. A file that can't be read is LINNET_ERR_INPUT, with one of
 * these codes:
 *
 *     img-empty, img-format        nothing in it; of no format that we read
 *     img-truncated                it ends at row 212 of 480
 *     img-damaged                  rotten, at a row where that is known
 *     img-unsupported              sound, but of a kind that we do not read
 *     img-size                     no pixels
 *     img-pixels, img-scans, img-bytes   over a limit
 *     img-bomb                     few bytes that claim much: see image.c
 *
 * LINNET_ERR_LIMIT "mem-alloc" without memory; ln_image_read adds what ln_file_read says. */
LN_MUST_CHECK int ln_image_decode(const unsigned char *data, size_t size, const char *name,
                                  const struct ln_image_limits *limits, struct ln_image *image);
LN_MUST_CHECK int ln_image_read(const char *path, const struct ln_image_limits *limits,
                                struct ln_image *image);
/* "JPEG", "PNG", ...: the format by its first bytes; NULL for none that we read. */
const char *ln_image_format_name(const unsigned char *data, size_t size);
void ln_image_fini(struct ln_image *image); /* a zeroed one is fine */

/* How a decoder may save work for a caller that shrinks the picture anyway: `shrink` is told the size
 * (upright, as orientation leaves it) before any pixel is decoded, and returns the largest factor by which
 * width and height may be divided. A format that can (JPEG) then decodes by the largest of 1, 2, 4, 8 not
 * above it; the others ignore it. */
struct ln_decode_opts {
    struct ln_image_limits limits;
    int (*shrink)(void *user, int width, int height); /* NULL: full size */
    void *user;
};
LN_MUST_CHECK int ln_image_decode_with(const unsigned char *data, size_t size, const char *name,
                                       const struct ln_decode_opts *opts, struct ln_image *image);

#endif
