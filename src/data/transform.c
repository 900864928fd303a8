/* The sample's way into the batch: draw, then apply.
 *
 *     pixels at the network's size   resized from the box, or the image itself where it has that size
 *     out                            looked up in the table, shifted and mirrored on the way
 */
#include "data/transform.h"
#include "base/alloc.h"
#include "data/crop.h"
#include "image/colour.h"
#include <string.h>

void ln_transform_init(struct ln_transform *t, const struct ln_preprocess *pp,
                       const struct ln_augment *augment) {
    *t = (struct ln_transform){.preprocess = *pp};
    if (augment) t->augment = *augment;
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++) t->table[c][v] = ((float)v / 255.0F - pp->mean[c]) / pp->std[c];
}

size_t ln_transform_floats(const struct ln_transform *t) {
    return (size_t)t->preprocess.channels * (size_t)t->preprocess.height * (size_t)t->preprocess.width;
}

/* ---- draw ---------------------------------------------------------------------------------------------- */

void ln_transform_draw(const struct ln_transform *t, int width, int height, struct ln_sample_key key,
                       struct ln_draw *draw) {
    const struct ln_augment *a = &t->augment;
    struct ln_rng rng;
    ln_rng_init(&rng, key.seed, LN_RNG_AUGMENT, key.epoch, key.index);
    *draw = (struct ln_draw){.width = width, .height = height, .box = {0, 0, width, height}};
    if (a->crop == LN_CROP_RESIZED) draw->box = ln_crop_resized(&rng, width, height, a->scale, a->ratio);
    if (a->crop == LN_CROP_PADDED) {
        const uint32_t places = 2 * (uint32_t)a->padding + 1;
        draw->shift_y = (int)ln_rng_below(&rng, places) - a->padding;
        draw->shift_x = (int)ln_rng_below(&rng, places) - a->padding;
    }
    draw->flip = a->flip > 0 && ln_rng_double(&rng) < a->flip;
}

int ln_draw_shrink(const struct ln_transform *t, const struct ln_draw *draw) {
    if (t->augment.crop != LN_CROP_RESIZED) return 1;
    const int across = (int)((draw->box.right - draw->box.left) / t->preprocess.width);
    const int down = (int)((draw->box.bottom - draw->box.top) / t->preprocess.height);
    const int shrink = across < down ? across : down;
    return shrink < 1 ? 1 : shrink;
}

/* ---- apply: pixels ------------------------------------------------------------------------------------- */

/* Neither resized, cropped nor made grey; a grey image stays grey until it is looked up. */
static bool fits_as_it_is(const struct ln_transform *t, const struct ln_image *image) {
    const struct ln_preprocess *pp = &t->preprocess;
    int shorter = image->width < image->height ? image->width : image->height;
    return t->augment.crop != LN_CROP_RESIZED && image->width == pp->width && image->height == pp->height &&
           (pp->resize == 0 || pp->resize == shorter) &&
           (image->channels == pp->channels || image->channels == 1);
}

/* The box in the pixels of the image at hand. */
static struct ln_box scale_box(const struct ln_draw *draw, const struct ln_image *image) {
    const double x = (double)image->width / draw->width, y = (double)image->height / draw->height;
    struct ln_box box = {draw->box.left * x, draw->box.top * y, draw->box.right * x, draw->box.bottom * y};
    if (box.right > image->width) box.right = image->width;
    if (box.bottom > image->height) box.bottom = image->height;
    return box;
}

static int resize_box(const struct ln_transform *t, const struct ln_draw *draw, const struct ln_image *image,
                      unsigned char *out) {
    const struct ln_preprocess *pp = &t->preprocess;
    const struct ln_resize_opts opts = {
        .filter = pp->interpolation,
        .width = pp->width,
        .height = pp->height,
        .box = scale_box(draw, image),
        .cut = true,
    };
    if (image->channels == pp->channels) return ln_resize(image, &opts, out);
    struct ln_image converted;
    int status = ln_image_convert(image, pp->channels, &converted);
    if (status == LINNET_OK) status = ln_resize(&converted, &opts, out);
    ln_image_fini(&converted);
    return status;
}

/* ---- apply: floats ------------------------------------------------------------------------------------- */

static void look_up(const float *restrict table, const unsigned char *restrict in, size_t step, size_t n,
                    float *restrict out) {
    if (step == 1)
        for (size_t i = 0; i < n; i++) out[i] = table[in[i]];
    else
        for (size_t i = 0; i < n; i++) out[i] = table[in[i * step]];
}

static void fill(float value, size_t n, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = value;
}

static void mirror(float *row, size_t n) {
    for (size_t a = 0, b = n - 1; a < b; a++, b--) {
        const float left = row[a];
        row[a] = row[b];
        row[b] = left;
    }
}

/* Positions [from, from + count) of an axis are `first` and on in the source; the others are black. */
struct visible {
    int from, count, first;
};

static struct visible visible(int size, int shift) {
    const int shown = size - (shift < 0 ? -shift : shift);
    return (struct visible){shift < 0 ? -shift : 0, shown < 0 ? 0 : shown, shift < 0 ? 0 : shift};
}

/* One channel, shifted and mirrored. in: its first sample, `step` apart. */
static void write_moved(const float *table, const struct ln_draw *draw, const unsigned char *in, size_t step,
                        int width, int height, float *out) {
    const struct visible across = visible(width, draw->shift_x), down = visible(height, draw->shift_y);
    for (int y = 0; y < height; y++, out += width) {
        const bool black = across.count == 0 || y < down.from || y >= down.from + down.count;
        const size_t from = black ? (size_t)width : (size_t)across.from, n = black ? 0 : (size_t)across.count;
        const size_t row = black ? 0 : (size_t)(y - down.from + down.first) * (size_t)width;
        fill(table[0], from, out);
        look_up(table, in + (row + (size_t)across.first) * step, step, n, out + from);
        fill(table[0], (size_t)width - from - n, out + from + n);
        if (draw->flip) mirror(out, (size_t)width);
    }
}

/* pixels: [height][width][channels] in the network's size. */
static void write_floats(const struct ln_transform *t, const struct ln_draw *draw,
                         const unsigned char *pixels, int channels, float *out) {
    const int width = t->preprocess.width, height = t->preprocess.height;
    const size_t n = (size_t)width * (size_t)height, step = (size_t)channels;
    const bool moved = draw->shift_x || draw->shift_y || draw->flip;
    for (int c = 0; c < t->preprocess.channels; c++, out += n) {
        const unsigned char *in = pixels + (channels == 3 ? c : 0);
        if (moved)
            write_moved(t->table[c], draw, in, step, width, height, out);
        else
            look_up(t->table[c], in, step, n, out);
    }
}

int ln_transform_apply(const struct ln_transform *t, const struct ln_draw *draw, const struct ln_image *image,
                       float *out) {
    const struct ln_preprocess *pp = &t->preprocess;
    if (fits_as_it_is(t, image)) {
        write_floats(t, draw, image->pixels, image->channels, out);
        return LINNET_OK;
    }
    unsigned char *pixels = ln_alloc(ln_transform_floats(t));
    if (!pixels) return LINNET_ERR_LIMIT;
    int status = t->augment.crop == LN_CROP_RESIZED ? resize_box(t, draw, image, pixels)
                                                    : ln_preprocess_pixels(pp, image, pixels);
    if (status == LINNET_OK) write_floats(t, draw, pixels, pp->channels, out);
    ln_free(pixels);
    return status;
}
