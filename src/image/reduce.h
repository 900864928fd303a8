/* A picture divided by a whole number: each pixel the mean of a square of them. */
#ifndef LN_IMAGE_REDUCE_H
#define LN_IMAGE_REDUCE_H

#include "image/image.h"

/* In place. Sides are rounded up, what the squares at the right and lower edges lack does not count, means
 * are rounded to the nearest. */
void ln_image_reduce(struct ln_image *image, int factor);

#endif
