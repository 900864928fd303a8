/* Affine transforms by inverse mapping: output pixel (x, y) is input pixel (a x + b y + c, d x + e y + f),
 * sampled at pixel centres, in 16.16 fixed point like PIL. */
#include "image/affine.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { FRACTION = 16 };

static int64_t fixed(double v) {
    return (int64_t)floor(v * (1 << FRACTION) + 0.5);
}

static void put(const struct ln_image *in, int64_t x, int64_t y, unsigned char *out) {
    const size_t c = (size_t)in->channels;
    if (x >= 0 && x < in->width && y >= 0 && y < in->height)
        memcpy(out, in->pixels + ((size_t)y * (size_t)in->width + (size_t)x) * c, c);
    else
        memset(out, 0, c);
}

/* m: a b c, d e f. */
static void move(const struct ln_image *in, const double m[6], struct ln_image *out) {
    const int64_t a = fixed(m[0]), b = fixed(m[1]), d = fixed(m[3]), e = fixed(m[4]);
    int64_t row_x = fixed(m[2] + m[0] * 0.5 + m[1] * 0.5), row_y = fixed(m[5] + m[3] * 0.5 + m[4] * 0.5);
    unsigned char *to = out->pixels;
    for (int y = 0; y < out->height; y++, row_x += b, row_y += e) {
        int64_t at_x = row_x, at_y = row_y;
        for (int x = 0; x < out->width; x++, at_x += a, at_y += d, to += in->channels)
            put(in, at_x >> FRACTION, at_y >> FRACTION, to);
    }
}

/* To degrees and back, because the slope reaches PIL as an angle in degrees; the roundings must match. */
static double angle_of(double slope) {
    const double degrees = atan(slope) * (180.0 / M_PI);
    return degrees * (M_PI / 180.0);
}

void ln_shear_x(const struct ln_image *in, double slope, struct ln_image *out) {
    move(in, (double[6]){1, tan(angle_of(slope)), 0, 0, 1, 0}, out);
}

void ln_shear_y(const struct ln_image *in, double slope, struct ln_image *out) {
    const double angle = angle_of(slope);
    move(in, (double[6]){1, 0, 0, sin(angle) / cos(angle), 1, 0}, out);
}

void ln_translate(const struct ln_image *in, int x, int y, struct ln_image *out) {
    move(in, (double[6]){1, 0, -x, 0, 1, -y}, out);
}

/* Rotates by one, two or three quarter turns. PIL handles these separately and exactly. */
static void turn(const struct ln_image *in, int quarters, struct ln_image *out) {
    unsigned char *to = out->pixels;
    const int right = out->width - 1, bottom = out->height - 1;
    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++, to += in->channels) {
            const int from_x = quarters == 1 ? right - y : quarters == 2 ? right - x : y;
            const int from_y = quarters == 1 ? x : quarters == 2 ? bottom - y : bottom - x;
            put(in, from_x, from_y, to);
        }
}

/* PIL rounds sine and cosine to 15 decimals before it uses them. */
static double to_15_places(double v) {
    return rint(v * 1e15) / 1e15;
}

void ln_rotate(const struct ln_image *in, double degrees, struct ln_image *out) {
    const double whole = fmod(degrees, 360), positive = whole < 0 ? whole + 360 : whole;
    if (positive == 180 || (in->width == in->height && fmod(positive, 90) == 0 && positive > 0)) {
        turn(in, (int)(positive / 90), out);
        return;
    }
    const double angle = -(positive * (M_PI / 180.0)), x = in->width / 2.0, y = in->height / 2.0;
    const double c = to_15_places(cos(angle)), s = to_15_places(sin(angle));
    move(in, (double[6]){c, s, x - c * x - s * y, -s, c, y + s * x - c * y}, out);
}
