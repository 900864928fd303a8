/* torchvision's Resize(int) and CenterCrop; its functional.py defines the roundings. */
#include "image/preprocess.h"
#include "base/alloc.h"
#include "image/colour.h"
#include <math.h>
#include <string.h>

/* Where CenterCrop begins: half of the excess, rounded half to even. */
static int centre(int size, int crop) {
    return (int)lrint((size - crop) / 2.0);
}

/* One axis: resized to `size`; pixels [from, from + count) of that go to the output at `to`. */
struct span {
    int size, from, count, to;
};

/* CenterCrop pads images that are smaller than the crop with black. */
static struct span make_span(int size, int out) {
    if (size >= out) return (struct span){.size = size, .from = centre(size, out), .count = out};
    return (struct span){.size = size, .count = size, .to = (out - size) / 2};
}

static void plan_spans(const struct ln_preprocess *pp, int from_width, int from_height, struct span *x,
                       struct span *y) {
    int width = pp->width, height = pp->height;
    if (pp->resize > 0) { /* the longer side is truncated, not rounded */
        const bool tall = from_width <= from_height;
        const int side = tall ? from_width : from_height, other = tall ? from_height : from_width;
        const double scaled = (double)pp->resize * other / side;
        const int longer = scaled < INT32_MAX ? (int)scaled : INT32_MAX;
        width = tall ? pp->resize : longer;
        height = tall ? longer : pp->resize;
    }
    *x = make_span(width, pp->width);
    *y = make_span(height, pp->height);
}

/* The image with pp->channels channels, resized and cropped. */
static int cut(const struct ln_preprocess *pp, const struct ln_image *image, unsigned char *out) {
    struct span x, y;
    plan_spans(pp, image->width, image->height, &x, &y);
    const struct ln_resize_opts opts = {
        .filter = pp->interpolation,
        .width = x.size,
        .height = y.size,
        .crop = {x.from, y.from, x.count, y.count},
    };
    if (x.count == pp->width && y.count == pp->height) return ln_resize(image, &opts, out);
    const size_t c = (size_t)image->channels, row = (size_t)x.count * c;
    unsigned char *part = ln_alloc(row * y.count);
    int status = part ? ln_resize(image, &opts, part) : LINNET_ERR_LIMIT;
    memset(out, 0, (size_t)pp->width * pp->height * c);
    for (int i = 0; status == LINNET_OK && i < y.count; i++)
        memcpy(out + ((size_t)(y.to + i) * pp->width + x.to) * c, part + i * row, row);
    ln_free(part);
    return status;
}

int ln_preprocess_pixels(const struct ln_preprocess *pp, const struct ln_image *image, unsigned char *out) {
    if (pp->channels == image->channels) return cut(pp, image, out);
    struct ln_image converted;
    int status = ln_image_convert(image, pp->channels, &converted);
    if (status == LINNET_OK) status = cut(pp, &converted, out);
    ln_image_fini(&converted);
    return status;
}

/* Where the network's input of `out` pixels begins and ends on an axis of `size` pixels. */
static void place(const struct span *s, int size, int out, double *from, double *to) {
    const double pixel = (double)size / s->size;
    *from = (s->from - s->to) * pixel;
    *to = *from + out * pixel;
}

struct ln_box ln_preprocess_box(const struct ln_preprocess *pp, int width, int height) {
    struct ln_box box;
    struct span x, y;
    plan_spans(pp, width, height, &x, &y);
    place(&x, width, pp->width, &box.left, &box.right);
    place(&y, height, pp->height, &box.top, &box.bottom);
    return box;
}
