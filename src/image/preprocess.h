/* One preprocessing definition: how an image becomes a network's input without augmentation. It is stored in
 * the model file; validation, eval and predict all use it, so they cannot disagree. */
#ifndef LN_IMAGE_PREPROCESS_H
#define LN_IMAGE_PREPROCESS_H

#include "image/image.h"
#include "image/resize.h"

struct ln_preprocess {
    int width, height; /* of the network's input */
    int channels;      /* 1: grey by PIL's convert("L"); 3: RGB, grey images repeated */
    int resize;        /* the shorter side is resized to this (torchvision's Resize(int)), then the centre is
                   cropped (CenterCrop); 0: resized directly to width x height, ignoring the proportions */
    enum ln_interpolation interpolation;
    float mean[3], std[3]; /* of [0,1] values: (x / 255 - mean) / std */
};

/* out: float [channels][height][width], normalised. Equals torchvision's Resize + CenterCrop + ToTensor +
 * Normalize. */
LN_MUST_CHECK int ln_preprocess_apply(const struct ln_preprocess *pp, const struct ln_image *image,
                                      float *out);

/* The same without normalisation: 8-bit [height][width][channels], for pictures of the network's input. */
LN_MUST_CHECK int ln_preprocess_pixels(const struct ln_preprocess *pp, const struct ln_image *image,
                                       unsigned char *out);

#endif
