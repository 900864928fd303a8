/* Affine transforms with nearest-neighbour sampling and a black border: the same bits as torchvision on PIL
 * images. in and out are different images of the same shape. */
#ifndef LN_IMAGE_AFFINE_H
#define LN_IMAGE_AFFINE_H

#include "image/image.h"

/* torchvision's affine(shear = atan(slope), center = [0, 0]): shifts each row (or column) in proportion to
 * its distance from the upper left corner. */
void ln_shear_x(const struct ln_image *in, double slope, struct ln_image *out);
void ln_shear_y(const struct ln_image *in, double slope, struct ln_image *out);
/* Shifts right and down by whole pixels. */
void ln_translate(const struct ln_image *in, int x, int y, struct ln_image *out);
/* Rotates counter-clockwise around the centre. */
void ln_rotate(const struct ln_image *in, double degrees, struct ln_image *out);

#endif
