/* Resampling with antialiasing, fused with a crop: the same bits as PIL's Image.resize(size, filter, box) on
 * 8-bit images.
 *
 *     struct ln_resize_opts opts = {
 *         .filter = LN_BILINEAR, .width = 341, .height = 256, .crop = {58, 16, 224, 224}};
 *     LN_TRY(ln_resize(&image, &opts, out));   the same pixels as resizing to 341 x 256, then cropping
 */
#ifndef LN_IMAGE_RESIZE_H
#define LN_IMAGE_RESIZE_H

#include "image/image.h"
#include <stdbool.h>

enum ln_interpolation { LN_BILINEAR, LN_BICUBIC };

/* A part of the source in fractional pixels; all zero: the whole source. Must be inside it and not empty. */
struct ln_box {
    double left, top, right, bottom;
};

/* A part of the result; all zero: the whole result. */
struct ln_crop {
    int left, top, width, height;
};

struct ln_resize_opts {
    enum ln_interpolation filter;
    int width, height; /* size of the result before the crop */
    struct ln_box box;
    bool cut; /* Cut the box out of the source first, like PIL's crop(): pixels around it do not contribute
                 to its edges. Pixels that a fractional box touches belong to it. */
    struct ln_crop crop;
};

/* out: [crop.height][crop.width][channels]. Computes only the pixels that the crop needs. LINNET_ERR_LIMIT if
 * memory runs out; the caller must pass valid sizes and boxes (asserted). */
LN_MUST_CHECK int ln_resize(const struct ln_image *image, const struct ln_resize_opts *opts,
                            unsigned char *out);

#endif
