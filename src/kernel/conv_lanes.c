/* Convolutions with the batch in the lanes: packing the weights for the kernels, sharing the work among the
 * threads.
 *
 *   y[k,p,q]  = b[k] + sum over c,r,s of x[c, p + r, q + s] w[k,c,r,s]
 *   dx[c,h,w] = sum over k,r,s of dy[k, h - r, w - s] w[k,c,r,s]
 *   dw[k,c,r,s] = sum over n,p,q of dy[n,k,p,q] x[n,c,p+r,q+s];  db[k] = sum over n,p,q of dy[n,k,p,q]
 *
 * dx is a convolution of dy too, with rotated weights w'[c,k,r,s] = w[k,c,R-1-r,S-1-s], and with R-1 rows and
 * S-1 columns of zeros around dy, whose products are skipped.
 */
#include "kernel/conv_lanes.h"
#include "base/alloc.h"
#include "base/size.h"
#include "base/threads.h"
#include "kernel/tuning.h"

#include <string.h>

enum { N = 16, TILES = 2, TILE_K = 8, TILE_J = 4 };

/* A convolution as a kernel sees it: sixteen images, with pad_r and pad_s zeros before the first row and
 * column and as many after the last. */
struct problem {
    int64_t c, h, w, k, r, s, p, q, pad_r, pad_s;
    bool relu;
};

struct taps {
    int64_t r0, r1, s0, s1;
};

struct tile {
    int k; /* channels */
    void (*row)(const struct problem *g, const float *x, const float *w, const float *bias, float *y,
                int64_t p);
    void (*weights)(const struct problem *g, const float *x, const float *dy, int64_t p0, int64_t p1,
                    float *dw, float *db);
};

#include "kernel/unroll.h"

#if defined(LN_HAS_COPIES)
#define FAMILY(name) name##_avx512
#define TARGET       LN_TARGET_AVX512
#define LANES        16
#define TALL_K       LN_TUNE_LANES_AVX512_TALL_K
#define TALL_J       LN_TUNE_LANES_AVX512_TALL_J
#define FLAT_K       LN_TUNE_LANES_AVX512_FLAT_K
#define FLAT_J       LN_TUNE_LANES_AVX512_FLAT_J
#include "kernel/conv_lanes_kernels.h"

#define FAMILY(name) name##_avx2
#define TARGET       LN_TARGET_AVX2
#define LANES        8
#define TALL_K       LN_TUNE_LANES_TALL_K
#define TALL_J       LN_TUNE_LANES_TALL_J
#define FLAT_K       LN_TUNE_LANES_FLAT_K
#define FLAT_J       LN_TUNE_LANES_FLAT_J
#include "kernel/conv_lanes_kernels.h"
#endif

#define FAMILY(name) name##_any
#define TARGET
#define LANES  4
#define TALL_K LN_TUNE_LANES_TALL_K
#define TALL_J LN_TUNE_LANES_TALL_J
#define FLAT_K LN_TUNE_LANES_FLAT_K
#define FLAT_J LN_TUNE_LANES_FLAT_J
#include "kernel/conv_lanes_kernels.h"

static const struct tile *tiles_of(enum ln_isa isa) {
#if defined(LN_HAS_COPIES)
    if (isa == LN_ISA_AVX512) return tiles_avx512;
    if (isa == LN_ISA_AVX2) return tiles_avx2;
#endif
    return tiles_any;
}

struct ln_lanes {
    int64_t groups; /* of sixteen images */
    struct problem forward, data;
    const struct tile *forward_tile, *data_tile;
    int parts;      /* of the sum over images in the weights' gradient, one for each thread */
    int64_t chunks; /* of a plane's rows, so that groups * chunks is at least four for each part */
};

/* The tile that pads the fewest channels. */
static const struct tile *choose(const struct tile tiles[TILES], int64_t channels) {
    return ln_round_up(channels, tiles[1].k) < ln_round_up(channels, tiles[0].k) ? &tiles[1] : &tiles[0];
}

struct ln_lanes *ln_lanes_create(const struct ln_lanes_conv *d) {
    struct ln_lanes *l = ln_alloc(sizeof *l);
    if (!l) return NULL;
    int64_t groups = d->n / N;
    int parts = ln_threads_team();
    const struct tile *tiles = tiles_of(d->isa ? d->isa : ln_cpu_isa());
    *l = (struct ln_lanes){
        .groups = groups,
        .forward = {d->c, d->h, d->w, d->k, d->r, d->s, d->p, d->q, 0, 0, d->relu},
        .data = {d->k, d->p, d->q, d->c, d->r, d->s, d->h, d->w, d->r - 1, d->s - 1, false},
        .forward_tile = choose(tiles, d->k),
        .data_tile = choose(tiles, d->c),
        .parts = parts,
        .chunks = ln_smaller(ln_ceil_of(4 * parts, groups), d->p),
    };
    return l;
}

void ln_lanes_destroy(struct ln_lanes *l) {
    ln_free(l);
}

/* ---- packed weights: [k / tile][c][r][s][tile], and behind them the biases ----------------------------- */

static int64_t packed_weights(const struct problem *g, const struct tile *t) {
    return ln_round_up(g->k, t->k) * g->c * g->r * g->s;
}

