/* Rows of samples in other colour models made RGB or grey, exactly as PIL's convert() makes them. */
#ifndef LN_IMAGE_COLOUR_H
#define LN_IMAGE_COLOUR_H

#include "image/image.h"
#include <stdbool.h>
#include <stddef.h>

/* grey: [n]; rgb: [n][3]. L = 0.299 R + 0.587 G + 0.114 B (ITU-R 601-2), in 16-bit fixed point, rounded. */
void ln_rgb_to_grey(const unsigned char *rgb, unsigned char *grey, size_t n);
void ln_grey_to_rgb(const unsigned char *grey, unsigned char *rgb, size_t n);
/* One pixel in place: cyan, magenta and yellow (0 = no ink) become red, green and blue under so much black.
 */
void ln_cmy_to_rgb(unsigned char pixel[3], unsigned black);

/* What sample values mean: a palette, or the greys of so many bits spread over 0..255. */
struct ln_palette {
    unsigned char rgb[256][3];
};
/* Greys for samples of 1, 2, 4 or 8 bits; inverted where 0 is white. With 8 it is also PIL's blank palette.
 */
void ln_palette_init(struct ln_palette *palette, int bits, bool inverted);
/* samples: n of them, of 1, 2, 4 or 8 bits, packed from the high bit down; rgb: [n][3]. */
void ln_palette_apply(const struct ln_palette *palette, const unsigned char *samples, int bits, size_t n,
                      unsigned char *rgb);

/* A 1-channel copy of a 3-channel image, or a 3-channel one of a grey. */
LN_MUST_CHECK int ln_image_convert(const struct ln_image *image, int channels, struct ln_image *out);

#endif
