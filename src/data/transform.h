/* Turns a sample into a row of a batch: 8-bit pixels in, normalised floats [channels][height][width] out.
 *
 *     struct ln_prepared sample;
 *     struct ln_draw draw;
 *     ... decode the image, at 1 / ln_transform_shrink(&transform, width, height) of its size or more ...
 *     LN_TRY(ln_transform_prepare(&transform, &image, width, height, &sample));
 *     for each epoch:
 *         ln_transform_draw(&transform, width, height, (struct ln_sample_key){seed, epoch, index}, &draw);
 *         LN_TRY(ln_transform_finish(&transform, &draw, &sample, row));
 *
 * All random choices depend only on the size of the original and on (seed, epoch, index), so they are the
 * same whichever thread makes them and in whatever order. The prepared sample depends only on the image, so
 * it can be cached from one epoch to the next.
 */
#ifndef LN_DATA_TRANSFORM_H
#define LN_DATA_TRANSFORM_H

#include "data/augment.h"
#include "data/erasing.h"
#include "data/trivial_augment.h"
#include "image/preprocess.h"

struct ln_transform {
    struct ln_preprocess preprocess;
    struct ln_augment augment;
    float table[3][256]; /* the normalised value of each byte, per channel */
};

/* augment: NULL for none; apply() then gives ln_preprocess_pixels, normalised: (x / 255 - mean) / std. */
void ln_transform_init(struct ln_transform *transform, const struct ln_preprocess *preprocess,
                       const struct ln_augment *augment);
size_t ln_transform_floats(const struct ln_transform *transform); /* floats in a row */

struct ln_sample_key {
    uint64_t seed;
    uint32_t epoch, index;
};

/* The random choices for one sample. */
struct ln_draw {
    int width, height;    /* of the original */
    struct ln_box box;    /* the crop to resize, in pixels of the original; whole pixels for
                             LN_CROP_RESIZED */
    int shift_x, shift_y; /* LN_CROP_PADDED: output (x, y) is pixel (x + shift_x, y + shift_y), black
                             outside the image */
    bool flip;
    double rotate; /* degrees, counter-clockwise */
    struct ln_trivial_draw trivial;
    struct ln_jitter_draw jitter;
    struct ln_erasing_draw erase;
};

void ln_transform_draw(const struct ln_transform *transform, int width, int height, struct ln_sample_key key,
                       struct ln_draw *draw);

/* The largest factor (at least 1) by which an image of that size may be reduced before cropping, such that
 * every crop that can be drawn still has at least the network's input size. 1 without random crops:
 * validation resizes from full resolution. */
int ln_transform_shrink(const struct ln_transform *transform, int width, int height);

/* A sample after all steps that are the same in every epoch; worth caching. With random crops it is the
 * image, reduced by ln_transform_shrink; otherwise the pixels at the network's input size. */
struct ln_prepared {
    struct ln_image image;
    int width, height; /* of the original */
};
/* image: the original or a reduced version. It moves into prepared->image; on failure it is freed. */
LN_MUST_CHECK int ln_transform_prepare(const struct ln_transform *transform, struct ln_image *image,
                                       int width, int height, struct ln_prepared *prepared);
/* out: [ln_transform_floats()]. */
LN_MUST_CHECK int ln_transform_finish(const struct ln_transform *transform, const struct ln_draw *draw,
                                      const struct ln_prepared *prepared, float *out);

/* Prepare and finish in one step. image: the original or a reduced version; the crop box is scaled to it. An
 * image that already has the network's input size (MNIST, CIFAR) goes straight through the table, without an
 * allocation. */
LN_MUST_CHECK int ln_transform_apply(const struct ln_transform *transform, const struct ln_draw *draw,
                                     const struct ln_image *image, float *out);
/* The same for a transform without augmentation, in which nothing is random: what prediction and explanations see. */
LN_MUST_CHECK int ln_transform_fixed(const struct ln_transform *transform, const struct ln_image *image,
                                     float *out);

#endif
