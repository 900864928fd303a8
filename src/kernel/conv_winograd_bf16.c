/* Convolutions of bf16 by Winograd's minimal filtering along the rows: transforming the weights for the
 * kernels, sharing strips of images among the threads.
 *
 * Six points give four outputs q.. of three taps, and three outputs of four taps for the weights' gradient:
 *
 *   y[k, p, q..q+4) = A^T sum over c,r of (G w[k,c,r,:]) * (B^T x[c, p+r, q..q+6))         * point by point
 *   dw[k, c, r, 0..3) = A'^T sum over n,p,q of (G' dy[k, p, q..q+4)) * (B^T x[c, p+r, q..q+6))
 *
 * dx is a convolution of dy, with rotated weights and their channels exchanged.
 */
#include "kernel/conv_winograd_bf16.h"
#include "base/alloc.h"
#include "base/simd.h"
#include "base/size.h"
#include "base/threads.h"
#include "kernel/tuning.h"
#include "kernel/winograd_cut.h"

#include <string.h>

enum { N = 16, POINTS = 6, STEP = 4, TAPS = 3 };

enum { TILE_J = LN_TUNE_BF16_TILE, SMALL_J = LN_TUNE_BF16_SMALL_TILE };

/* One side of a pass, x or y, as the kernels see it: the images' size, the tiles of a row; the distances of
 * columns, of blocks of sixteen channels and of images, in numbers. */
struct side {
    int64_t h, w, tiles, pad_w, column, block, image;
};

/* What is done to the sums of sixteen channels. bias NULL: none. */
struct ending {
    const float *bias;
    bool sum, relu;
};

/* What a product sums over: rows, each of `blocks` blocks of sixteen channels. */
struct depth {
    int64_t rows, row_stride, blocks, block_stride;
};

/* What the weights' gradient sums over. */
struct breadth {
    int64_t pairs, v_stride, positions;
    bool more; /* adds to the sums in total */
};

#if defined(LN_HAS_COPIES)
static const float points[2] = {2.0F / 3, 3.0F / 2}, squares = 97.0F / 36; /* (2/3)^2 + (3/2)^2 */
#include "kernel/conv_winograd_bf16_kernels.h"
#endif

/* A forward pass, or the backward pass to the data: sums over `from` channels of `in` and computes `to` channels of
 * `out`. */
struct pass {
    struct ln_cut cut;
    int64_t from, to;
    struct side in, out;
    int64_t pad_h, over; /* rows that a strip reads before its own, and beyond its own in all */
    bool sum, relu;
    int ib; /* vectors of channels of a tile */
};

struct ln_winograd_bf16 {
    struct ln_winograd_conv conv;
    struct pass forward, data;
    /* Of the weights' gradient: chunks are `rows` rows of `pairs` pairs of images. */
    int64_t rows, strips, pairs, groups;
    int parts; /* one for each thread */
};

static int64_t room(const struct ln_winograd_bf16 *w, int64_t usual) {
    return w->conv.room ? w->conv.room : usual;
}

static int vectors_of(int64_t channels) {
    return channels % (2 * N) == 0 ? 2 : 1;
}

/* ---- where things lie ---------------------------------------------------------------------------------- */

/* The distance of points, in numbers: an odd number of cache lines, so that the points' rows, which are
 * written side by side, do not compete for the same sets of the cache. */
static int64_t spaced(int64_t count) {
    return (ln_ceil_of(count, 32) | 1) * 32;
}

/* v [6e][image][from/16][rows][tiles][16] of a piece. */
static int64_t v_block(const struct pass *p) {
    return (p->cut.strip + p->over) * p->out.tiles * N;
}

static int64_t v_image(const struct pass *p) {
    return p->from / N * v_block(p);
}

static int64_t v_point(const struct pass *p) {
    return spaced(p->cut.images * v_image(p));
}

/* m [6e][image][positions][kb], fp32; the last tile may reach past the last position. */
static int64_t m_image(const struct pass *p) {
    return (p->cut.strip * p->out.tiles + TILE_J) * p->ib * N;
}

static int64_t m_point(const struct pass *p) {
    return spaced(p->cut.images * m_image(p));
}

/* The last tile of a product may read past v, into m. */
static int64_t v_bytes(const struct pass *p) {
    return POINTS * v_point(p) * (int64_t)sizeof(ln_bf16);
}

static int64_t piece_bytes(const struct pass *p) {
    return v_bytes(p) + POINTS * m_point(p) * (int64_t)sizeof(float);
}

