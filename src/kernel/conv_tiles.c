/* The transforms of F(4x4, 3x3), sixteen channels at a time. */
#include "kernel/conv_tiles.h"
#include "base/simd.h"
#include "base/size.h"

#include <string.h>

enum { L = 16, IN = 6, OUT = 4, TAPS = 3, POINTS = LN_TILES_POINTS };

typedef float lanes[L];

static const float zeros[LN_TILES_CHANNELS]; /* a pixel outside the image */

int64_t ln_tiles_count(const struct ln_tiles *g) {
    return g->n * ln_ceil_of(g->p, OUT) * ln_ceil_of(g->q, OUT);
}

/* ---- the matrices, each times a column of vectors `step` apart ------------------------------------------- *
 *
 * For the points 0, a, -a, b, -b and infinity. With M(x) = x (x^2 - a^2) (x^2 - b^2), a point's row of B^T has the
 * coefficients of M(x) / (x - point), its column of A^T the powers of the point, and its row of G the powers 0 to 2 over
 * the value of M(x) / (x - point) there. With a = 5/8 and b = 3/2 the error is a quarter of that with 1 and 2. */

#define A   0.625F
#define B   1.5F
#define A2  (A * A)
#define B2  (B * B)
#define AB2 (A2 * B2)
#define SUM (A2 + B2)
#define AT0 (1 / AB2) /* G's scales */
#define ATA (1 / (2 * A2 * (A2 - B2)))
#define ATB (1 / (2 * B2 * (B2 - A2)))

/* B^T: six to six. */
LN_INLINED void times_bt(const lanes *d, int step, lanes *v) {
    LN_SIMD for (int i = 0; i < L; i++) {
        const float d0 = d[0][i], d1 = d[step][i], d2 = d[2 * step][i], d3 = d[3 * step][i],
                    d4 = d[4 * step][i], d5 = d[5 * step][i];
        const float even_a = d4 - B2 * d2, odd_a = A * (d3 - B2 * d1), even_b = d4 - A2 * d2,
                    odd_b = B * (d3 - A2 * d1);
        v[0][i] = AB2 * d0 - SUM * d2 + d4;
        v[step][i] = even_a + odd_a;
        v[2 * step][i] = even_a - odd_a;
        v[3 * step][i] = even_b + odd_b;
        v[4 * step][i] = even_b - odd_b;
        v[5 * step][i] = AB2 * d1 - SUM * d3 + d5;
    }
}

/* B, its transpose. */
LN_INLINED void times_b(const lanes *v, int step, lanes *d) {
    LN_SIMD for (int i = 0; i < L; i++) {
        const float v0 = v[0][i], v1 = v[step][i], v2 = v[2 * step][i], v3 = v[3 * step][i],
                    v4 = v[4 * step][i], v5 = v[5 * step][i];
        const float even_a = v1 + v2, odd_a = A * (v1 - v2), even_b = v3 + v4, odd_b = B * (v3 - v4);
        d[0][i] = AB2 * v0;
        d[step][i] = AB2 * v5 - B2 * odd_a - A2 * odd_b;
        d[2 * step][i] = -SUM * v0 - B2 * even_a - A2 * even_b;
        d[3 * step][i] = odd_a + odd_b - SUM * v5;
        d[4 * step][i] = v0 + even_a + even_b;
        d[5 * step][i] = v5;
    }
}

/* A^T: six to four. */
LN_INLINED void times_at(const lanes *m, int step, lanes *y) {
    LN_SIMD for (int i = 0; i < L; i++) {
        const float m0 = m[0][i], m1 = m[step][i], m2 = m[2 * step][i], m3 = m[3 * step][i],
                    m4 = m[4 * step][i], m5 = m[5 * step][i];
        const float even_a = m1 + m2, odd_a = A * (m1 - m2), even_b = m3 + m4, odd_b = B * (m3 - m4);
        y[0][i] = m0 + even_a + even_b;
        y[step][i] = odd_a + odd_b;
        y[2 * step][i] = A2 * even_a + B2 * even_b;
        y[3 * step][i] = A2 * odd_a + B2 * odd_b + m5;
    }
}

