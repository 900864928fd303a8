/* Haeberli and Voorhies, "Image processing by interpolation and extrapolation" (1994), with PIL's rounding: a
 * blend is computed in single precision, product and sum are each rounded, and the result is truncated.
 * CMakeLists.txt disables fused multiply-add for this file, because it rounds once and so differs now and
 * then. */
#include "image/enhance.h"
#include "base/simd.h"
#include <math.h>
#include <string.h>

static size_t samples(const struct ln_image *image) {
    return (size_t)image->width * (size_t)image->height * (size_t)image->channels;
}

static void copy(const struct ln_image *in, struct ln_image *out) {
    if (out->pixels != in->pixels) memcpy(out->pixels, in->pixels, samples(in));
}

/* ---- blends -------------------------------------------------------------------------------------------- */

static inline unsigned char blend(int degenerate, int value, float factor) {
    const float blended = (float)degenerate + factor * (float)(value - degenerate);
    return blended <= 0.0F ? 0 : blended >= 255.0F ? 255 : (unsigned char)blended;
}

/* Blends with one grey level. */
static void blend_level(const struct ln_image *in, int level, float factor, struct ln_image *out) {
    unsigned char table[256];
    for (int v = 0; v < 256; v++) table[v] = blend(level, v, factor);
    const size_t n = samples(in);
    for (size_t i = 0; i < n; i++) out->pixels[i] = table[in->pixels[i]];
}

void ln_brightness(const struct ln_image *in, float factor, struct ln_image *out) {
    blend_level(in, 0, factor, out);
}

/* PIL's convert("L"), as in ln_rgb_to_grey. */
static inline int grey_of(const unsigned char *rgb) {
    return (int)((rgb[0] * 19595U + rgb[1] * 38470U + rgb[2] * 7471U + 0x8000U) >> 16);
}

LN_KERNEL(uint64_t, sum_of_greys, (const unsigned char *restrict rgb, size_t n), (rgb, n)) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (uint64_t)grey_of(rgb + 3 * i);
    return sum;
}

LN_KERNEL(uint64_t, sum_of_bytes, (const unsigned char *restrict p, size_t n), (p, n)) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += p[i];
    return sum;
}

void ln_contrast(const struct ln_image *in, float factor, struct ln_image *out) {
    const size_t n = (size_t)in->width * (size_t)in->height;
    const uint64_t sum = in->channels == 3 ? sum_of_greys(in->pixels, n) : sum_of_bytes(in->pixels, n);
    blend_level(in, (int)((double)sum / (double)n + 0.5), factor, out);
}

LN_KERNEL(void, saturate, (const unsigned char *in, float factor, size_t n, unsigned char *out),
          (in, factor, n, out)) {
    for (size_t i = 0; i < n; i++) {
        const int grey = grey_of(in + 3 * i), r = in[3 * i], g = in[3 * i + 1], b = in[3 * i + 2];
        out[3 * i] = blend(grey, r, factor);
        out[3 * i + 1] = blend(grey, g, factor);
        out[3 * i + 2] = blend(grey, b, factor);
    }
}

void ln_saturation(const struct ln_image *in, float factor, struct ln_image *out) {
    if (in->channels == 3)
        saturate(in->pixels, factor, (size_t)in->width * (size_t)in->height, out->pixels);
    else
        copy(in, out);
}

/* ---- sharpness ----------------------------------------------------------------------------------------- */

/* Blends a row with ImageFilter.SMOOTH of it: (1 1 1, 1 5 1, 1 1 1) / 13, rounded. `above` and `below` are
 * the neighbouring rows; c is the distance between horizontal neighbours. */
LN_KERNEL(void, sharpen_row,
          (const unsigned char *restrict above, const unsigned char *restrict row,
           const unsigned char *restrict below, size_t c, float factor, size_t n,
           unsigned char *restrict out),
          (above, row, below, c, factor, n, out)) {
    for (size_t i = c; i < n - c; i++) {
        const int sides = row[i - c] + row[i + c] + above[i - c] + above[i] + above[i + c] + below[i - c] +
                          below[i] + below[i + c];
        out[i] = blend((2 * (sides + 5 * row[i]) + 13) / 26, row[i], factor);
    }
}

/* The border pixels have no full neighbourhood, so they are not smoothed. */
void ln_sharpness(const struct ln_image *in, float factor, struct ln_image *out) {
    const size_t c = (size_t)in->channels, row = (size_t)in->width * c;
    copy(in, out);
    if (in->width < 3 || in->height < 3) return;
    for (int y = 1; y < in->height - 1; y++) {
        const unsigned char *middle = in->pixels + (size_t)y * row;
        sharpen_row(middle - row, middle, middle + row, c, factor, row, out->pixels + (size_t)y * row);
    }
}

/* ---- hue ----------------------------------------------------------------------------------------------- */

struct hsv {
    int h, s, v; /* 0..255 each */
};

/* Smith, "Color gamut transform pairs" (1978), the hexcone model. Floats and doubles are mixed as in PIL, so
 * that the roundings match. */
static struct hsv hsv_of(int r, int g, int b) {
    const int max = r > g ? (r > b ? r : b) : (g > b ? g : b),
              min = r < g ? (r < b ? r : b) : (g < b ? g : b);
    if (max == min) return (struct hsv){0, 0, max};
    const float range = (float)(max - min), s = range / (float)max;
    const float to_r = (float)(max - r) / range, to_g = (float)(max - g) / range,
                to_b = (float)(max - b) / range;
    const float sixths = r == max   ? to_b - to_g
                         : g == max ? (float)(2.0 + to_r - to_b)
                                    : (float)(4.0 + to_g - to_r);
    const double turned = sixths / 6.0 + 1.0; /* never negative */
    const float h = (float)(turned >= 1.0 ? turned - 1.0 : turned);
    return (struct hsv){(int)(h * 255.0), (int)(s * 255.0), max};
}

static void rgb_of(struct hsv hsv, unsigned char *out) {
    const double sixths = (float)hsv.h * 6.0 / 255.0;
    const int sector = (int)sixths;
    const float f = (float)(sixths - (float)sector), s = (float)hsv.s / 255.0F;
    const int v = hsv.v, p = (int)round((float)v * (1.0 - s)), q = (int)round((float)v * (1.0 - s * f)),
              t = (int)round((float)v * (1.0 - s * (1.0 - f)));
    const int by_sector[6][3] = {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}};
    for (int c = 0; c < 3; c++) out[c] = (unsigned char)by_sector[sector % 6][c];
}

void ln_hue(const struct ln_image *in, unsigned char shift, struct ln_image *out) {
    if (in->channels != 3) {
        copy(in, out);
        return;
    }
    const size_t n = samples(in);
    for (size_t i = 0; i < n; i += 3) {
        struct hsv hsv = hsv_of(in->pixels[i], in->pixels[i + 1], in->pixels[i + 2]);
        hsv.h = (hsv.h + shift) & 255;
        rgb_of(hsv, out->pixels + i);
    }
}