/* u [to/kb][6e][r][from/2][kb][2]. */
static int64_t u_point(const struct ln_winograd_bf16 *w, const struct pass *p) {
    return w->conv.r * p->from * p->ib * N;
}

static int64_t u_numbers(const struct ln_winograd_bf16 *w) {
    return POINTS * w->conv.r * w->conv.c * w->conv.k;
}

/* Of a chunk for the weights' gradient: v [6e][c/16][pair][rows][tiles][16][2] and d [6e][k/kb][pair][rows]
 * [tiles][kb][2]. */
static int64_t chunk_positions(const struct ln_winograd_bf16 *w) {
    return w->rows * w->forward.out.tiles;
}

static int64_t chunk_v_block(const struct ln_winograd_bf16 *w) {
    return w->pairs * (w->rows + w->conv.r - 1) * w->forward.out.tiles * 2 * N;
}

static int64_t chunk_v_point(const struct ln_winograd_bf16 *w) {
    return spaced(w->conv.c / N * chunk_v_block(w));
}

static int64_t chunk_d_point(const struct ln_winograd_bf16 *w) {
    return spaced(w->conv.k * w->pairs * chunk_positions(w) * 2);
}

static int64_t chunk_bytes(const struct ln_winograd_bf16 *w) {
    return POINTS * (chunk_v_point(w) + chunk_d_point(w)) * (int64_t)sizeof(ln_bf16);
}

static int64_t pairs_of(const struct ln_winograd_bf16 *w) {
    return ln_ceil_of(w->conv.n, 2);
}

/* ---- how the work is cut ------------------------------------------------------------------------------- */

/* Bytes of the transformed input of one image, for `strip` rows. */
static int64_t input_bytes(const void *pass, int64_t strip) {
    struct pass one = *(const struct pass *)pass;
    one.cut = (struct ln_cut){.strip = strip, .images = 1};
    return v_bytes(&one);
}

static void cut_pass(const struct ln_winograd_bf16 *w, struct pass *p) {
    const struct ln_cut_opts opts = {
        .n = w->conv.n,
        .height = p->out.h,
        .tiles = p->out.tiles,
        .blocks = p->to / (p->ib * N),
        .parts = w->parts,
        .input_bytes = input_bytes,
        .pass = p,
        .room = room(w, LN_TUNE_BF16_PIECE),
        .strip = p->out.h,
        .shrink = 1,
        .positions = LN_TUNE_BF16_POSITIONS,
        .even = true,
    };
    struct ln_cut cut;
    ln_cut_make(&cut, &opts);
    p->cut = cut;
}

static void cut_chunks(struct ln_winograd_bf16 *w) {
    int64_t bytes = room(w, LN_TUNE_BF16_CHUNK);
    w->pairs = 1;
    w->rows = w->conv.p;
    while (w->rows > 4 && chunk_bytes(w) > bytes) w->rows--;
    w->strips = ln_ceil_of(w->conv.p, w->rows);
    w->rows = ln_ceil_of(w->conv.p, w->strips);
    w->pairs = w->strips > 1 ? 1 : ln_cut_divisor(pairs_of(w), bytes / chunk_bytes(w));
    w->groups = pairs_of(w) / w->pairs;
}

bool ln_winograd_bf16_can(const struct ln_winograd_conv *d) {
#if defined(LN_HAS_COPIES)
    return ln_cpu_has_bf16() && d->s == TAPS && d->c % N == 0 && d->k % N == 0 && d->pad_h < d->r &&
           d->pad_w < d->s;
#else
    (void)d;
    return false;
#endif
}

static struct side side_of(const struct ln_winograd_conv *d, int64_t channels, int64_t h, int64_t w) {
    return (struct side){.h = h,
                         .w = w,
                         .column = d->nhwc ? channels : N,
                         .block = d->nhwc ? N : h * w * N,
                         .image = channels * h * w};
}

/* Input and output have the same number of tiles in a row; the input's tiles are wider and overlap. */
static void tile(struct pass *p, int64_t pad_w) {
    p->in.tiles = p->out.tiles = ln_ceil_of(p->out.w, STEP);
    p->in.pad_w = pad_w;
}

