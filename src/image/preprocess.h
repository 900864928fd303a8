/* One preprocessing definition: how an image becomes a network's input when nothing is random. It travels in
 * the model file; validation, eval, predict and everything after use it, so they can't disagree.
 */
#ifndef LN_IMAGE_PREPROCESS_H
#define LN_IMAGE_PREPROCESS_H

#include "image/image.h"
#include "image/resize.h"

struct ln_preprocess {
    int width, height; /* of the network's input */
    int channels;      /* 1: grey by PIL's convert("L"); 3: RGB, grey images repeated */
    int resize; /* the shorter side is first resized to this (torchvision Resize(int)), then the centre is cut
                   out (CenterCrop); 0: resized to width x height as it is, whatever its shape */
    enum ln_interpolation interpolation;
    float mean[3], std[3]; /* of [0,1] values: (x / 255 - mean) / std */
};

/* out: float [channels][height][width], normalised. Equals torchvision's Resize + CenterCrop + ToTensor +
 * Normalize. */
LN_MUST_CHECK int ln_preprocess_apply(const struct ln_preprocess *pp, const struct ln_image *image,
                                      float *out);

/* The same before normalising: 8-bit [height][width][channels], for pictures of what the network sees. */
LN_MUST_CHECK int ln_preprocess_pixels(const struct ln_preprocess *pp, const struct ln_image *image,
                                       unsigned char *out);

#endif
