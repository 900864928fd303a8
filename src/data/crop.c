/* Random crop boxes. Random area and aspect ratio come from Szegedy and others, "Going deeper with
 * convolutions" (2015), section 6; rounding and fallback follow torchvision's RandomResizedCrop. */
#include "data/crop.h"
#include <math.h>

enum { TRIES = 10 }; /* torchvision's */

double ln_rng_between(struct ln_rng *rng, struct ln_range range) {
    return range.low + (range.high - range.low) * ln_rng_double(rng);
}

/* The fallback after TRIES boxes that did not fit: the largest centred box with an allowed ratio. */
static struct ln_box central(int width, int height, struct ln_range ratio) {
    int w = width, h = height;
    const double own = (double)width / height;
    if (own < ratio.low)
        h = (int)lrint(w / ratio.low);
    else if (own > ratio.high)
        w = (int)lrint(h * ratio.high);
    w = w < 1 ? 1 : w > width ? width : w;
    h = h < 1 ? 1 : h > height ? height : h;
    const int left = (width - w) / 2, top = (height - h) / 2;
    return (struct ln_box){left, top, left + w, top + h};
}

struct ln_box ln_crop_resized(struct ln_rng *rng, int width, int height, struct ln_range scale,
                              struct ln_range ratio) {
    const double whole = (double)width * height;
    const struct ln_range log_ratio = {log(ratio.low), log(ratio.high)};
    for (int i = 0; i < TRIES; i++) {
        const double area = whole * ln_rng_between(rng, scale), r = exp(ln_rng_between(rng, log_ratio));
        const long w = lrint(sqrt(area * r)), h = lrint(sqrt(area / r));
        if (w < 1 || w > width || h < 1 || h > height) continue;
        const int top = (int)ln_rng_below(rng, (uint32_t)(height - h + 1));
        const int left = (int)ln_rng_below(rng, (uint32_t)(width - w + 1));
        return (struct ln_box){left, top, left + (double)w, top + (double)h};
    }
    return central(width, height, ratio);
}
