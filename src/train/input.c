/* Decodes an input of the predictor into an image. Pixels come from the caller, so their size is checked like that of a
 * file. */
#include "base/alloc.h"
#include "train/predictor.h"

#include <stdio.h>
#include <string.h>

enum { NAME = 256 };

static const char *name_of(const struct linnet_input *in, size_t index, char out[NAME]) {
    if (in->path) return in->path;
    snprintf(out, NAME, "input %zu", index);
    return out;
}

static int check_pixels(const struct linnet_input *in, const char *name) {
    enum { SIDE_MOST = 1 << 18, PIXELS_MOST = 100 * 1000 * 1000 }; /* the limits of image files */
    if (in->width < 1 || in->height < 1 || in->width > SIDE_MOST || in->height > SIDE_MOST ||
        (int64_t)in->width * in->height > PIXELS_MOST)
        return ln_fail(LINNET_ERR_USAGE, "input-size",
                       "%s: %d x %d pixels; width and height must be from 1 to %d, their product at most %d",
                       name, in->width, in->height, SIDE_MOST, PIXELS_MOST);
    if (in->stride != 0 && in->stride < 3 * (size_t)in->width)
        return ln_fail(LINNET_ERR_USAGE, "input-stride",
                       "%s: rows are %zu bytes apart; %d pixels of 3 bytes need %zu", name, in->stride,
                       in->width, 3 * (size_t)in->width);
    return LINNET_OK;
}

static int copy_pixels(const struct linnet_input *in, const char *name, struct ln_image *image) {
    const size_t row = 3 * (size_t)in->width, stride = in->stride ? in->stride : row;
    LN_TRY(check_pixels(in, name));
    *image = (struct ln_image){in->width, in->height, 3, ln_alloc(row * (size_t)in->height)};
    if (!image->pixels) return LINNET_ERR_LIMIT;
    for (size_t y = 0; y < (size_t)in->height; y++)
        memcpy(image->pixels + y * row, in->pixels + y * stride, row);
    return LINNET_OK;
}

int ln_input_decode(const struct linnet_input *in, size_t index, struct ln_image *image) {
    char buffer[NAME];
    const char *name = name_of(in, index, buffer);
    *image = (struct ln_image){0};
    if (in->bytes && in->pixels)
        return ln_fail(LINNET_ERR_USAGE, "input-kind", "%s: both bytes and pixels are set; set only one",
                       name);
    if (in->pixels) return copy_pixels(in, name, image);
    if (in->bytes) return ln_image_decode(in->bytes, in->byte_count, name, NULL, image);
    if (in->path) return ln_image_read(in->path, NULL, image);
    return ln_fail(LINNET_ERR_USAGE, "input-kind", "%s: no path, bytes or pixels are set; set one of them",
                   name);
}
