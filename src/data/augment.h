/* Augmentation: which random changes a training image goes through. Each is torchvision's of the same name,
 * in its ranges; the order is that of torchvision's and timm's training pipelines:
 *
 *     crop, flip, TrivialAugmentWide, ColorJitter, normalise, RandomErasing
 */
#ifndef LN_DATA_AUGMENT_H
#define LN_DATA_AUGMENT_H

#include "base/status.h"
#include <stdbool.h>

enum ln_crop_kind {
    LN_CROP_CENTRE,  /* nothing random: what ln_preprocess does */
    LN_CROP_RESIZED, /* RandomResizedCrop(scale, ratio) */
    LN_CROP_PADDED,  /* RandomCrop(padding), black around, of the image in the network's size */
};

struct ln_range {
    double low, high;
};

/* Zero: no change. */
struct ln_augment {
    enum ln_crop_kind crop;
    struct ln_range scale, ratio; /* of the box: share of the image's area; width / height */
    int padding;                  /* pixels on each side */
    double flip;                  /* probability of RandomHorizontalFlip */
};

/* "none", "light". What light is depends on the pictures: photos, or small ones that all have one size.
 *
 *     level   photos                             small pictures of one size
 *     none    -                                  -
 *     light   RandomResizedCrop(0.5 to 1), flip  RandomCrop(padding 4), flip
 *
 * LINNET_ERR_USAGE "train-augment" for another name, with the nearest one. */
LN_MUST_CHECK int ln_augment_level(const char *name, bool photos, struct ln_augment *augment);

#endif
