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

/* Resize and crop: out is 8-bit [height][width][channels], equal to torchvision's Resize + CenterCrop.
 * data/transform.h then normalises the pixels. */
LN_MUST_CHECK int ln_preprocess_pixels(const struct ln_preprocess *pp, const struct ln_image *image,
                                       unsigned char *out);

/* Where the network's input lies in an image of this size, in pixels of the image. The box reaches beyond an image that is
 * padded with black. */
struct ln_box ln_preprocess_box(const struct ln_preprocess *pp, int width, int height);

#endif
