/* The inner loops of conv_winograd_bf16.c, which includes them once: for x86-64 with avx512_bf16.
 *
 * vdpbf16ps multiplies pairs: sum[i] += a[2i] b[2i] + a[2i+1] b[2i+1]. A pair is two neighbouring channels in
 * sums over channels, and the same position of two images in sums over positions.
 */
#include "kernel/unroll.h"

#include <immintrin.h>

#define TARGET LN_TARGET_BF16

typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));
#define VECTOR(floats) (*(vec *)(floats))

TARGET FORCED vec widen(const ln_bf16 *from) {
    __m256i half = _mm256_loadu_si256((const __m256i *)from);
    return (vec)_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16);
}

TARGET FORCED void narrow(vec from, ln_bf16 *to) {
    _mm256_storeu_si256((__m256i *)to, (__m256i)_mm512_cvtneps_pbh((__m512)from));
}

/* Sixteen pairs [16][2] of two vectors. */
TARGET FORCED void narrow_pairs(vec first, vec second, ln_bf16 *to) {
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23,
                                           7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
    _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, both));
}

/* One pair, for all lanes. */
TARGET FORCED __m512i spread(const ln_bf16 *pair) {
    int32_t bits;
    memcpy(&bits, pair, sizeof bits);
    return _mm512_set1_epi32(bits);
}

TARGET FORCED vec dot(vec sum, __m512i a, __m512i b) {
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}

/* out[e] = sum over i of B^T[e,i] d[i], by pairs of points that differ in sign; B^T's row for a point a holds
 * the coefficients of m(x)/(x - a), with m(x) = x (x^2 - (2/3)^2) (x^2 - (3/2)^2), and of m(x) for infinity.
 */
TARGET FORCED void input(const vec d[POINTS], vec out[POINTS]) {
    vec even1 = d[4] - points[1] * points[1] * d[2], odd1 = points[0] * d[3] - points[1] * d[1];
    vec even2 = d[4] - points[0] * points[0] * d[2], odd2 = points[1] * d[3] - points[0] * d[1];
    out[0] = d[0] + d[4] - squares * d[2];
    out[1] = even1 + odd1;
    out[2] = even1 - odd1;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = d[1] + d[5] - squares * d[3];
}

/* out[e] = sum over i of G[e,i] g[i]: the polynomial with coefficients g at the point, scaled; its last
 * coefficient for the point at infinity. */
TARGET FORCED void filter(int taps, const vec *g, vec out[POINTS]) {
    static const float scales[2] = {-81.0F / 130, 8.0F / 65};
    out[0] = g[0];
    EACH(pair, 2) {
        float a = points[pair];
        vec even = g[0] + a * a * g[2], odd = a * g[1];
        if (taps == 4) odd += a * a * a * g[3];
        out[1 + 2 * pair] = scales[pair] * (even + odd);
        out[2 + 2 * pair] = scales[pair] * (even - odd);
    }
    out[5] = g[taps - 1];
}

/* y[j] = sum over e of A^T[j,e] m[e]: the points' j-th powers. */
TARGET FORCED void output(int count, const vec m[POINTS], vec *y) {
    const vec sum[2] = {m[1] + m[2], m[3] + m[4]}, difference[2] = {m[1] - m[2], m[3] - m[4]};
    const float a = points[0], b = points[1];
    y[0] = m[0] + sum[0] + sum[1];
    y[1] = a * difference[0] + b * difference[1];
    y[2] = a * a * sum[0] + b * b * sum[1];
    if (count == 4) y[3] = a * a * a * difference[0] + b * b * b * difference[1];
    y[count - 1] += m[5];
}

/* `count` columns from `left` on of a row of sixteen channels, zeros outside; row NULL: all zeros. */
TARGET FORCED void load_columns(int count, const struct side *x, const ln_bf16 *row, int64_t left, vec *d) {
    if (row && left >= 0 && left + count <= x->w)
        EACH(i, count) d[i] = widen(row + (left + i) * x->column);
    else
        EACH(i, count)
    d[i] = row && left + i >= 0 && left + i < x->w ? widen(row + (left + i) * x->column) : (vec){0};
}

/* Rows [top, top + rows) of sixteen channels; those outside are zeros. To v, point by point,
 * [rows] [tiles][16c]; tile t begins at column t * STEP - pad. */
TARGET static void rows_in(const struct side *x, const ln_bf16 *from, int64_t top, int64_t rows, ln_bf16 *v,
                           int64_t point) {
    for (int64_t row = top; row < top + rows; row++)
        for (int64_t t = 0; t < x->tiles; t++, v += N) {
            vec d[POINTS], out[POINTS];
            load_columns(POINTS, x, row >= 0 && row < x->h ? from + row * x->w * x->column : NULL,
                         t * STEP - x->pad_w, d);
            input(d, out);
            EACH(e, POINTS) narrow(out[e], v + e * point);
        }
}

