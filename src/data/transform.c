/* The steps from an image to a row of the batch.
 *
 *     image --crop and resize--> input size --shift, flip--> --TrivialAugment--> --jitter--> 8-bit pixels
 *           --look up in the table--> normalised floats --erase--> out
 *
 * Steps that have nothing to do are skipped. An image of the network's input size is not copied first.
 */
#include "data/transform.h"
#include "base/alloc.h"
#include "data/crop.h"
#include "image/affine.h"
#include "image/colour.h"
#include "image/reduce.h"
#include <math.h>
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

static bool changes_colours(const struct ln_augment *a) {
    return a->jitter.brightness > 0 || a->jitter.contrast > 0 || a->jitter.saturation > 0 ||
           a->jitter.hue > 0;
}

/* True if the augmentation changes an image that already has the network's input size. */
static bool changes_anything(const struct ln_augment *a) {
    return a->crop == LN_CROP_PADDED || a->flip > 0 || a->rotate > 0 || a->trivial || changes_colours(a);
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
    if (a->rotate > 0) draw->rotate = ln_rng_between(&rng, (struct ln_range){-a->rotate, a->rotate});
    if (a->trivial) ln_trivial_draw(&rng, &draw->trivial);
    if (changes_colours(a)) ln_jitter_draw(&a->jitter, &rng, &draw->jitter);
    if (a->erase > 0)
        ln_erasing_draw(a->erase, t->preprocess.width, t->preprocess.height, &rng, &draw->erase);
}

/* A lower bound for the width and height of the boxes that crop.c draws: the smallest area at its most
 * extreme aspect ratio, or the fallback's full side. */
static void smallest_box(const struct ln_augment *a, int width, int height, double *across, double *down) {
    const double area = a->scale.low * width * height;
    const double narrow = sqrt(area * a->ratio.low), flat = sqrt(area / a->ratio.high);
    *across = fmin(narrow, fmin(width, height * a->ratio.high));
    *down = fmin(flat, fmin(height, width / a->ratio.low));
}

int ln_transform_shrink(const struct ln_transform *t, int width, int height) {
    double across, down;
    if (t->augment.crop != LN_CROP_RESIZED) return 1;
    smallest_box(&t->augment, width, height, &across, &down);
    /* crop.c rounds each side to whole pixels, so a side may be half a pixel shorter than computed. */
    const int shrink = (int)fmin((across - 0.5) / t->preprocess.width, (down - 0.5) / t->preprocess.height);
    return shrink < 1 ? 1 : shrink;
}

/* ---- apply: pixels ------------------------------------------------------------------------------------- */

/* True if the image needs no resizing, cropping or channel conversion. A grey image for a colour network
 * stays grey here; write_floats repeats its one channel. */
static bool fits_as_it_is(const struct ln_transform *t, const struct ln_image *image) {
    const struct ln_preprocess *pp = &t->preprocess;
    int shorter = image->width < image->height ? image->width : image->height;
    return t->augment.crop != LN_CROP_RESIZED && image->width == pp->width && image->height == pp->height &&
           (pp->resize == 0 || pp->resize == shorter) &&
           (image->channels == pp->channels || image->channels == 1);
}

/* The box in pixels of this image, which may be a reduced version of the original. */
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

/* ---- apply: pixels that stay in the network's size ---------------------------------------------------- */

/* Shifts with a black border, then mirrors. Each caller passes a constant c, so that the compiler turns
 * memcpy and memset into single moves. */
static inline void move(const struct ln_draw *draw, const struct ln_image *in, size_t c, unsigned char *to) {
    const int width = in->width, height = in->height, step = draw->flip ? -1 : 1;
    for (int y = 0; y < height; y++) {
        const int from_y = y + draw->shift_y;
        const bool black = from_y < 0 || from_y >= height;
        const unsigned char *row = in->pixels + (black ? 0 : (size_t)from_y) * (size_t)width * c;
        int from_x = (draw->flip ? width - 1 : 0) + draw->shift_x;
        for (int x = 0; x < width; x++, from_x += step, to += c)
            if (black || from_x < 0 || from_x >= width)
                memset(to, 0, c);
            else
                memcpy(to, row + (size_t)from_x * c, c);
    }
}

static void move_pixels(const struct ln_draw *draw, const struct ln_image *in, struct ln_image *out) {
    if (in->channels == 3)
        move(draw, in, 3, out->pixels);
    else
        move(draw, in, 1, out->pixels);
}

static void swap_images(struct ln_image **a, struct ln_image **b) {
    struct ln_image *kept = *a;
    *a = *b;
    *b = kept;
}

/* Applies the changes in the order of augment.h. Returns the image that holds the result: `image` if nothing
 * changes, otherwise `one` or `other`, which are scratch images of the same shape. */
