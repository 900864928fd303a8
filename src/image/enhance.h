/* The knobs of a television set, as PIL's ImageEnhance and torchvision's adjust_hue turn them, to the bit:
 * each blends the picture with a degenerate one, which factor 0 gives and factor 1 leaves out; beyond 1 it is
 * moved away from.
 *
 * in and out may be the same image, but for ln_sharpness; out has in's shape.
 */
#ifndef LN_IMAGE_ENHANCE_H
#define LN_IMAGE_ENHANCE_H

#include "image/image.h"

void ln_brightness(const struct ln_image *in, float factor, struct ln_image *out); /* 0: black */
void ln_contrast(const struct ln_image *in, float factor, struct ln_image *out);   /* 0: the mean grey */
void ln_saturation(const struct ln_image *in, float factor, struct ln_image *out); /* 0: its greys */
void ln_sharpness(const struct ln_image *in, float factor, struct ln_image *out);  /* 0: smoothed */

/* Turns the hue by shift/255 of the circle; a grey image stays as it is. */
void ln_hue(const struct ln_image *in, unsigned char shift, struct ln_image *out);

#endif
