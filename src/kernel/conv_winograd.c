/* Convolutions by Winograd's minimal filtering along the rows: transforming the weights for the kernels,
 * sharing strips of images among the threads.
 *
 * Eight points are enough for any `step` outputs of `s` taps with step + s - 1 = 8. With the points a = 0, 1,
 * -1, 2, -2, 1/2, -1/2 and infinity,
 *
 *   y[k, p, q..q+step) = A^T sum over c,r of (G w[k,c,r,:]) * (B^T x[c, p+r, q..q+8))       * point by point
 *   dw[k, c, r, 0..s)  = A'^T sum over n,p,q of (G' dy[k, p, q..q+step)) * (B^T x[c, p+r, q..q+8))
 *
 * where A and G belong to `s` taps, A' and G' to `step` taps, and B^T to both. The sums are matrix products,
 * one for each point. dx is the transpose of y: the gradient of the products is A dy, that of the transformed
 * input is the sum over k and r of (G w) (A dy), and B maps it to the columns, where neighbouring tiles
 * overlap. G is A with a scale for each point's row; applying the scales to dy instead makes it G' dy.
 */
#include "kernel/conv_winograd.h"
#include "base/alloc.h"
#include "base/simd.h"
#include "base/size.h"
#include "base/threads.h"
#include "kernel/tuning.h"
#include "kernel/winograd_cut.h"

#include <string.h>

enum { N = 16, POINTS = 8, TILE_J = 16 };

/* A convolution as the kernels see it. */
struct problem {
    int64_t n, c, h, w, k, r, s, p, q, pad_h, pad_w;
    int64_t step, tiles; /* outputs of a tile, tiles of a row */
    bool relu;
};

/* The points in pairs a and -a, and the scales of G's rows that belong to B^T as the kernels have it: G's row
 * for a point a is scale * (1, a, a^2, ...). */
static const float points[3] = {1, 2, 0.5F};
static const float scales[3] = {-2.0F / 9, 1.0F / 90, 32.0F / 45};

/* The terms of a product: `rows` rows of v, each with `blocks` blocks of sixteen channels. */
struct depth {
    int64_t rows, row_stride, blocks, block_stride;
    bool more; /* adds to the sums in m */
};

struct family {
    int lanes;
    void (*rows_in)(const struct problem *g, const float *x, int64_t top, int64_t rows, float *v,
                    int64_t point);
    void (*multiply)(const struct depth *depth, int ib, const float *v, const float *u, float *m,
                     int64_t positions);
    void (*rows_out)(const struct problem *g, const float *m, int64_t point, int64_t kb, int64_t k,
                     const float *bias, float *y, int64_t p0, int64_t rows);
    void (*gradient_in)(const struct problem *g, const float *dy, int64_t k, int64_t kb, int64_t p0,
                        int64_t rows, float *d, int64_t point, float *db);
    void (*data_out)(const struct problem *g, const float *m, int64_t point, int64_t kb, int64_t c, float *dx,
                     int64_t top, int64_t rows);
    void (*outer)(int ib, const float *v, const float *d, int64_t positions, float *total);
    void (*weights_in)(int taps, bool scaled, const float *w, float *u);
    void (*weights_out)(int taps, const float *m, float *w);
};

#include "kernel/unroll.h"

#if defined(LN_HAS_COPIES)
#define FAMILY(name) name##_avx512
#define TARGET       LN_TARGET_AVX512
#define LANES        16
#define WIDE_J       LN_TUNE_WINOGRAD_AVX512_WIDE
#define LARGE_J      LN_TUNE_WINOGRAD_AVX512_LARGE
#define NARROW_J     LN_TUNE_WINOGRAD_AVX512_NARROW
#include "kernel/conv_winograd_kernels.h"

#define FAMILY(name) name##_avx2
#define TARGET       LN_TARGET_AVX2
#define LANES        8
#define WIDE_J       LN_TUNE_WINOGRAD_WIDE
#define NARROW_J     LN_TUNE_WINOGRAD_NARROW
#include "kernel/conv_winograd_kernels.h"
#endif

#define FAMILY(name) name##_any
#define TARGET
#define LANES    4
#define WIDE_J   LN_TUNE_WINOGRAD_WIDE
#define NARROW_J LN_TUNE_WINOGRAD_NARROW
#include "kernel/conv_winograd_kernels.h"

