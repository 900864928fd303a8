/* The operations of TrivialAugmentWide. */
#include "data/trivial_augment.h"
#include "image/affine.h"
#include "image/enhance.h"
#include "image/tone.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef void operation(const struct ln_image *in, double magnitude, struct ln_image *out);

static void identity(const struct ln_image *in, double m, struct ln_image *out) {
    memcpy(out->pixels, in->pixels, (size_t)in->width * (size_t)in->height * (size_t)in->channels);
}
static void translate_x(const struct ln_image *in, double m, struct ln_image *out) {
    ln_translate(in, (int)m, 0, out);
}
static void translate_y(const struct ln_image *in, double m, struct ln_image *out) {
    ln_translate(in, 0, (int)m, out);
}
static void brightness(const struct ln_image *in, double m, struct ln_image *out) {
    ln_brightness(in, (float)(1 + m), out);
}
static void colour(const struct ln_image *in, double m, struct ln_image *out) {
    ln_saturation(in, (float)(1 + m), out);
}
static void contrast(const struct ln_image *in, double m, struct ln_image *out) {
    ln_contrast(in, (float)(1 + m), out);
}
static void sharpness(const struct ln_image *in, double m, struct ln_image *out) {
    ln_sharpness(in, (float)(1 + m), out);
}
static void posterize(const struct ln_image *in, double m, struct ln_image *out) {
    ln_posterize(in, (int)m, out);
}
static void solarize(const struct ln_image *in, double m, struct ln_image *out) {
    ln_solarize(in, (float)m, out);
}
static void autocontrast(const struct ln_image *in, double m, struct ln_image *out) {
    ln_autocontrast(in, out);
}
static void equalize(const struct ln_image *in, double m, struct ln_image *out) {
    ln_equalize(in, out);
}

/* In torchvision's order, because ln_trivial_draw picks by number. */
static const struct row {
    const char *name;
    operation *apply;
    float from, to; /* range of magnitudes in even steps; both 0: no magnitude */
    bool has_sign, is_whole;
} rows[LN_TRIVIAL_OPS] = {
    {"Identity", identity},
    {"ShearX", ln_shear_x, 0, 0.99F, true},
    {"ShearY", ln_shear_y, 0, 0.99F, true},
    {"TranslateX", translate_x, 0, 32, true},
    {"TranslateY", translate_y, 0, 32, true},
    {"Rotate", ln_rotate, 0, 135, true},
    {"Brightness", brightness, 0, 0.99F, true},
    {"Color", colour, 0, 0.99F, true},
    {"Contrast", contrast, 0, 0.99F, true},
    {"Sharpness", sharpness, 0, 0.99F, true},
    {"Posterize", posterize, 8, 2, false, true},
    {"Solarize", solarize, 255, 0},
    {"AutoContrast", autocontrast},
    {"Equalize", equalize},
};

const char *ln_trivial_name(int op) {
    return rows[op].name;
}

/* torch.linspace in single precision: the first half is computed from the start, the second from the end. */
double ln_trivial_magnitude(int op, int bin) {
    const struct row *r = &rows[op];
    const float step = (r->to - r->from) / (LN_TRIVIAL_BINS - 1);
    const float low = (float)bin * step, high = (float)(LN_TRIVIAL_BINS - 1 - bin) * step;
    const float m = bin < LN_TRIVIAL_BINS / 2 ? r->from + low : r->to - high;
    return r->is_whole ? rintf(m) : m;
}

void ln_trivial_draw(struct ln_rng *rng, struct ln_trivial_draw *draw) {
    *draw = (struct ln_trivial_draw){.op = (int)ln_rng_below(rng, LN_TRIVIAL_OPS)};
    const struct row *r = &rows[draw->op];
    if (r->from == r->to) return;
    draw->magnitude = ln_trivial_magnitude(draw->op, (int)ln_rng_below(rng, LN_TRIVIAL_BINS));
    if (r->has_sign && ln_rng_below(rng, 2)) draw->magnitude = -draw->magnitude;
}

void ln_trivial_apply(const struct ln_trivial_draw *draw, const struct ln_image *in, struct ln_image *out) {
    rows[draw->op].apply(in, draw->magnitude, out);
}
