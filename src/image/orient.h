/* Turning an image upright by EXIF's orientation (EXIF 2.32, section 4.6.4 A, tag 274): equal to PIL's
 * ImageOps.exif_transpose. */
#ifndef LN_IMAGE_ORIENT_H
#define LN_IMAGE_ORIENT_H

#include "image/image.h"
#include <stdbool.h>

/* In place where the sides stay, else by a second buffer. A number outside 1..8 leaves the image alone. */
LN_MUST_CHECK int ln_image_orient(struct ln_image *image, int orientation);
/* True where width and height change places. */
bool ln_orientation_swaps(int orientation);

#endif
