/* Tone curves: the same bits as PIL's ImageOps. in and out may be the same image; out has the shape of in. */
#ifndef LN_IMAGE_TONE_H
#define LN_IMAGE_TONE_H

#include "image/image.h"

/* keeps the upper bits, 1 to 8 of them */
void ln_posterize(const struct ln_image *in, int bits, struct ln_image *out);
/* Inverts values at or above the threshold. */
void ln_solarize(const struct ln_image *in, float threshold, struct ln_image *out);
/* Stretches each channel so that its darkest value becomes 0 and its lightest 255. */
void ln_autocontrast(const struct ln_image *in, struct ln_image *out);
/* Equalises the histogram of each channel. */
void ln_equalize(const struct ln_image *in, struct ln_image *out);

#endif