static const struct family *family_of(enum ln_isa isa) {
#if defined(LN_HAS_COPIES)
    if (isa == LN_ISA_AVX512) return &family_avx512;
    if (isa == LN_ISA_AVX2) return &family_avx2;
#endif
    return &family_any;
}

/* One pass: it reads `from` channels and computes cut.blocks blocks of kb channels. */
struct pass {
    struct ln_cut cut;
    int64_t from;
    int64_t rows; /* that a strip reads */
    int ib;       /* vectors of a block */
    int64_t kb;
};

struct ln_winograd {
    struct problem problem;
    struct pass forward, data, weights;
    const struct family *family;
    int parts; /* one for each thread */
};

/* The argument of ln_cut_opts.input_bytes. */
struct reading {
    const struct problem *problem;
    int64_t channels;
};

/* Transformed input [8e][channels][rows][tiles] of one image. */
static int64_t input_bytes(const void *reading, int64_t strip) {
    const struct reading *r = reading;
    int64_t rows = strip + r->problem->r - 1;
    return POINTS * r->channels * rows * r->problem->tiles * (int64_t)sizeof(float);
}

/* Sets up a pass that computes `to` channels of `height` rows, in pieces of about the given number of positions. */
static struct pass make_pass(const struct ln_winograd *w, int64_t from, int64_t to, int64_t height,
                             int64_t positions) {
    const struct problem *g = &w->problem;
    int ib = to % (2 * (int64_t)w->family->lanes) == 0 ? 2 : 1;
    struct pass p = {.from = from, .ib = ib, .kb = (int64_t)ib * w->family->lanes};
    const struct ln_cut_opts opts = {
        .n = g->n,
        .height = height,
        .tiles = g->tiles,
        .blocks = to / p.kb,
        .parts = w->parts,
        .input_bytes = input_bytes,
        .pass = &(struct reading){g, from},
        .room = LN_TUNE_WINOGRAD_INPUT,
        .strip = ln_smaller(height, ln_larger(8, ln_ceil_of(positions, g->tiles))),
        .shrink = 2,
        .positions = positions,
    };
    ln_cut_make(&p.cut, &opts);
    p.rows = p.cut.strip + g->r - 1;
    return p;
}

bool ln_winograd_can(const struct ln_winograd_conv *d) {
    return (d->s == 3 || d->s == 5) && d->c % N == 0 && d->k % N == 0 && d->pad_h < d->r && d->pad_w < d->s;
}

struct ln_winograd *ln_winograd_create(const struct ln_winograd_conv *d) {
    struct ln_winograd *w = ln_alloc(sizeof *w);
    if (!w) return NULL;
    int64_t step = POINTS + 1 - d->s;
    *w = (struct ln_winograd){
        .problem = {d->n, d->c, d->h, d->w, d->k, d->r, d->s, d->p, d->q, d->pad_h, d->pad_w, step,
                    ln_ceil_of(d->q, step), d->relu},
        .family = family_of(d->isa ? d->isa : ln_cpu_isa()),
        .parts = ln_threads_team(),
    };
    w->forward = make_pass(w, d->c, d->k, d->p, LN_TUNE_WINOGRAD_POSITIONS);
    w->data = make_pass(w, d->k, d->c, d->h, LN_TUNE_WINOGRAD_POSITIONS);
    w->weights = make_pass(w, d->c, d->k, d->p, LN_TUNE_WINOGRAD_POSITIONS_WEIGHTS);
    w->weights.cut.splits = 1; /* each part has sums of its own for all channels */
    return w;
}

void ln_winograd_destroy(struct ln_winograd *w) {
    ln_free(w);
}

/* ---- scratch ------------------------------------------------------------------------------------------
 *
 * Transformed input and sums of a piece, for each part; backward, the transformed weights come before
 * them. */

static int64_t weights_floats(const struct problem *g) {
    return POINTS * g->r * g->c * g->k;
}

/* Floats of one image of a piece at one point: transformed input, and sums. */
static int64_t input_floats(const struct problem *g, const struct pass *p) {
    return p->from * p->rows * g->tiles;
}

static int64_t sum_floats(const struct problem *g, const struct pass *p) {
    return p->cut.strip * g->tiles * p->kb;
}

static int64_t piece_floats(const struct problem *g, const struct pass *p) {
    return POINTS * p->cut.images * (input_floats(g, p) + sum_floats(g, p));
}

