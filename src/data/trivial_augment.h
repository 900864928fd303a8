/* TrivialAugmentWide: one operation of 14, at one strength of 31, both by chance. Müller and Hutter,
 * "TrivialAugment: tuning-free yet state-of-the-art data augmentation" (2021), table 5's wide space, as
 * torchvision has it.
 */
#ifndef LN_DATA_TRIVIAL_AUGMENT_H
#define LN_DATA_TRIVIAL_AUGMENT_H

#include "base/rng.h"
#include "image/image.h"

enum { LN_TRIVIAL_OPS = 14, LN_TRIVIAL_BINS = 31 };

struct ln_trivial_draw {
    int op;           /* 0 .. LN_TRIVIAL_OPS - 1 */
    double magnitude; /* 0 where the operation has none */
};

void ln_trivial_draw(struct ln_rng *rng, struct ln_trivial_draw *draw);
/* out: another image of the same shape. */
void ln_trivial_apply(const struct ln_trivial_draw *draw, const struct ln_image *in, struct ln_image *out);

const char *ln_trivial_name(int op);          /* torchvision's: "ShearX" */
double ln_trivial_magnitude(int op, int bin); /* without its sign */

#endif