/* The same of two images, as pairs [rows][tiles][16c][2]; second NULL: zeros. */
TARGET static void row_pairs_in(const struct side *x, const ln_bf16 *first, const ln_bf16 *second,
                                int64_t top, int64_t rows, ln_bf16 *v, int64_t point) {
    for (int64_t row = top; row < top + rows; row++) {
        bool inside = row >= 0 && row < x->h;
        for (int64_t t = 0; t < x->tiles; t++, v += 2 * N) {
            vec d[POINTS], one[POINTS], other[POINTS];
            int64_t left = t * STEP - x->pad_w;
            load_columns(POINTS, x, inside ? first + row * x->w * x->column : NULL, left, d);
            input(d, one);
            load_columns(POINTS, x, inside && second ? second + row * x->w * x->column : NULL, left, d);
            input(d, other);
            EACH(e, POINTS) narrow_pairs(one[e], other[e], v + e * point);
        }
    }
}

/* Gradients' rows of two images as filters of STEP taps: pairs [rows][tiles][kb][2]. Their sum is added to
 * db. */
TARGET static void gradient_pairs_in(const struct side *y, const ln_bf16 *first, const ln_bf16 *second,
                                     int64_t top, int64_t rows, int64_t kb, ln_bf16 *d, int64_t point,
                                     float *db) {
    vec sum = VECTOR(db);
    for (int64_t row = top; row < top + rows; row++)
        for (int64_t t = 0; t < y->tiles; t++, d += 2 * kb) {
            vec taps[2 * STEP], one[POINTS], other[POINTS];
            load_columns(STEP, y, first + row * y->w * y->column, t * STEP, taps);
            load_columns(STEP, y, second ? second + row * y->w * y->column : NULL, t * STEP, taps + STEP);
            EACH(j, 2 * STEP) sum += taps[j];
            filter(STEP, taps, one);
            filter(STEP, taps + STEP, other);
            EACH(e, POINTS) narrow_pairs(one[e], other[e], d + e * point);
        }
    VECTOR(db) = sum;
}

/* m[position][ib vectors] for jb positions from v on: the sum over rows, blocks of sixteen channels and
 * channels of v u. u [rows][blocks][8c][ib vectors][2c]. */
TARGET FORCED void multiply_tile(int jb, int ib, const struct depth *depth, const ln_bf16 *v,
                                 const ln_bf16 *u, float *m) {
    vec sum[TILE_J][2];
    EACH(j, jb) EACH(i, ib) sum[j][i] = (vec){0};
    for (int64_t r = 0; r < depth->rows; r++)
        for (int64_t block = 0; block < depth->blocks; block++) {
            const ln_bf16 *from = v + r * depth->row_stride + block * depth->block_stride;
            for (int64_t c = 0; c < N; c += 2, u += (int64_t)2 * ib * N) {
                __m512i weight[2];
                EACH(i, ib) {
                    weight[i] = _mm512_loadu_si512(u + (int64_t)2 * i * N);
                    IN_REGISTER(weight[i]);
                }
                EACH(j, jb) {
                    __m512i pair = spread(from + j * N + c);
                    EACH(i, ib) sum[j][i] = dot(sum[j][i], pair, weight[i]);
                }
            }
        }
    EACH(j, jb) EACH(i, ib) VECTOR(m + (j * ib + i) * N) = sum[j][i];
}

TARGET FORCED void multiply_tiles(int jb, int ib, const struct depth *depth, const ln_bf16 *v,
                                  const ln_bf16 *u, float *m, int64_t positions) {
    for (int64_t at = 0; at < positions; at += jb)
        multiply_tile(jb, ib, depth, v + at * N, u, m + at * ib * N);
}

/* All positions, in tiles of SMALL_J or of TILE_J, whichever compute fewer positions past the last. */
TARGET static void multiply(int ib, const struct depth *depth, const ln_bf16 *v, const ln_bf16 *u, float *m,
                            int64_t positions) {
    bool small = ln_ceil_of(positions, SMALL_J) * SMALL_J < ln_ceil_of(positions, TILE_J) * TILE_J;
    if (ib == 2 && small)
        multiply_tiles(SMALL_J, 2, depth, v, u, m, positions);
    else if (ib == 2)
        multiply_tiles(TILE_J, 2, depth, v, u, m, positions);
    else if (small)
        multiply_tiles(SMALL_J, 1, depth, v, u, m, positions);
    else
        multiply_tiles(TILE_J, 1, depth, v, u, m, positions);
}

