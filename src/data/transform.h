/* How a sample becomes a row of a batch: 8-bit pixels in, normalised floats [channels][height][width] out.
 *
 *     struct ln_prepared sample;
 *     struct ln_draw draw;
 *     ... decode the image, at 1 / ln_transform_shrink(&transform, width, height) of its size or more ...
 *     LN_TRY(ln_transform_prepare(&transform, &image, width, height, &sample));
 *     for each epoch:
 *         ln_transform_draw(&transform, width, height, (struct ln_sample_key){seed, epoch, index}, &draw);
 *         LN_TRY(ln_transform_finish(&transform, &draw, &sample, row));
 *
 * Every random choice is made from the size of the original and from (seed, epoch, index) alone: whoever
 * makes it, in whatever order, it is the same. What is prepared depends on the image alone.
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
    float table[3][256]; /* a channel's normalised value of each byte */
};

/* augment: NULL for none: then apply() gives what ln_preprocess_apply gives, to the bit. */
void ln_transform_init(struct ln_transform *transform, const struct ln_preprocess *preprocess,
                       const struct ln_augment *augment);
size_t ln_transform_floats(const struct ln_transform *transform); /* of a row */

struct ln_sample_key {
    uint64_t seed;
    uint32_t epoch, index;
};

/* Every random choice of one sample. */
struct ln_draw {
    int width, height;    /* of the original */
    struct ln_box box;    /* the part of it that is resized; LN_CROP_RESIZED: whole pixels */
    int shift_x, shift_y; /* LN_CROP_PADDED: output (x, y) is pixel (x + shift_x, y + shift_y), or black */
    bool flip;
    struct ln_trivial_draw trivial;
    struct ln_jitter_draw jitter;
    struct ln_erasing_draw erase;
};

void ln_transform_draw(const struct ln_transform *transform, int width, int height, struct ln_sample_key key,
                       struct ln_draw *draw);

/* The largest factor (1 or more) by which the sides of an image of that size may be divided without any box
 * that can be drawn falling below the network's size. 1 where no box is drawn: validation sees the full
 * picture. */
int ln_transform_shrink(const struct ln_transform *transform, int width, int height);

/* A sample after all that is the same in every epoch: what is worth keeping. Where boxes are drawn, the
 * picture, shrunk as far as none of them minds; else the pixels in the network's size. */
struct ln_prepared {
    struct ln_image image;
    int width, height; /* of the original */
};
/* image: the original, or a smaller version of it; prepared->image takes its place, and on failure it is
 * gone. */
LN_MUST_CHECK int ln_transform_prepare(const struct ln_transform *transform, struct ln_image *image,
                                       int width, int height, struct ln_prepared *prepared);
/* out: [ln_transform_floats()]. */
LN_MUST_CHECK int ln_transform_finish(const struct ln_transform *transform, const struct ln_draw *draw,
                                      const struct ln_prepared *prepared, float *out);

/* Both at once. image: the original, or a smaller version of it; the box is scaled to it. An image that has
 * the network's size already (MNIST, CIFAR) is only looked up in the table, without memory being asked for.
 */
LN_MUST_CHECK int ln_transform_apply(const struct ln_transform *transform, const struct ln_draw *draw,
                                     const struct ln_image *image, float *out);

#endif
