/* The perceptual hash and the comparison of thumbnails. */
#include "image/phash.h"
#include "image/colour.h"
#include "image/resize.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, LOW = 8, BITS = 64, SMALL = 64 };

/* Measured on cats and dogs: no pair of different photos correlates by more than 0.81, and none of 100 photos
 * correlates by less than 0.95 with a copy saved at JPEG quality 10, blurred, a third lighter, or cropped by
 * 1 % at each edge. */
static const double near_correlation = 0.9;
/* At 28 x 28 pixels, all trousers of Fashion-MNIST look alike. */
static const double near_correlation_small = 0.998;
static const double blank_deviation = 1.5; /* of grey levels */
/* How far a frequency must rise above the median to set its bit. In a plain picture most frequencies are only
 * the rounding noise of its levels, about 5 each, which would set bits at random. */
static const float rounding = 16;

static int shrink(const struct ln_image *image, unsigned char grey[SIDE * SIDE]) {
    unsigned char rgb[SIDE * SIDE * 3];
    const struct ln_resize_opts opts = {.filter = LN_BILINEAR, .width = SIDE, .height = SIDE};
    LN_TRY(ln_resize(image, &opts, image->channels == 3 ? rgb : grey));
    if (image->channels == 3) ln_rgb_to_grey(rgb, grey, (size_t)SIDE * SIDE);
    return LINNET_OK;
}

/* The frequencies 0..LOW across by 0..LOW-1 down of the cosine transform (DCT-II). The order of summation is
 * fixed, so all machines compute the same bits, except when a frequency nearly equals the median. */
static void low_frequencies(const unsigned char grey[SIDE * SIDE], float out[LOW][LOW + 1]) {
    float wave[LOW + 1][SIDE], rows[SIDE][LOW + 1];
    for (int k = 0; k <= LOW; k++)
        for (int x = 0; x < SIDE; x++) wave[k][x] = (float)cos(M_PI * (2 * x + 1) * k / (2.0 * SIDE));
    for (int y = 0; y < SIDE; y++)
        for (int k = 0; k <= LOW; k++) {
            rows[y][k] = 0;
            for (int x = 0; x < SIDE; x++) rows[y][k] += wave[k][x] * grey[y * SIDE + x];
        }
    for (int j = 0; j < LOW; j++)
        for (int k = 0; k <= LOW; k++) {
            out[j][k] = 0;
            for (int y = 0; y < SIDE; y++) out[j][k] += wave[j][y] * rows[y][k];
        }
}

static int float_order(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Frequency (0, 0), the mean lightness, is left out; the next one across takes its place. */
static uint64_t hash_bits(const unsigned char grey[SIDE * SIDE]) {
    float low[LOW][LOW + 1], values[BITS], sorted[BITS];
    low_frequencies(grey, low);
    for (int i = 0; i < BITS; i++) values[i] = low[i / LOW][i % LOW];
    values[0] = low[0][LOW];
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, BITS, sizeof *sorted, float_order);
    uint64_t bits = 0;
    for (int i = 0; i < BITS; i++) bits |= (uint64_t)(values[i] > sorted[BITS / 2 - 1] + rounding) << i;
    return bits;
}

static void make_thumb(const unsigned char grey[SIDE * SIDE], struct ln_phash *out) {
    double sum = 0, squares = 0;
    for (int y = 0; y < LN_PHASH_THUMB; y++)
        for (int x = 0; x < LN_PHASH_THUMB; x++) {
            const unsigned char *p = grey + 2 * y * SIDE + 2 * x;
            int level = (p[0] + p[1] + p[SIDE] + p[SIDE + 1] + 2) / 4;
            out->thumb[y * LN_PHASH_THUMB + x] = (unsigned char)level;
            sum += level;
            squares += level * level;
        }
    const double n = LN_PHASH_THUMB * LN_PHASH_THUMB, mean = sum / n;
    out->blank = squares / n - mean * mean < blank_deviation * blank_deviation;
}

int ln_phash_of(const struct ln_image *image, struct ln_phash *out) {
    unsigned char grey[SIDE * SIDE];
    LN_TRY(shrink(image, grey));
    out->bits = hash_bits(grey);
    make_thumb(grey, out);
    out->small = image->width < SMALL || image->height < SMALL;
    return LINNET_OK;
}

int ln_phash_distance(const struct ln_phash *a, const struct ln_phash *b) {
    return __builtin_popcountll(a->bits ^ b->bits);
}

/* Pearson's correlation of the two thumbnails. */
static double correlation(const struct ln_phash *a, const struct ln_phash *b) {
    const int64_t n = LN_PHASH_THUMB * LN_PHASH_THUMB;
    int64_t sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
    for (int i = 0; i < n; i++) {
        const int x = a->thumb[i], y = b->thumb[i];
        sa += x;
        sb += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    return (double)(n * ab - sa * sb) / sqrt((double)(n * aa - sa * sa) * (double)(n * bb - sb * sb));
}

bool ln_phash_near(const struct ln_phash *a, const struct ln_phash *b) {
    if (a->blank || b->blank || ln_phash_distance(a, b) > LN_PHASH_NEAR) return false;
    return correlation(a, b) >= (a->small || b->small ? near_correlation_small : near_correlation);
}