/* A, its transpose. */
LN_INLINED void times_a(const lanes *y, int step, lanes *m) {
    LN_SIMD for (int i = 0; i < L; i++) {
        const float y0 = y[0][i], y1 = y[step][i], y2 = y[2 * step][i], y3 = y[3 * step][i];
        const float even_a = y0 + A2 * y2, odd_a = A * (y1 + A2 * y3), even_b = y0 + B2 * y2,
                    odd_b = B * (y1 + B2 * y3);
        m[0][i] = y0;
        m[step][i] = even_a + odd_a;
        m[2 * step][i] = even_a - odd_a;
        m[3 * step][i] = even_b + odd_b;
        m[4 * step][i] = even_b - odd_b;
        m[5 * step][i] = y3;
    }
}

/* G: three to six. */
LN_INLINED void times_g(const lanes *w, int step, lanes *u) {
    LN_SIMD for (int i = 0; i < L; i++) {
        const float w0 = w[0][i], w1 = w[step][i], w2 = w[2 * step][i];
        const float even_a = ATA * (w0 + A2 * w2), odd_a = ATA * A * w1, even_b = ATB * (w0 + B2 * w2),
                    odd_b = ATB * B * w1;
        u[0][i] = AT0 * w0;
        u[step][i] = even_a + odd_a;
        u[2 * step][i] = even_a - odd_a;
        u[3 * step][i] = even_b + odd_b;
        u[4 * step][i] = even_b - odd_b;
        u[5 * step][i] = w2;
    }
}

/* G^T, its transpose. */
LN_INLINED void times_gt(const lanes *u, int step, lanes *w) {
    LN_SIMD for (int i = 0; i < L; i++) {
        const float u0 = u[0][i], u1 = u[step][i], u2 = u[2 * step][i], u3 = u[3 * step][i],
                    u4 = u[4 * step][i], u5 = u[5 * step][i];
        const float even_a = ATA * (u1 + u2), even_b = ATB * (u3 + u4);
        w[0][i] = AT0 * u0 + even_a + even_b;
        w[step][i] = ATA * A * (u1 - u2) + ATB * B * (u3 - u4);
        w[2 * step][i] = A2 * even_a + B2 * even_b + u5;
    }
}

typedef void times(const lanes *from, int step, lanes *to);

/* out = M in M^T, where M has `from` columns and `to` rows: the columns of `in` first, then the rows. Both matrices lie
 * six to a row. */
LN_INLINED void both_ways(times *times_m, int from, int to, const lanes *in, lanes *out) {
    lanes half[IN * IN];
    for (int j = 0; j < from; j++) times_m(in + j, IN, half + j);
    for (int i = 0; i < to; i++) times_m(half + IN * (ptrdiff_t)i, 1, out + IN * (ptrdiff_t)i);
}

/* ---- a tile: pointers to its pixels, six to a row; NULL: not to be written -------------------------------------- */

LN_KERNEL(void, tile_x, (const float *const *pixels, int64_t channels, float *v, int64_t point),
          (pixels, channels, v, point)) {
    for (int64_t c = 0; c < channels; c += L) {
        lanes d[POINTS], t[POINTS];
        for (int i = 0; i < POINTS; i++) memcpy(d[i], pixels[i] + c, sizeof *d);
        both_ways(times_bt, IN, IN, d, t);
        for (int i = 0; i < POINTS; i++) memcpy(v + i * point + c, t[i], sizeof *t);
    }
}

LN_KERNEL(void, tile_y,
          (const float *m, int64_t point, int64_t channels, const float *bias, bool relu,
           float *const *pixels),
          (m, point, channels, bias, relu, pixels)) {
    for (int64_t c = 0; c < channels; c += L) {
        lanes d[POINTS], y[POINTS];
        for (int i = 0; i < POINTS; i++) memcpy(d[i], m + i * point + c, sizeof *d);
        both_ways(times_at, IN, OUT, d, y);
        for (int at = 0; at < OUT * IN; at++) {
            if (at % IN >= OUT || !pixels[at]) continue;
            LN_SIMD for (int i = 0; i < L; i++) {
                const float sum = y[at][i] + bias[c + i];
                pixels[at][c + i] = relu && sum < 0 ? 0 : sum; /* NaN stays, as in relu.c */
            }
        }
    }
}