static const struct ln_image *change_pixels(const struct ln_transform *t, const struct ln_draw *draw,
                                            const struct ln_image *image, struct ln_image *one,
                                            struct ln_image *other) {
    const bool jitters = changes_colours(&t->augment);
    const bool rotates = draw->rotate != 0;
    if (!jitters && !rotates && !t->augment.trivial && !draw->flip && !draw->shift_x && !draw->shift_y)
        return image;
    struct ln_image *result = one, *spare = other;
    move_pixels(draw, image, one);
    if (rotates) {
        ln_rotate(result, draw->rotate, spare);
        swap_images(&result, &spare);
    }
    if (t->augment.trivial) {
        ln_trivial_apply(&draw->trivial, result, spare);
        swap_images(&result, &spare);
    }
    if (jitters) ln_jitter_apply(&t->augment.jitter, &draw->jitter, result);
    return result;
}

/* ---- apply: floats ------------------------------------------------------------------------------------- */

static void look_up(const float *restrict table, const unsigned char *restrict pixels, size_t step, size_t n,
                    float *restrict out) {
    if (step == 1)
        for (size_t i = 0; i < n; i++) out[i] = table[pixels[i]];
    else
        for (size_t i = 0; i < n; i++) out[i] = table[pixels[i * step]];
}

static void write_floats(const struct ln_transform *t, const struct ln_draw *draw,
                         const struct ln_image *image, float *out) {
    const int channels = t->preprocess.channels;
    const size_t n = (size_t)image->width * (size_t)image->height;
    for (int c = 0; c < channels; c++)
        look_up(t->table[c], image->pixels + (image->channels == 3 ? c : 0), (size_t)image->channels, n,
                out + (size_t)c * n);
    ln_erasing_apply(&draw->erase, channels, image->height, image->width, out);
}

/* ---- apply --------------------------------------------------------------------------------------------- */

/* sized: the image already has the network's input size. A resized crop never counts as sized. */
static int apply(const struct ln_transform *t, const struct ln_draw *draw, const struct ln_image *image,
                 bool sized, float *out) {
    const struct ln_preprocess *pp = &t->preprocess;
    if (sized && !changes_anything(&t->augment)) {
        write_floats(t, draw, image, out);
        return LINNET_OK;
    }
    const size_t bytes = ln_transform_floats(t);
    unsigned char *block = ln_alloc(3 * bytes);
    if (!block) return LINNET_ERR_LIMIT;
    const int channels = sized ? image->channels : pp->channels;
    struct ln_image start = {pp->width, pp->height, channels, sized ? image->pixels : block};
    struct ln_image one = start, other = start;
    one.pixels = block + bytes;
    other.pixels = block + 2 * bytes;
    int status = sized                                ? LINNET_OK
                 : t->augment.crop == LN_CROP_RESIZED ? resize_box(t, draw, image, block)
                                                      : ln_preprocess_pixels(pp, image, block);
    if (status == LINNET_OK) write_floats(t, draw, change_pixels(t, draw, &start, &one, &other), out);
    ln_free(block);
    return status;
}

int ln_transform_apply(const struct ln_transform *t, const struct ln_draw *draw, const struct ln_image *image,
                       float *out) {
    return apply(t, draw, image, fits_as_it_is(t, image), out);
}

/* ---- prepare and finish -------------------------------------------------------------------------------- */

/* Replaces the image, or frees both if the conversion failed. */
static int replace(struct ln_image *image, struct ln_image by, int status) {
    ln_image_fini(image);
    if (status == LINNET_OK)
        *image = by;
    else
        ln_image_fini(&by);
    return status;
}

static int prepare_boxes(const struct ln_transform *t, struct ln_image *image) {
    struct ln_image converted;
    if (image->channels != t->preprocess.channels) {
        int status = ln_image_convert(image, t->preprocess.channels, &converted);
        LN_TRY(replace(image, converted, status));
    }
    ln_image_reduce(image, ln_transform_shrink(t, image->width, image->height));
    return LINNET_OK;
}

static int prepare_sized(const struct ln_transform *t, struct ln_image *image) {
    const struct ln_preprocess *pp = &t->preprocess;
    if (fits_as_it_is(t, image)) return LINNET_OK;
    struct ln_image sized = {pp->width, pp->height, pp->channels, ln_alloc(ln_transform_floats(t))};
    int status = sized.pixels ? ln_preprocess_pixels(pp, image, sized.pixels) : LINNET_ERR_LIMIT;
    return replace(image, sized, status);
}

int ln_transform_prepare(const struct ln_transform *t, struct ln_image *image, int width, int height,
                         struct ln_prepared *prepared) {
    LN_TRY((t->augment.crop == LN_CROP_RESIZED ? prepare_boxes : prepare_sized)(t, image));
    *prepared = (struct ln_prepared){*image, width, height};
    *image = (struct ln_image){0};
    return LINNET_OK;
}

int ln_transform_finish(const struct ln_transform *t, const struct ln_draw *draw,
                        const struct ln_prepared *prepared, float *out) {
    return apply(t, draw, &prepared->image, t->augment.crop != LN_CROP_RESIZED, out);
}

int ln_transform_fixed(const struct ln_transform *t, const struct ln_image *image, float *out) {
    struct ln_draw draw;
    ln_transform_draw(t, image->width, image->height, (struct ln_sample_key){0}, &draw);
    return ln_transform_apply(t, &draw, image, out);
}
