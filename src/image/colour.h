/* Conversion of rows from other colour models to RGB or grey, with exactly the results of PIL's convert(). */
#ifndef LN_IMAGE_COLOUR_H
#define LN_IMAGE_COLOUR_H

#include "image/image.h"
#include <stdbool.h>
#include <stddef.h>

/* grey: [n]; rgb: [n][3]. L = 0.299 R + 0.587 G + 0.114 B (ITU-R 601-2), in 16-bit fixed point, rounded. */
void ln_rgb_to_grey(const unsigned char *rgb, unsigned char *grey, size_t n);
void ln_grey_to_rgb(const unsigned char *grey, unsigned char *rgb, size_t n);
/* Converts one pixel in place: cyan, magenta and yellow (0 = no ink), printed over this much black, become
 * red, green and blue. */
void ln_cmy_to_rgb(unsigned char pixel[3], unsigned black);

/* The colour of each sample value: a palette, or grey levels spread over 0..255. */
struct ln_palette {
    unsigned char rgb[256][3];
};
/* Grey levels for samples of 1, 2, 4 or 8 bits; inverted if 0 means white. With 8 bits it equals PIL's blank
 * palette. */
void ln_palette_init(struct ln_palette *palette, int bits, bool inverted);
/* samples: n samples of 1, 2, 4 or 8 bits, packed from the high bit down; rgb: [n][3]. */
void ln_palette_apply(const struct ln_palette *palette, const unsigned char *samples, int bits, size_t n,
                      unsigned char *rgb);

/* Copies the image as grey (channels 1) or RGB (channels 3). */
LN_MUST_CHECK int ln_image_convert(const struct ln_image *image, int channels, struct ln_image *out);

#endif
