/* How a sample becomes a row of a batch: 8-bit pixels in, normalised floats [channels][height][width] out. */
#ifndef LN_DATA_TRANSFORM_H
#define LN_DATA_TRANSFORM_H

#include "image/preprocess.h"

struct ln_transform {
    struct ln_preprocess preprocess;
    float table[3][256]; /* a channel's normalised value of each byte */
};

void ln_transform_init(struct ln_transform *transform, const struct ln_preprocess *preprocess);
size_t ln_transform_floats(const struct ln_transform *transform); /* of a row */
/* As ln_preprocess_apply, to the bit. An image that has the network's size already (MNIST, CIFAR) is only
 * looked up in the table, without memory being asked for. */
LN_MUST_CHECK int ln_transform_apply(const struct ln_transform *transform, const struct ln_image *image,
                                     float *out);

/* Mirrors a row left to right, in place; torchvision's RandomHorizontalFlip, once the coin has been tossed.
 */
void ln_transform_flip(const struct ln_transform *transform, float *row);

#endif
