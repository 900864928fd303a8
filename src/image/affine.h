/* Affine moves with the nearest pixel and black around, as torchvision does them on PIL images, to the bit.
 * in and out are different images of one shape.
 */
#ifndef LN_IMAGE_AFFINE_H
#define LN_IMAGE_AFFINE_H

#include "image/image.h"

/* torchvision's affine(shear = atan(slope), center = [0, 0]): rows, or columns, pushed aside in proportion to
 * their distance from the upper left corner. */
void ln_shear_x(const struct ln_image *in, double slope, struct ln_image *out);
void ln_shear_y(const struct ln_image *in, double slope, struct ln_image *out);
/* By whole pixels, to the right and down. */
void ln_translate(const struct ln_image *in, int x, int y, struct ln_image *out);
/* Counter-clockwise about the centre. */
void ln_rotate(const struct ln_image *in, double degrees, struct ln_image *out);

#endif