struct ln_winograd_bf16 *ln_winograd_bf16_create(const struct ln_winograd_conv *d) {
    struct ln_winograd_bf16 *w = ln_alloc(sizeof *w);
    if (!w) return NULL;
    *w = (struct ln_winograd_bf16){.conv = *d, .parts = ln_threads_team()};
    struct side x = side_of(d, d->c, d->h, d->w), y = side_of(d, d->k, d->p, d->q);
    w->forward = (struct pass){.from = d->c,
                               .to = d->k,
                               .in = x,
                               .out = y,
                               .pad_h = d->pad_h,
                               .over = d->r - 1,
                               .sum = d->sum,
                               .relu = d->relu,
                               .ib = vectors_of(d->k)};
    w->data = (struct pass){.from = d->k,
                            .to = d->c,
                            .in = y,
                            .out = x,
                            .pad_h = d->r - 1 - d->pad_h,
                            .over = d->r - 1,
                            .ib = vectors_of(d->c)};
    tile(&w->forward, d->pad_w);
    tile(&w->data, d->s - 1 - d->pad_w);
    cut_pass(w, &w->forward);
    cut_pass(w, &w->data);
    cut_chunks(w);
    return w;
}

void ln_winograd_bf16_destroy(struct ln_winograd_bf16 *w) {
    ln_free(w);
}

size_t ln_winograd_bf16_packed(const struct ln_winograd_bf16 *w) {
    return (size_t)u_numbers(w) * sizeof(ln_bf16);
}

size_t ln_winograd_bf16_scratch_forward(const struct ln_winograd_bf16 *w) {
    return (size_t)(w->parts * piece_bytes(&w->forward));
}

/* [the weights' sums][biases' of each pair of images][chunk], or [transformed weights][pieces]. */
size_t ln_winograd_bf16_scratch_backward(const struct ln_winograd_bf16 *w) {
    int64_t sums = (u_numbers(w) + pairs_of(w) * w->conv.k) * (int64_t)sizeof(float);
    int64_t weights = sums + chunk_bytes(w);
    int64_t data = (int64_t)ln_winograd_bf16_packed(w) + w->parts * piece_bytes(&w->data);
    return (size_t)ln_larger(weights, data);
}

#if defined(LN_HAS_COPIES)

/* ---- weights, transformed ------------------------------------------------------------------------------ */

/* Rows of taps r of the block w [r][taps][16c][16k], to where they lie in u. */
static void pack_block(const struct ln_winograd_bf16 *w, const struct pass *p, const float *block, int64_t c,
                       int64_t k, ln_bf16 *u) {
    bool turned = p == &w->data;
    int64_t kb = (int64_t)p->ib * N, point = u_point(w, p), to = turned ? c : k, from = turned ? k : c;
    ln_bf16 *at = u + to / kb * POINTS * point + from * kb + to % kb * 2;
    for (int64_t r = 0; r < w->conv.r; r++) {
        const float *taps = block + (turned ? w->conv.r - 1 - r : r) * TAPS * N * N;
        if (turned)
            weights_in_turned(taps, at + r * p->from * kb, kb, point);
        else
            weights_in(taps, at + r * p->from * kb, kb, point);
    }
}

static void pack(const struct ln_winograd_bf16 *w, const struct pass *p, const float *weights, ln_bf16 *u) {
    int64_t blocks = w->conv.c / N, size = w->conv.r * TAPS * N * N;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < w->conv.k / N * blocks; i++)
        pack_block(w, p, weights + i * size, i % blocks * N, i / blocks * N, u);
}

void ln_winograd_bf16_pack(const struct ln_winograd_bf16 *w, const float *weights, void *packed) {
    pack(w, &w->forward, weights, packed);
}

/* ---- forward, and backward to the data ----------------------------------------------------------------- */

static void piece_in(const struct pass *p, const struct ln_piece *piece, const ln_bf16 *x, ln_bf16 *v) {
    int64_t blocks = p->from / N;
    for (int64_t i = 0; i < p->cut.images * blocks; i++)
        rows_in(&p->in, x + (piece->n0 + i / blocks) * p->in.image + i % blocks * p->in.block,
                piece->top - p->pad_h, piece->rows + p->over, v + i * v_block(p), v_point(p));
}

static void piece_out(const struct pass *p, const struct ln_piece *piece, int64_t block, const float *m,
                      const float *bias, ln_bf16 *y) {
    int64_t kb = (int64_t)p->ib * N;
    for (int64_t n = 0; n < p->cut.images; n++)
        for (int64_t lane = 0; lane < kb; lane += N) {
            int64_t k = block * kb + lane;
            struct ending ending = {bias ? bias + k : NULL, p->sum, p->relu};
            rows_out(&p->out, &ending, m + n * m_image(p) + lane, m_point(p), kb,
                     y + (piece->n0 + n) * p->out.image + k / N * p->out.block, piece->top, piece->rows);
        }
}

