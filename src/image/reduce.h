/* Reduces an image by a whole factor: each output pixel is the mean of a square of input pixels. */
#ifndef LN_IMAGE_REDUCE_H
#define LN_IMAGE_REDUCE_H

#include "image/image.h"

/* In place. Width and height are rounded up; incomplete squares at the right and lower edges average the pixels that exist.
 * Means are rounded to nearest. */
void ln_image_reduce(struct ln_image *image, int factor);

#endif