/* Sixteen channels of rows [top, top + rows), from m, point by point, [rows][tiles][kb]. */
TARGET static void rows_out(const struct side *y, const struct ending *ending, const float *m, int64_t point,
                            int64_t kb, ln_bf16 *to, int64_t top, int64_t rows) {
    vec bias = ending->bias ? VECTOR(ending->bias) : (vec){0};
    for (int64_t row = top; row < top + rows; row++)
        for (int64_t t = 0; t < y->tiles; t++, m += kb) {
            vec sums[POINTS], out[STEP];
            ln_bf16 *at = to + (row * y->w + t * STEP) * y->column;
            EACH(e, POINTS) sums[e] = VECTOR(m + e * point);
            output(STEP, sums, out);
            EACH(j, STEP) {
                if (t * STEP + j >= y->w) break;
                vec value = out[j] + bias;
                if (ending->sum) value += widen(at + j * y->column);
                /* if one operand is a nan, max returns the second */
                if (ending->relu) value = (vec)_mm512_max_ps(_mm512_setzero_ps(), (__m512)value);
                narrow(value, at + j * y->column);
            }
        }
}

/* total[jb channels][ib vectors] (+)= over pairs of images and positions of v[jb][2] d[ib vectors][2]. */
TARGET FORCED void outer_tile(int jb, int ib, const struct breadth *b, const ln_bf16 *v, const ln_bf16 *d,
                              float *total) {
    vec sum[TILE_J][2];
    EACH(j, jb) EACH(i, ib) sum[j][i] = b->more ? VECTOR(total + (j * ib + i) * N) : (vec){0};
    for (int64_t image = 0; image < b->pairs; image++) {
        const ln_bf16 *from = v + image * b->v_stride;
        for (int64_t at = 0; at < b->positions; at++, from += 2 * N, d += (int64_t)2 * ib * N) {
            __m512i e[2];
            EACH(i, ib) {
                e[i] = _mm512_loadu_si512(d + (int64_t)2 * i * N);
                IN_REGISTER(e[i]);
            }
            EACH(j, jb) {
                __m512i pair = spread(from + (int64_t)2 * j);
                EACH(i, ib) sum[j][i] = dot(sum[j][i], pair, e[i]);
            }
        }
    }
    EACH(j, jb) EACH(i, ib) VECTOR(total + (j * ib + i) * N) = sum[j][i];
}

/* Sixteen channels. */
TARGET static void outer(int ib, const struct breadth *b, const ln_bf16 *v, const ln_bf16 *d, float *total) {
    for (int64_t c = 0; c < N; c += 8, v += 16, total += (int64_t)8 * ib * N)
        if (ib == 2)
            outer_tile(8, 2, b, v, d, total);
        else
            outer_tile(8, 1, b, v, d, total);
}

/* One row of taps of a block w [taps][16c][16k], summed over c: to u, point by point, [8c][kb][2c]. */
TARGET static void weights_in(const float *w, ln_bf16 *u, int64_t kb, int64_t point) {
    for (int64_t c = 0; c < N; c += 2) {
        vec g[2][TAPS], out[2][POINTS];
        EACH(half, 2) {
            EACH(s, TAPS) g[half][s] = VECTOR(w + (s * N + c + half) * N);
            filter(TAPS, g[half], out[half]);
        }
        EACH(e, POINTS) narrow_pairs(out[0][e], out[1][e], u + e * point + c * kb);
    }
}

/* The same summed over k, with the taps in reverse order: [8k][kb][2k]. */
TARGET static void weights_in_turned(const float *w, ln_bf16 *u, int64_t kb, int64_t point) {
    for (int64_t c = 0; c < N; c++) {
        vec g[TAPS], out[POINTS];
        EACH(s, TAPS) g[s] = VECTOR(w + ((TAPS - 1 - s) * N + c) * N);
        filter(TAPS, g, out);
        for (int64_t e = 0; e < POINTS; e++) {
            ln_bf16 row[N];
            narrow(out[e], row);
            for (int64_t k = 0; k < N; k += 2)
                memcpy(u + e * point + k * kb + 2 * c, row + k, 2 * sizeof *row);
        }
    }
}

/* A row of taps of the gradient, dw [taps] at distances of `tap`, from m, point by point. */
TARGET static void weights_out(const float *m, int64_t point, float *dw, int64_t tap) {
    vec sums[POINTS], out[TAPS];
    EACH(e, POINTS) sums[e] = VECTOR(m + e * point);
    output(TAPS, sums, out);
    EACH(s, TAPS) VECTOR(dw + s * tap) = out[s];
}

#undef TARGET
#undef VECTOR
