/* Rows of samples in other colour models made RGB or grey, exactly as PIL's convert() makes them. */
#ifndef LN_IMAGE_COLOUR_H
#define LN_IMAGE_COLOUR_H

#include "image/image.h"
#include <stddef.h>

/* grey: [n]; rgb: [n][3]. L = 0.299 R + 0.587 G + 0.114 B (ITU-R 601-2), in 16-bit fixed point, rounded. */
void ln_rgb_to_grey(const unsigned char *rgb, unsigned char *grey, size_t n);
void ln_grey_to_rgb(const unsigned char *grey, unsigned char *rgb, size_t n);
/* cmyk: [n][4], 0 = no ink. */
void ln_cmyk_to_rgb(const unsigned char *cmyk, unsigned char *rgb, size_t n);

/* A 1-channel copy of a 3-channel image, or a 3-channel one of a grey. */
LN_MUST_CHECK int ln_image_convert(const struct ln_image *image, int channels, struct ln_image *out);

#endif