LN_KERNEL(void, tile_dy, (const float *const *pixels, int64_t channels, float *d, int64_t point),
          (pixels, channels, d, point)) {
    for (int64_t c = 0; c < channels; c += L) {
        lanes y[POINTS], t[POINTS];
        for (int i = 0; i < OUT * IN; i++)
            if (i % IN < OUT) memcpy(y[i], pixels[i] + c, sizeof *y);
        both_ways(times_a, OUT, IN, y, t);
        for (int i = 0; i < POINTS; i++) memcpy(d + i * point + c, t[i], sizeof *t);
    }
}

LN_KERNEL(void, tile_dx, (const float *dv, int64_t point, int64_t channels, float *const *pixels),
          (dv, point, channels, pixels)) {
    for (int64_t c = 0; c < channels; c += L) {
        lanes v[POINTS], d[POINTS];
        for (int i = 0; i < POINTS; i++) memcpy(v[i], dv + i * point + c, sizeof *v);
        both_ways(times_b, IN, IN, v, d);
        for (int at = 0; at < POINTS; at++) {
            if (!pixels[at]) continue;
            LN_SIMD for (int i = 0; i < L; i++) pixels[at][c + i] += d[at][i];
        }
    }
}

/* One output channel: w [c][3][3]. */
LN_KERNEL(void, row_w, (const float *w, int64_t channels, float *u, int64_t point), (w, channels, u, point)) {
    for (int64_t c = 0; c < channels; c += L) {
        lanes taps[POINTS], t[POINTS];
        for (int i = 0; i < L; i++)
            for (int at = 0; at < TAPS * TAPS; at++)
                taps[at / TAPS * IN + at % TAPS][i] = w[(c + i) * TAPS * TAPS + at];
        both_ways(times_g, TAPS, IN, taps, t);
        for (int i = 0; i < POINTS; i++) memcpy(u + i * point + c, t[i], sizeof *t);
    }
}

LN_KERNEL(void, row_dw, (const float *du, int64_t point, int64_t channels, float *dw),
          (du, point, channels, dw)) {
    for (int64_t c = 0; c < channels; c += L) {
        lanes u[POINTS], taps[POINTS];
        for (int i = 0; i < POINTS; i++) memcpy(u[i], du + i * point + c, sizeof *u);
        both_ways(times_gt, IN, TAPS, u, taps);
        for (int i = 0; i < L; i++)
            for (int at = 0; at < TAPS * TAPS; at++)
                dw[(c + i) * TAPS * TAPS + at] = taps[at / TAPS * IN + at % TAPS][i];
    }
}

LN_KERNEL(void, add_rows, (const float *rows, int64_t count, int64_t width, float *sum),
          (rows, count, width, sum)) {
    for (int64_t row = 0; row < count; row++) {
        LN_SIMD for (int i = 0; i < L; i++) sum[i] += rows[row * width + i];
    }
}

/* ---- all tiles of an image --------------------------------------------------------------------------------- */

/* Where the tile `at` of an image lies: its first row and column of outputs. */
struct corner {
    int64_t row, column;
};

static struct corner corner_of(const struct ln_tiles *g, int64_t at) {
    const int64_t across = ln_ceil_of(g->q, OUT);
    return (struct corner){at / across * OUT, at % across * OUT};
}

/* Offsets of the pixels of a square of a map, IN to a row; -1 outside the map. */
static void square(int64_t height, int64_t width, struct corner first, int size, int64_t offset[POINTS]) {
    for (int i = 0; i < POINTS; i++) {
        const int64_t row = first.row + i / IN, column = first.column + i % IN;
        const bool inside = row >= 0 && row < height && column >= 0 && column < width;
        offset[i] = inside && i / IN < size && i % IN < size ? row * width + column : -1;
    }
}