static void run_piece(const struct ln_winograd_bf16 *w, const struct pass *p, const struct ln_piece *piece,
                      const ln_bf16 *x, const ln_bf16 *u, const float *bias, ln_bf16 *y, ln_bf16 *v) {
    struct depth depth = {w->conv.r, p->out.tiles * N, p->from / N, v_block(p)};
    float *m = (float *)((char *)v + v_bytes(p));
    piece_in(p, piece, x, v);
    for (int64_t block = piece->block0; block < piece->block1; block++) {
        for (int64_t e = 0; e < POINTS; e++)
            for (int64_t n = 0; n < p->cut.images; n++)
                multiply(p->ib, &depth, v + e * v_point(p) + n * v_image(p),
                         u + (block * POINTS + e) * u_point(w, p), m + e * m_point(p) + n * m_image(p),
                         piece->rows * p->out.tiles);
        piece_out(p, piece, block, m, bias, y);
    }
}

static void run_pass(const struct ln_winograd_bf16 *w, const struct pass *p, const ln_bf16 *x,
                     const ln_bf16 *u, const float *bias, ln_bf16 *y, void *scratch) {
#pragma omp parallel for schedule(static)
    for (int part = 0; part < w->parts; part++)
        for (int64_t i = ln_cut_first(&p->cut, part, w->parts); i < ln_cut_first(&p->cut, part + 1, w->parts);
             i++) {
            struct ln_piece piece = ln_cut_piece(&p->cut, i);
            run_piece(w, p, &piece, x, u, bias, y, (ln_bf16 *)((char *)scratch + part * piece_bytes(p)));
        }
}

void ln_winograd_bf16_forward(const struct ln_winograd_bf16 *w, const ln_bf16 *x, const void *packed,
                              const float *bias, ln_bf16 *y, void *scratch) {
    run_pass(w, &w->forward, x, packed, bias, y, scratch);
}

void ln_winograd_bf16_backward_data(const struct ln_winograd_bf16 *w, const ln_bf16 *dy, const float *weights,
                                    ln_bf16 *dx, void *scratch) {
    pack(w, &w->data, weights, scratch);
    run_pass(w, &w->data, dy, scratch, NULL, dx, (char *)scratch + ln_winograd_bf16_packed(w));
}

/* ---- backward to the weights --------------------------------------------------------------------------- */

/* Pairs of images [pair, pair + pairs), rows [top, top + rows). */
struct chunk {
    int64_t pair, top, rows;
    bool first;
};

/* The arrays of the weights' gradient. */
struct gradient {
    const ln_bf16 *x, *dy;
    ln_bf16 *v, *d;
    float *total, *biases; /* [k/kb][6e][r][c][kb]; [pair][k] */
};

static struct chunk chunk_at(const struct ln_winograd_bf16 *w, int64_t i) {
    int64_t top = i % w->strips * w->rows;
    return (struct chunk){i / w->strips * w->pairs, top, ln_smaller(w->rows, w->conv.p - top), i == 0};
}

/* Channel block `block` of the two images of pair `pair`; the second is NULL if there is none. */
static void images_of(const struct ln_winograd_bf16 *w, const struct side *side, const ln_bf16 *x,
                      int64_t pair, int64_t block, const ln_bf16 *image[2]) {
    image[0] = x + 2 * pair * side->image + block * side->block;
    image[1] = 2 * pair + 1 < w->conv.n ? image[0] + side->image : NULL;
}

static void chunk_v(const struct ln_winograd_bf16 *w, const struct chunk *c, const struct gradient *g,
                    int64_t pair, int64_t block) {
    const ln_bf16 *image[2];
    images_of(w, &w->forward.in, g->x, c->pair + pair, block, image);
    ln_bf16 *v = g->v + block * chunk_v_block(w) + pair * chunk_v_block(w) / w->pairs;
    row_pairs_in(&w->forward.in, image[0], image[1], c->top - w->conv.pad_h, c->rows + w->conv.r - 1, v,
                 chunk_v_point(w));
}

static void chunk_d(const struct ln_winograd_bf16 *w, const struct chunk *c, const struct gradient *g,
                    int64_t pair, int64_t block) {
    const ln_bf16 *image[2];
    int64_t kb = (int64_t)w->forward.ib * N, k = block * N;
    images_of(w, &w->forward.out, g->dy, c->pair + pair, block, image);
    ln_bf16 *d = g->d + (k / kb * w->pairs + pair) * c->rows * w->forward.out.tiles * kb * 2 + k % kb * 2;
    gradient_pairs_in(&w->forward.out, image[0], image[1], c->top, c->rows, kb, d, chunk_d_point(w),
                      g->biases + (c->pair + pair) * w->conv.k + k);
}

