/* Random crop boxes, drawn as torchvision draws them. */
#ifndef LN_DATA_CROP_H
#define LN_DATA_CROP_H

#include "base/rng.h"
#include "data/augment.h"
#include "image/resize.h"

double ln_rng_between(struct ln_rng *rng, struct ln_range range); /* uniform */

/* RandomResizedCrop.get_params: a box of whole pixels inside width x height. */
struct ln_box ln_crop_resized(struct ln_rng *rng, int width, int height, struct ln_range scale,
                              struct ln_range ratio);

#endif
