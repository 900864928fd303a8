/* Resampling with antialiasing, the same bits as PIL's Image.resize(size, filter, box) on 8-bit images, fused
 * with a crop.
 *
 *     struct ln_resize_opts opts = {.filter = LN_BILINEAR, .width = 341, .height = 256, .crop = {58, 16, 224,
 * 224}}; LN_TRY(ln_resize(&image, &opts, out));   the pixels that resizing, then cropping, would give
 */
#ifndef LN_IMAGE_RESIZE_H
#define LN_IMAGE_RESIZE_H

#include "image/image.h"
#include <stdbool.h>

enum ln_interpolation { LN_BILINEAR, LN_BICUBIC };

/* A part of the source, in pixels, with fractions; all zero: the whole. Inside the source, and not empty. */
struct ln_box {
    double left, top, right, bottom;
};

/* A part of the result; all zero: the whole. */
struct ln_crop {
    int left, top, width, height;
};

struct ln_resize_opts {
    enum ln_interpolation filter;
    int width, height; /* of the result, before the crop */
    struct ln_box box;
    bool cut; /* the box is cut out first, as by PIL's crop(): what lies around it has no share in its edges;
                 of a box with fractions, the pixels that it touches count as its own */
    struct ln_crop crop;
};

/* out: [crop.height][crop.width][channels]. Only the pixels that the crop needs are computed.
 * LINNET_ERR_LIMIT without memory; sizes and boxes are the caller's business (asserted). */
LN_MUST_CHECK int ln_resize(const struct ln_image *image, const struct ln_resize_opts *opts,
                            unsigned char *out);

#endif
