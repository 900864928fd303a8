/* The names of TIFF's compression methods and colour models, for messages. */
#ifndef LN_IMAGE_TIFF_NAMES_H
#define LN_IMAGE_TIFF_NAMES_H

#include <stdint.h>

enum { LN_TIFF_NAME = 64 };

/* "ZSTD", "CIE L*a*b*", or "method 12345" for an unknown code. Both return out. */
const char *ln_tiff_compression(uint16_t code, char out[LN_TIFF_NAME]);
const char *ln_tiff_colours(uint16_t code, char out[LN_TIFF_NAME]);

#endif