/* The sums for the weights' gradient, and after them those for the biases'. */
static int64_t total_floats(const struct problem *g) {
    return weights_floats(g) + g->k;
}

size_t ln_winograd_packed(const struct ln_winograd *w) {
    return (size_t)weights_floats(&w->problem) * sizeof(float);
}

size_t ln_winograd_scratch_forward(const struct ln_winograd *w) {
    const struct problem *g = &w->problem;
    return (size_t)(w->parts * piece_floats(g, &w->forward)) * sizeof(float);
}

size_t ln_winograd_scratch_backward(const struct ln_winograd *w) {
    const struct problem *g = &w->problem;
    int64_t weights = w->parts * (total_floats(g) + piece_floats(g, &w->weights));
    int64_t data = weights_floats(g) + w->parts * piece_floats(g, &w->data);
    return (size_t)ln_larger(weights, data) * sizeof(float);
}

/* ---- weights, transformed: u [to/kb][8e][r][from][kb] -------------------------------------------------- */

/* The place of output channel `to` at (e = 0, r, from), and the distance to the next point. */
static int64_t packed_at(const struct problem *g, const struct pass *p, int64_t to, int64_t r, int64_t from) {
    return (to / p->kb) * POINTS * g->r * p->from * p->kb + (r * p->from + from) * p->kb + to % p->kb;
}

static int64_t packed_point(const struct problem *g, const struct pass *p) {
    return g->r * p->from * p->kb;
}

/* The taps of w[k,c,r,:], for sixteen output channels. The data's pass goes from k to c, without the
 * scales. */
static void pack_row(const struct ln_winograd *w, const struct pass *p, const float *plain, int64_t to,
                     int64_t from, int64_t r, float *u) {
    const struct problem *g = &w->problem;
    bool data = p == &w->data;
    float row[5 * N], at_points[POINTS * N];
    for (int64_t s = 0; s < g->s; s++)
        for (int64_t i = 0; i < N; i++) {
            int64_t k = data ? from : to + i, c = data ? to + i : from;
            row[s * N + i] = plain[((k * g->c + c) * g->r + r) * g->s + s];
        }
    w->family->weights_in((int)g->s, !data, row, at_points);
    int64_t run = ln_smaller(N, p->kb);
    for (int64_t e = 0; e < POINTS; e++)
        for (int64_t i = 0; i < N; i += run)
            memcpy(u + packed_at(g, p, to + i, r, from) + e * packed_point(g, p), at_points + e * N + i,
                   (size_t)run * sizeof *u);
}

static void pack(const struct ln_winograd *w, const struct pass *p, const float *plain, float *u) {
    int64_t rows = w->problem.r, to = p->cut.blocks * p->kb;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < to / N * p->from; i++)
        for (int64_t r = 0; r < rows; r++) pack_row(w, p, plain, i / p->from * N, i % p->from, r, u);
}

/* ---- pieces -------------------------------------------------------------------------------------------- */

/* Pieces [first, end) of a part. */
static int64_t first_of(const struct ln_winograd *w, const struct pass *p, int part) {
    return ln_cut_first(&p->cut, part, w->parts);
}

/* v [8e][image][c/16][rows][tiles][16c]. */
static void piece_in(const struct ln_winograd *w, const struct pass *p, const struct ln_piece *piece,
                     const float *x, float *v) {
    const struct problem *g = &w->problem;
    int64_t image = input_floats(g, p);
    for (int64_t n = piece->n0; n < piece->n1; n++)
        w->family->rows_in(g, x + n * g->c * g->h * g->w, piece->top - g->pad_h, piece->rows + g->r - 1,
                           v + (n - piece->n0) * image, p->cut.images * image);
}

/* ---- forward ------------------------------------------------------------------------------------------- */

