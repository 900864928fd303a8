/* Augmentation: which random changes a training image goes through. Each is torchvision's of the same name,
 * in its ranges; the order is that of torchvision's and timm's training pipelines:
 *
 *     crop, flip, TrivialAugmentWide, ColorJitter, normalise, RandomErasing
 */
#ifndef LN_DATA_AUGMENT_H
#define LN_DATA_AUGMENT_H

#include "base/status.h"
#include "data/jitter.h"
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
    bool trivial;                 /* TrivialAugmentWide */
    struct ln_jitter jitter;      /* ColorJitter */
    double erase;                 /* probability of RandomErasing */
};

/* By name. The crop depends on the pictures: photos, or small ones that all have one size.
 *
 *     level   photos                        small pictures         both
 *     none    -                             -                      -
 *     light   RandomResizedCrop(0.5 to 1)   RandomCrop(padding 4)  flip
 *     medium  RandomResizedCrop(0.08 to 1)  RandomCrop(padding 4)  flip, ColorJitter(0.4, 0.4, 0.4)
 *     strong  RandomResizedCrop(0.08 to 1)  RandomCrop(padding 4)  flip, TrivialAugmentWide,
 *                                                                  ColorJitter(0.4, 0.4, 0.4),
 *                                                                  RandomErasing(0.1)
 *
 * LINNET_ERR_USAGE "train-augment" for another name, with the nearest one. */
LN_MUST_CHECK int ln_augment_level(const char *name, bool photos, struct ln_augment *augment);

#endif
