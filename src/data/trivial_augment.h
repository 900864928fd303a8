/* TrivialAugmentWide: one random operation of 14 at one random strength of 31. Müller and Hutter,
 * "TrivialAugment: tuning-free yet state-of-the-art data augmentation" (2021), the wide space of table 5, as
 * implemented in torchvision. */
#ifndef LN_DATA_TRIVIAL_AUGMENT_H
#define LN_DATA_TRIVIAL_AUGMENT_H

#include "base/rng.h"
#include "image/image.h"

enum { LN_TRIVIAL_OPS = 14, LN_TRIVIAL_BINS = 31 };

struct ln_trivial_draw {
    int op;           /* 0 .. LN_TRIVIAL_OPS - 1 */
    double magnitude; /* 0 if the operation has none */
};

void ln_trivial_draw(struct ln_rng *rng, struct ln_trivial_draw *draw);
/* out: an image of the same shape, different from in. */
void ln_trivial_apply(const struct ln_trivial_draw *draw, const struct ln_image *in, struct ln_image *out);

const char *ln_trivial_name(int op);          /* torchvision's: "ShearX" */
double ln_trivial_magnitude(int op, int bin); /* without sign */

#endif
