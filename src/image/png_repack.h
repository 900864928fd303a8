/* Repairs the image data of a PNG with fewer rows than its header states. Pillow reads such a file if the deflate
 * stream ends after a whole row, with its checksum, and leaves the other pixels zero. libspng does not, so the rows are
 * packed again, uncompressed, with rows of zeros after them.
 */
#ifndef LN_IMAGE_PNG_REPACK_H
#define LN_IMAGE_PNG_REPACK_H

#include "image/png_chunks.h"

/* *packed: a deflate stream of *size bytes, newly allocated; NULL if the data does not end like this. */
LN_MUST_CHECK int ln_png_repack(const struct ln_image_input *in, const struct ln_png *png,
                                unsigned char **packed, size_t *size);

#endif
