/* Writes JPEG, for pictures inside pages. */
#ifndef LN_IMAGE_JPEG_WRITE_H
#define LN_IMAGE_JPEG_WRITE_H

#include "image/image.h"
#include <stddef.h>

/* A baseline JPEG with colours at half the resolution; quality as libjpeg counts it, 1 to 100. *data: ln_free it.
 * LINNET_ERR_LIMIT if memory runs out or a side exceeds 65,500 pixels. */
LN_MUST_CHECK int ln_jpeg_encode(const struct ln_image *image, int quality, unsigned char **data,
                                 size_t *size);

#endif
