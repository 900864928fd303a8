/* What a HEIF file asks its decoder to do, read from its boxes (ISO/IEC 23008-12 and 14496-12) and from the headers
 * of its streams. libheif limits neither the tiles of a picture, nor how often a tile is used, nor the size in a
 * stream; some versions follow an item that refers to itself until the stack overflows. So every file passes this
 * check first. */
#ifndef LN_IMAGE_HEIF_BOXES_H
#define LN_IMAGE_HEIF_BOXES_H

#include "image/format.h"

struct ln_heif_layout {
    int64_t width, height;           /* of the primary picture before it is cropped and rotated */
    int64_t tile_width, tile_height; /* of the largest coded picture in it */
    bool grid;                       /* composed of tiles */
    bool deep;                       /* more than 8 bits a sample */
    int64_t work;                    /* pixels to be decoded, alpha included */
    int64_t bytes;                   /* of the streams */
    int pictures;                    /* to be decoded */
    int64_t slices;                  /* the same, each picture counted once per slice */
};

/* LINNET_ERR_INPUT "img-truncated", "img-damaged" or "img-unsupported"; LINNET_ERR_LIMIT "mem-alloc". */
LN_MUST_CHECK int ln_heif_inspect(const struct ln_image_input *in, const struct ln_image_format *format,
                                  struct ln_heif_layout *layout);

#endif
