/* torchvision's RandomErasing: sets a rectangle of the normalised image to zero. Zhong and others, "Random
 * erasing data augmentation" (2020). */
#ifndef LN_DATA_ERASING_H
#define LN_DATA_ERASING_H

#include "base/rng.h"

struct ln_erasing_draw {
    int left, top, width, height; /* width 0: nothing is erased */
};

/* Draws a rectangle with probability p: scale 0.02 to 0.33 of the area, ratio 0.3 to 3.3, torchvision's
 * defaults. */
void ln_erasing_draw(double p, int width, int height, struct ln_rng *rng, struct ln_erasing_draw *draw);
/* image: [channels][height][width] */
void ln_erasing_apply(const struct ln_erasing_draw *draw, int channels, int height, int width, float *image);

#endif
