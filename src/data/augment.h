/* Augmentation: the random changes that a training image goes through. Each one is torchvision's operation of
 * the same name with the same ranges, in the order of torchvision's and timm's training pipelines:
 *
 *     crop, flip, TrivialAugmentWide, ColorJitter, normalise, RandomErasing
 */
#ifndef LN_DATA_AUGMENT_H
#define LN_DATA_AUGMENT_H

#include "base/status.h"
#include "data/jitter.h"
#include <stdbool.h>

enum ln_crop_kind {
    LN_CROP_CENTRE,  /* not random: the crop of ln_preprocess */
    LN_CROP_RESIZED, /* RandomResizedCrop(scale, ratio) */
    LN_CROP_PADDED,  /* RandomCrop(padding) with a black border, on the image at the network's input size */
};

struct ln_range {
    double low, high;
};

/* A zeroed struct changes nothing. */
struct ln_augment {
    enum ln_crop_kind crop;
    struct ln_range scale, ratio; /* of the crop box: share of the image's area; width / height */
    int padding;                  /* pixels on each side */
    double flip;                  /* probability of RandomHorizontalFlip */
    double rotate;                /* degrees: RandomRotation by at most this, to either side */
    bool trivial;                 /* TrivialAugmentWide */
    struct ln_jitter jitter;      /* ColorJitter */
    double erase;                 /* probability of RandomErasing */
};

/* Looks up a level by name. The crop depends on the data: photos, or small images of one size.
 *
 *     level   photos                        small images           both
 *     none    -                             -                      -
 *     shift   RandomCrop(padding 1)         RandomCrop(padding 1)  -
 *     light   RandomResizedCrop(0.5 to 1)   RandomCrop(padding 4)  flip
 *     medium  RandomResizedCrop(0.08 to 1)  RandomCrop(padding 4)  flip, ColorJitter(0.4, 0.4, 0.4)
 *     strong  RandomResizedCrop(0.08 to 1)  RandomCrop(padding 4)  flip, TrivialAugmentWide,
 *                                                                  ColorJitter(0.4, 0.4, 0.4),
 *                                                                  RandomErasing(0.1)
 *
 * LINNET_ERR_USAGE "train-augment" for an unknown name, with the nearest one as a suggestion.
 */
LN_MUST_CHECK int ln_augment_level(const char *name, bool photos, struct ln_augment *augment);
const char *ln_augment_choice(int index); /* the names of the levels; NULL past the end */

#endif
