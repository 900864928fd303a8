/* Brightness, contrast, saturation, sharpness and hue: the same bits as PIL's ImageEnhance and torchvision's
 * adjust_hue. Each blends the picture with a degenerate version: factor 0 gives the degenerate version, 1 the
 * picture itself, and more than 1 extrapolates away from the degenerate version.
 *
 * in and out may be the same image, except for ln_sharpness; out has the shape of in.
 */
#ifndef LN_IMAGE_ENHANCE_H
#define LN_IMAGE_ENHANCE_H

#include "image/image.h"

void ln_brightness(const struct ln_image *in, float factor, struct ln_image *out); /* 0: black */
void ln_contrast(const struct ln_image *in, float factor, struct ln_image *out);   /* 0: the mean grey */
void ln_saturation(const struct ln_image *in, float factor, struct ln_image *out); /* 0: grey */
void ln_sharpness(const struct ln_image *in, float factor, struct ln_image *out);  /* 0: smoothed */

/* Rotates the hue by shift/255 of the circle; grey images stay as they are. */
void ln_hue(const struct ln_image *in, unsigned char shift, struct ln_image *out);

#endif
