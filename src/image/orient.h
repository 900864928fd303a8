/* Turning an image upright by its EXIF orientation (EXIF 2.32, section 4.6.4 A, tag 274). Equals PIL's
 * ImageOps.exif_transpose. */
#ifndef LN_IMAGE_ORIENT_H
#define LN_IMAGE_ORIENT_H

#include "image/image.h"
#include <stdbool.h>

/* In place if width and height stay, otherwise through a second buffer. A value outside 1..8 changes nothing.
 */
LN_MUST_CHECK int ln_image_orient(struct ln_image *image, int orientation);
/* True if the orientation exchanges width and height. */
bool ln_orientation_swaps(int orientation);

#endif