static void square_of_x(const struct ln_tiles *g, int64_t at, int64_t offset[POINTS]) {
    const struct corner y = corner_of(g, at);
    square(g->h, g->w, (struct corner){y.row - g->pad_h, y.column - g->pad_w}, IN, offset);
}

static void square_of_y(const struct ln_tiles *g, int64_t at, int64_t offset[POINTS]) {
    square(g->p, g->q, corner_of(g, at), OUT, offset);
}

static void read_from(const int64_t offset[POINTS], const float *map, int64_t channels,
                      const float *pixels[POINTS]) {
    for (int i = 0; i < POINTS; i++) pixels[i] = offset[i] < 0 ? zeros : map + offset[i] * channels;
}

static void write_to(const int64_t offset[POINTS], float *map, int64_t channels, float *pixels[POINTS]) {
    for (int i = 0; i < POINTS; i++) pixels[i] = offset[i] < 0 ? NULL : map + offset[i] * channels;
}

static int64_t tiles_of_image(const struct ln_tiles *g) {
    return ln_tiles_count(g) / g->n;
}

void ln_tiles_x(const struct ln_tiles *g, const float *x, float *v) {
    const int64_t each = tiles_of_image(g), point = ln_tiles_count(g) * g->c;
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < g->n * each; t++) {
        int64_t offset[POINTS];
        const float *pixels[POINTS];
        square_of_x(g, t % each, offset);
        read_from(offset, x + t / each * g->h * g->w * g->c, g->c, pixels);
        tile_x(pixels, g->c, v + t * g->c, point);
    }
}

void ln_tiles_y(const struct ln_tiles *g, const float *m, const float *bias, float *y) {
    const int64_t each = tiles_of_image(g), point = ln_tiles_count(g) * g->k;
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < g->n * each; t++) {
        int64_t offset[POINTS];
        float *pixels[POINTS];
        square_of_y(g, t % each, offset);
        write_to(offset, y + t / each * g->p * g->q * g->k, g->k, pixels);
        tile_y(m + t * g->k, point, g->k, bias ? bias : zeros, g->relu, pixels);
    }
}

void ln_tiles_dy(const struct ln_tiles *g, const float *dy, float *d) {
    const int64_t each = tiles_of_image(g), point = ln_tiles_count(g) * g->k;
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < g->n * each; t++) {
        int64_t offset[POINTS];
        const float *pixels[POINTS];
        square_of_y(g, t % each, offset);
        read_from(offset, dy + t / each * g->p * g->q * g->k, g->k, pixels);
        tile_dy(pixels, g->k, d + t * g->k, point);
    }
}

/* A thread takes whole images, because the tiles of an image overlap in dx. */
void ln_tiles_dx(const struct ln_tiles *g, const float *dv, float *dx) {
    const int64_t each = tiles_of_image(g), point = ln_tiles_count(g) * g->c, image = g->h * g->w * g->c;
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < g->n; n++) {
        memset(dx + n * image, 0, (size_t)image * sizeof *dx);
        for (int64_t t = 0; t < each; t++) {
            int64_t offset[POINTS];
            float *pixels[POINTS];
            square_of_x(g, t, offset);
            write_to(offset, dx + n * image, g->c, pixels);
            tile_dx(dv + (n * each + t) * g->c, point, g->c, pixels);
        }
    }
}

void ln_tiles_w(const struct ln_tiles *g, const float *w, float *u) {
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < g->k; k++) row_w(w + k * g->c * TAPS * TAPS, g->c, u + k * g->c, g->k * g->c);
}

void ln_tiles_dw(const struct ln_tiles *g, const float *du, float *dw) {
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < g->k; k++) row_dw(du + k * g->c, g->k * g->c, g->c, dw + k * g->c * TAPS * TAPS);
}

void ln_tiles_db(const struct ln_tiles *g, const float *dy, float *db) {
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < g->k; k += L) {
        lanes sum = {0};
        add_rows(dy + k, g->n * g->p * g->q, g->k, sum);
        memcpy(db + k, sum, sizeof sum);
    }
}