static void forward_piece(const struct ln_winograd *w, const struct ln_piece *piece, const float *x,
                          const float *u, const float *bias, float *y, float *v) {
    const struct problem *g = &w->problem;
    const struct pass *p = &w->forward;
    int64_t image = input_floats(g, p), sums = sum_floats(g, p), row = g->tiles * N;
    struct depth depth = {g->r, row, g->c / N, (piece->rows + g->r - 1) * row, false};
    float *m = v + POINTS * p->cut.images * image;
    piece_in(w, p, piece, x, v);
    u += piece->block0 * p->kb * POINTS * g->r * g->c;
    for (int64_t k = piece->block0 * p->kb; k < piece->block1 * p->kb; k += p->kb) {
        for (int64_t e = 0; e < POINTS; e++, u += g->r * g->c * p->kb)
            for (int64_t n = 0; n < piece->n1 - piece->n0; n++)
                w->family->multiply(&depth, p->ib, v + (e * p->cut.images + n) * image, u,
                                    m + (e * p->cut.images + n) * sums, piece->rows * g->tiles);
        for (int64_t n = piece->n0; n < piece->n1; n++)
            w->family->rows_out(g, m + (n - piece->n0) * sums, p->cut.images * sums, p->kb, k, bias,
                                y + n * g->k * g->p * g->q, piece->top, piece->rows);
    }
}

void ln_winograd_pack(const struct ln_winograd *w, const float *weights, void *packed) {
    pack(w, &w->forward, weights, packed);
}

void ln_winograd_forward(const struct ln_winograd *w, const float *x, const void *packed, const float *bias,
                         float *y, void *scratch) {
    const struct problem *g = &w->problem;
    float *pieces = scratch;
    int64_t room = piece_floats(g, &w->forward);
#pragma omp parallel for schedule(static)
    for (int part = 0; part < w->parts; part++)
        for (int64_t i = first_of(w, &w->forward, part); i < first_of(w, &w->forward, part + 1); i++) {
            struct ln_piece piece = ln_cut_piece(&w->forward.cut, i);
            forward_piece(w, &piece, x, packed, bias, y, pieces + part * room);
        }
}

/* ---- backward to the data ------------------------------------------------------------------------------ */

/* m [rows][tiles][kb] for rows of dx: row h sums row p = h + pad - r of the gradient times row r of the
 * weights. */
static void data_products(const struct ln_winograd *w, const struct ln_piece *piece, int64_t p0, int64_t p1,
                          const float *d, const float *u, float *m) {
    const struct problem *g = &w->problem;
    const struct pass *p = &w->data;
    int64_t row = g->tiles * N;
    struct depth depth = {1, 0, g->k / N, (p1 - p0) * row, true};
    memset(m, 0, (size_t)(piece->rows * g->tiles * p->kb) * sizeof *m);
    for (int64_t r = 0; r < g->r; r++, u += g->k * p->kb) {
        int64_t shift = piece->top + g->pad_h - r;
        int64_t from = ln_larger(p0, shift), to = ln_smaller(p1, shift + piece->rows);
        if (from < to)
            w->family->multiply(&depth, p->ib, d + (from - p0) * row, u,
                                m + (from - shift) * g->tiles * p->kb, (to - from) * g->tiles);
    }
}

static void data_piece(const struct ln_winograd *w, const struct ln_piece *piece, const float *dy,
                       const float *u, float *dx, float *d) {
    const struct problem *g = &w->problem;
    const struct pass *p = &w->data;
    int64_t image = input_floats(g, p), sums = sum_floats(g, p);
    int64_t p0 = ln_larger(0, piece->top + g->pad_h - g->r + 1),
            p1 = ln_smaller(g->p, piece->top + piece->rows + g->pad_h);
    float *m = d + POINTS * p->cut.images * image;
    p0 = ln_smaller(p0, p1);
    for (int64_t n = piece->n0; n < piece->n1; n++)
        for (int64_t k = 0; k < g->k; k += N)
            w->family->gradient_in(g, dy + n * g->k * g->p * g->q, k, N, p0, p1 - p0,
                                   d + (n - piece->n0) * image + k * (p1 - p0) * g->tiles,
                                   p->cut.images * image, NULL);
    u += piece->block0 * p->kb * POINTS * g->r * g->k;
    for (int64_t c = piece->block0 * p->kb; c < piece->block1 * p->kb; c += p->kb) {
        for (int64_t e = 0; e < POINTS; e++, u += g->r * g->k * p->kb)
            for (int64_t n = 0; n < piece->n1 - piece->n0; n++)
                data_products(w, piece, p0, p1, d + (e * p->cut.images + n) * image, u,
                              m + (e * p->cut.images + n) * sums);
        for (int64_t n = piece->n0; n < piece->n1; n++)
            w->family->data_out(g, m + (n - piece->n0) * sums, p->cut.images * sums, p->kb, c,
                                dx + n * g->c * g->h * g->w, piece->top, piece->rows);
    }
}

