/* A tone curve is a table of 256 values, shared by all channels or one per channel. */
#include "image/tone.h"
#include <stddef.h>

struct curve {
    unsigned char value[256];
};

static void curve_init(struct curve *curve) {
    for (int v = 0; v < 256; v++) curve->value[v] = (unsigned char)v;
}

/* curves: [channels]. */
static void apply(const struct ln_image *in, const struct curve *curves, struct ln_image *out) {
    const size_t c = (size_t)in->channels, n = (size_t)in->width * (size_t)in->height;
    for (size_t k = 0; k < c; k++)
        for (size_t i = 0; i < n; i++) out->pixels[i * c + k] = curves[k].value[in->pixels[i * c + k]];
}

void ln_posterize(const struct ln_image *in, int bits, struct ln_image *out) {
    struct curve curves[3];
    for (int v = 0; v < 256; v++) curves[0].value[v] = (unsigned char)(v & ~((1 << (8 - bits)) - 1));
    curves[1] = curves[2] = curves[0];
    apply(in, curves, out);
}

void ln_solarize(const struct ln_image *in, float threshold, struct ln_image *out) {
    struct curve curves[3];
    for (int v = 0; v < 256; v++) curves[0].value[v] = (unsigned char)((float)v < threshold ? v : 255 - v);
    curves[1] = curves[2] = curves[0];
    apply(in, curves, out);
}

/* ---- curves from a histogram -------------------------------------------------------------------------- */

typedef void curve_of(const uint32_t histogram[256], struct curve *curve);

static void apply_histogram(const struct ln_image *in, curve_of *make, struct ln_image *out) {
    struct curve curves[3];
    const size_t c = (size_t)in->channels, n = (size_t)in->width * (size_t)in->height;
    for (size_t k = 0; k < c; k++) {
        uint32_t histogram[256] = {0};
        for (size_t i = 0; i < n; i++) histogram[in->pixels[i * c + k]]++;
        curve_init(&curves[k]);
        make(histogram, &curves[k]);
    }
    apply(in, curves, out);
}

/* Computed in double and truncated, like PIL. */
static void stretch(const uint32_t histogram[256], struct curve *curve) {
    int low = 0, high = 255;
    while (low < 255 && histogram[low] == 0) low++;
    while (high > 0 && histogram[high] == 0) high--;
    if (high <= low) return;
    const double scale = 255.0 / (high - low), offset = -low * scale;
    for (int v = 0; v < 256; v++) {
        const double scaled = v * scale, moved = scaled + offset;
        curve->value[v] = (unsigned char)(moved < 0 ? 0 : moved > 255 ? 255 : moved);
    }
}

/* PIL's equalisation: one step per 1/255 of the pixels below the lightest value. */
static void flatten(const uint32_t histogram[256], struct curve *curve) {
    uint64_t total = 0, last = 0;
    int used = 0;
    for (int v = 0; v < 256; v++) {
        total += histogram[v];
        if (histogram[v] == 0) continue;
        last = histogram[v];
        used++;
    }
    const uint64_t step = (total - last) / 255;
    if (used <= 1 || step == 0) return;
    uint64_t below = step / 2;
    for (int v = 0; v < 256; v++) {
        const uint64_t level = below / step;
        curve->value[v] = (unsigned char)(level > 255 ? 255 : level);
        below += histogram[v];
    }
}

void ln_autocontrast(const struct ln_image *in, struct ln_image *out) {
    apply_histogram(in, stretch, out);
}

void ln_equalize(const struct ln_image *in, struct ln_image *out) {
    apply_histogram(in, flatten, out);
}