/* Point e of the kb channels of block number `block`. */
static void chunk_products(const struct ln_winograd_bf16 *w, const struct chunk *c, const struct gradient *g,
                           int64_t block, int64_t e) {
    int64_t kb = (int64_t)w->forward.ib * N, tiles = w->forward.out.tiles, positions = c->rows * tiles;
    struct breadth breadth = {w->pairs, chunk_v_block(w) / w->pairs, positions, !c->first};
    const ln_bf16 *d = g->d + e * chunk_d_point(w) + block * w->pairs * positions * kb * 2;
    float *total = g->total + (block * POINTS + e) * w->conv.r * w->conv.c * kb;
    for (int64_t i = 0; i < w->conv.r * (w->conv.c / N); i++) {
        int64_t r = i / (w->conv.c / N), channels = i % (w->conv.c / N);
        const ln_bf16 *v = g->v + e * chunk_v_point(w) + channels * chunk_v_block(w) + r * tiles * 2 * N;
        outer(w->forward.ib, &breadth, v, d, total + i * N * kb);
    }
}

/* dw of a block [r][taps][16c][16k]. */
static void unpack_block(const struct ln_winograd_bf16 *w, const float *total, int64_t k, int64_t c,
                         float *dw) {
    int64_t kb = (int64_t)w->forward.ib * N, point = w->conv.r * w->conv.c * kb;
    for (int64_t i = 0; i < w->conv.r * N; i++) {
        int64_t r = i / N, lane = i % N;
        const float *from = total + k / kb * POINTS * point + (r * w->conv.c + c + lane) * kb + k % kb;
        weights_out(from, point, dw + (r * TAPS * N + lane) * N, N * N);
    }
}

static void run_chunk(const struct ln_winograd_bf16 *w, const struct chunk *c, const struct gradient *g) {
    int64_t in = w->conv.c / N, out = w->conv.k / N, products = w->conv.k / (w->forward.ib * N) * POINTS;
#pragma omp for schedule(static)
    for (int64_t i = 0; i < w->pairs * (in + out); i++)
        if (i < w->pairs * in)
            chunk_v(w, c, g, i / in, i % in);
        else
            chunk_d(w, c, g, (i - w->pairs * in) / out, i % out);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < products; i++) chunk_products(w, c, g, i / POINTS, i % POINTS);
}

void ln_winograd_bf16_backward_weights(const struct ln_winograd_bf16 *w, const ln_bf16 *x, const ln_bf16 *dy,
                                       float *dw, float *db, void *scratch) {
    int64_t pairs = pairs_of(w), blocks = w->conv.c / N, size = w->conv.r * TAPS * N * N;
    float *total = scratch, *biases = total + u_numbers(w);
    ln_bf16 *v = (ln_bf16 *)(biases + pairs * w->conv.k);
    const struct gradient g = {x, dy, v, v + POINTS * chunk_v_point(w), total, biases};
    memset(biases, 0, (size_t)(pairs * w->conv.k) * sizeof *biases);
#pragma omp parallel
    {
        for (int64_t i = 0; i < w->groups * w->strips; i++) {
            struct chunk chunk = chunk_at(w, i);
            run_chunk(w, &chunk, &g);
        }
#pragma omp for schedule(static)
        for (int64_t i = 0; i < w->conv.k / N * blocks; i++)
            unpack_block(w, total, i / blocks * N, i % blocks * N, dw + i * size);
    }
    for (int64_t k = 0; db && k < w->conv.k; k++) {
        db[k] = 0;
        for (int64_t pair = 0; pair < pairs; pair++) db[k] += biases[pair * w->conv.k + k];
    }
}

#else /* never called: ln_winograd_bf16_can() is false */

void ln_winograd_bf16_pack(const struct ln_winograd_bf16 *w, const float *weights, void *packed) {}

void ln_winograd_bf16_forward(const struct ln_winograd_bf16 *w, const ln_bf16 *x, const void *packed,
                              const float *bias, ln_bf16 *y, void *scratch) {}

void ln_winograd_bf16_backward_weights(const struct ln_winograd_bf16 *w, const ln_bf16 *x, const ln_bf16 *dy,
                                       float *dw, float *db, void *scratch) {}

void ln_winograd_bf16_backward_data(const struct ln_winograd_bf16 *w, const ln_bf16 *dy, const float *weights,
                                    ln_bf16 *dx, void *scratch) {}

#endif