static int64_t packed(const struct problem *g, const struct tile *t) {
    return packed_weights(g, t) + ln_round_up(g->k, t->k);
}

static int64_t sums(const struct problem *g) {
    return g->k * (g->c * g->r * g->s + 1) * N;
}

size_t ln_lanes_scratch(const struct ln_lanes *l) {
    int64_t most = packed(&l->forward, l->forward_tile), other = packed(&l->data, l->data_tile);
    int64_t parts = l->parts * sums(&l->forward);
    if (other > most) most = other;
    if (parts > most) most = parts;
    return (size_t)most * sizeof(float);
}

/* w[k,c,tap] is at w[k * k_stride + c * c_stride + tap]; with `turned` the taps go from the last to the
 * first. */
static void pack(const struct problem *g, const struct tile *t, const float *w, int64_t k_stride,
                 int64_t c_stride, bool turned, const float *bias, float *out) {
    int64_t taps = g->r * g->s, channels = ln_round_up(g->k, t->k);
    for (int64_t k0 = 0; k0 < channels; k0 += t->k)
        for (int64_t c = 0; c < g->c; c++)
            for (int64_t tap = 0; tap < taps; tap++)
                for (int64_t k = k0; k < k0 + t->k; k++) {
                    const float *from = w + k * k_stride + c * c_stride + (turned ? taps - 1 - tap : tap);
                    *out++ = k < g->k ? *from : 0;
                }
    for (int64_t k = 0; k < channels; k++) *out++ = bias && k < g->k ? bias[k] : 0;
}

/* ---- passes -------------------------------------------------------------------------------------------- */

static void all_rows(const struct ln_lanes *l, const struct problem *g, const struct tile *t, const float *x,
                     const float *pack, float *y) {
    const float *bias = pack + packed_weights(g, t);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < l->groups * g->p; i++) {
        int64_t group = i / g->p;
        t->row(g, x + group * g->c * g->h * g->w * N, pack, bias, y + group * g->k * g->p * g->q * N,
               i % g->p);
    }
}

void ln_lanes_forward(const struct ln_lanes *l, const float *x, const float *w, const float *bias, float *y,
                      void *scratch) {
    int64_t taps = l->forward.r * l->forward.s;
    pack(&l->forward, l->forward_tile, w, l->forward.c * taps, taps, false, bias, scratch);
    all_rows(l, &l->forward, l->forward_tile, x, scratch, y);
}

void ln_lanes_backward_data(const struct ln_lanes *l, const float *dy, const float *w, float *dx,
                            void *scratch) {
    int64_t taps = l->data.r * l->data.s;
    pack(&l->data, l->data_tile, w, taps, l->data.k * taps, true, NULL, scratch);
    all_rows(l, &l->data, l->data_tile, dy, scratch, dx);
}

/* out[i] = the sum over parts and lanes. part: [parts][stride], with sixteen lanes for each i. */
LN_KERNEL(void, add_lanes, (const float *part, int64_t parts, int64_t stride, int64_t count, float *out),
          (part, parts, stride, count, out)) {
    for (int64_t i = 0; i < count; i++) {
        float sum[N] = {0};
        for (int64_t j = 0; j < parts; j++)
            LN_SIMD for (int64_t lane = 0; lane < N; lane++) sum[lane] += part[j * stride + i * N + lane];
        for (int64_t half = N / 2; half > 0; half /= 2)
            for (int64_t lane = 0; lane < half; lane++) sum[lane] += sum[lane + half];
        out[i] = sum[0];
    }
}

/* Sums part number `part` of all chunks of rows, into sum [k][c][r][s][16n] and, after it, [k][16n]. */
static void sum_part(const struct ln_lanes *l, const float *x, const float *dy, int part, float *sum) {
    const struct problem *g = &l->forward;
    int64_t count = l->groups * l->chunks, to = count * (part + 1) / l->parts;
    memset(sum, 0, (size_t)sums(g) * sizeof *sum);
    for (int64_t i = count * part / l->parts; i < to; i++) {
        int64_t group = i / l->chunks, chunk = i % l->chunks;
        l->forward_tile->weights(g, x + group * g->c * g->h * g->w * N, dy + group * g->k * g->p * g->q * N,
                                 g->p * chunk / l->chunks, g->p * (chunk + 1) / l->chunks, sum,
                                 sum + g->k * g->c * g->r * g->s * N);
    }
}

/* Each thread sums its part of the images and rows; then the parts and their lanes are added in a fixed
 * order. */
void ln_lanes_backward_weights(const struct ln_lanes *l, const float *x, const float *dy, float *dw,
                               float *db, void *scratch) {
    const struct problem *g = &l->forward;
    float *sum = scratch;
    int64_t stride = sums(g), row = g->c * g->r * g->s;
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (int part = 0; part < l->parts; part++) sum_part(l, x, dy, part, sum + part * stride);
#pragma omp for schedule(static)
        for (int64_t k = 0; k < g->k; k++) {
            add_lanes(sum + k * row * N, l->parts, stride, row, dw + k * row);
            if (db) add_lanes(sum + (g->k * row + k) * N, l->parts, stride, 1, db + k);
        }
    }
}
