/* Curves over the values of an image, as PIL's ImageOps applies them, to the bit. in and out may be the same
 * image; out has in's shape.
 */
#ifndef LN_IMAGE_TONE_H
#define LN_IMAGE_TONE_H

#include "image/image.h"

void ln_posterize(const struct ln_image *in, int bits, struct ln_image *out); /* keeps the upper bits, 1..8 */
/* Values at or above the threshold are inverted. */
void ln_solarize(const struct ln_image *in, float threshold, struct ln_image *out);
/* Each channel stretched so that its darkest value is 0 and its lightest 255. */
void ln_autocontrast(const struct ln_image *in, struct ln_image *out);
/* Each channel's histogram made as flat as a curve can make it. */
void ln_equalize(const struct ln_image *in, struct ln_image *out);

#endif