void ln_winograd_backward_data(const struct ln_winograd *w, const float *dy, const float *weights, float *dx,
                               void *scratch) {
    const struct problem *g = &w->problem;
    float *u = scratch, *pieces = u + weights_floats(g);
    int64_t room = piece_floats(g, &w->data);
    pack(w, &w->data, weights, u);
#pragma omp parallel for schedule(static)
    for (int part = 0; part < w->parts; part++)
        for (int64_t i = first_of(w, &w->data, part); i < first_of(w, &w->data, part + 1); i++) {
            struct ln_piece piece = ln_cut_piece(&w->data.cut, i);
            data_piece(w, &piece, dy, u, dx, pieces + part * room);
        }
}

/* ---- backward to the weights --------------------------------------------------------------------------- */

/* Adds one piece to the sums total [k/kb][8e][r][c][kb] and db [k]. */
static void weights_piece(const struct ln_winograd *w, const struct ln_piece *piece, const float *x,
                          const float *dy, float *total, float *db, float *v) {
    const struct problem *g = &w->problem;
    const struct pass *p = &w->weights;
    int64_t image = input_floats(g, p), sums = sum_floats(g, p);
    int64_t row = g->tiles * N, block = (piece->rows + g->r - 1) * row;
    float *d = v + POINTS * p->cut.images * image;
    piece_in(w, p, piece, x, v);
    for (int64_t k = 0; k < g->k; k += p->kb) {
        for (int64_t n = piece->n0; n < piece->n1; n++)
            w->family->gradient_in(g, dy + n * g->k * g->p * g->q, k, p->kb, piece->top, piece->rows,
                                   d + (n - piece->n0) * sums, p->cut.images * sums, db);
        for (int64_t e = 0; e < POINTS; e++)
            for (int64_t at = 0; at < g->r * g->c; at += N, total += N * p->kb) {
                const float *from = v + e * p->cut.images * image + at / g->c * row + at % g->c / N * block;
                for (int64_t n = 0; n < piece->n1 - piece->n0; n++)
                    w->family->outer(p->ib, from + n * image, d + (e * p->cut.images + n) * sums,
                                     piece->rows * g->tiles, total);
            }
    }
}

/* The gradient of w[k..k+16, c]: the parts' sums, added in a fixed order. */
static void unpack(const struct ln_winograd *w, const float *totals, int64_t k, int64_t c, float *dw) {
    const struct problem *g = &w->problem;
    int64_t run = ln_smaller(N, w->weights.kb);
    for (int64_t r = 0; r < g->r; r++) {
        float sums[POINTS * N] = {0}, row[5 * N];
        for (int part = 0; part < w->parts; part++)
            for (int64_t i = 0; i < POINTS * N; i += run) {
                const float *from = totals + part * total_floats(g) +
                                    packed_at(g, &w->weights, k + i % N, r, c) +
                                    i / N * packed_point(g, &w->weights);
                for (int64_t j = 0; j < run; j++) sums[i + j] += from[j];
            }
        w->family->weights_out((int)g->s, sums, row);
        for (int64_t i = 0; i < N; i++)
            for (int64_t s = 0; s < g->s; s++)
                dw[(((k + i) * g->c + c) * g->r + r) * g->s + s] = row[s * N + i];
    }
}

void ln_winograd_backward_weights(const struct ln_winograd *w, const float *x, const float *dy, float *dw,
                                  float *db, void *scratch) {
    const struct problem *g = &w->problem;
    int64_t stride = total_floats(g), room = piece_floats(g, &w->weights);
    float *totals = scratch, *pieces = totals + w->parts * stride;
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (int part = 0; part < w->parts; part++) {
            float *total = totals + part * stride;
            memset(total, 0, (size_t)stride * sizeof *total);
            for (int64_t i = first_of(w, &w->weights, part); i < first_of(w, &w->weights, part + 1); i++) {
                struct ln_piece piece = ln_cut_piece(&w->weights.cut, i);
                weights_piece(w, &piece, x, dy, total, total + weights_floats(g), pieces + part * room);
            }
        }
#pragma omp for schedule(static)
        for (int64_t i = 0; i < g->k / N * g->c; i++) unpack(w, totals, i / g->c * N, i % g->c, dw);
    }
    for (int64_t k = 0; db && k < g->k; k++) {
        db[k] = 0;
        for (int part = 0; part < w->parts; part++) db[k] += totals[part * stride + weights_floats(g) + k];
    }
}
