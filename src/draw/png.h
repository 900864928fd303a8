/* PNG files in memory. */
#ifndef LN_DRAW_PNG_H
#define LN_DRAW_PNG_H

#include "base/text.h"

/* Appends the file's bytes. pixels: [height][width], 0xffRRGGBB. LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_png_add(struct ln_text *file, uint32_t *pixels, int width, int height);
/* See linnet_encode_png. */
LN_MUST_CHECK int ln_png_encode(const unsigned char *rgb, int width, int height, unsigned char **bytes,
                                size_t *count);

#endif
