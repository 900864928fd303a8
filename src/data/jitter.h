/* torchvision's ColorJitter. */
#ifndef LN_DATA_JITTER_H
#define LN_DATA_JITTER_H

#include "base/rng.h"
#include "image/image.h"

/* ColorJitter's arguments; 0 turns a knob off. Factors are uniform in [max(0, 1 - x), 1 + x]; the hue shift
 * is uniform in [-x, x] turns of the colour wheel, x at most 0.5. */
struct ln_jitter {
    double brightness, contrast, saturation, hue;
};

enum ln_knob { LN_BRIGHTNESS, LN_CONTRAST, LN_SATURATION, LN_HUE, LN_KNOBS };

struct ln_jitter_draw {
    unsigned char order[LN_KNOBS]; /* enum ln_knob, in the order they are applied: every order is equally
                                      likely */
    float factor[LN_KNOBS];        /* by enum ln_knob */
};

void ln_jitter_draw(const struct ln_jitter *jitter, struct ln_rng *rng, struct ln_jitter_draw *draw);
void ln_jitter_apply(const struct ln_jitter *jitter, const struct ln_jitter_draw *draw,
                     struct ln_image *image); /* in place */

#endif
