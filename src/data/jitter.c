/* Colour jitter: Howard, "Some improvements on deep convolutional neural network based image classification"
 * (2013), section 2.2. Ranges and the order of the random draws follow torchvision. */
#include "data/jitter.h"
#include "image/enhance.h"

static double strength(const struct ln_jitter *j, enum ln_knob knob) {
    const double strengths[LN_KNOBS] = {j->brightness, j->contrast, j->saturation, j->hue};
    return strengths[knob];
}

void ln_jitter_draw(const struct ln_jitter *j, struct ln_rng *rng, struct ln_jitter_draw *draw) {
    uint32_t order[LN_KNOBS] = {LN_BRIGHTNESS, LN_CONTRAST, LN_SATURATION, LN_HUE};
    ln_rng_shuffle(rng, order, LN_KNOBS);
    for (int knob = 0; knob < LN_KNOBS; knob++) {
        const double x = strength(j, knob), high = knob == LN_HUE ? x : 1 + x;
        const double low = knob == LN_HUE ? -x : x < 1 ? 1 - x : 0;
        draw->order[knob] = (unsigned char)order[knob];
        draw->factor[knob] = (float)(low + (high - low) * ln_rng_double(rng));
    }
}

static void adjust(struct ln_image *image, enum ln_knob knob, float factor) {
    switch (knob) {
    case LN_BRIGHTNESS: ln_brightness(image, factor, image); break;
    case LN_CONTRAST: ln_contrast(image, factor, image); break;
    case LN_SATURATION: ln_saturation(image, factor, image); break;
    /* a negative shift wraps around */
    default: ln_hue(image, (unsigned char)(int)(factor * 255), image); break;
    }
}

void ln_jitter_apply(const struct ln_jitter *j, const struct ln_jitter_draw *draw, struct ln_image *image) {
    for (int i = 0; i < LN_KNOBS; i++)
        if (strength(j, draw->order[i]) > 0) adjust(image, draw->order[i], draw->factor[draw->order[i]]);
}
