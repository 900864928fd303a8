/* The passes of batch normalisation over the data: planes, coefficients and sums. The inner loops are in
 * norm_rows.h. */
#include "kernel/norm.h"
#include "kernel/row.h"
#include "kernel/tuning.h"

/* Coefficients, a row of sixteen each. */
enum { K_MEAN, K_SCALE, K_SHIFT, K_A, K_B, K_C, COEFFICIENTS };

/* Some rows of a plane, and the tensors that lie as they do. */
struct rows {
    int64_t rows, lanes; /* lanes of a row that are in memory */
    int64_t x_stride, y_stride, dy_stride, out_stride;
    const void *x, *y, *dy[LN_NORM_DOUTS]; /* these and out are bf16 if `bf16` is set, else fp32 */
    int douts;
    void *out;
    const float *k[COEFFICIENTS];
    struct ln_activation act;
    bool mask, bf16; /* mask: propagate masks the gradient by the sign of z, recomputed from x */
    bool past;       /* writes go past the caches */
};

/* The inner loops; *_any is for an activation that does not rectify. */
struct passes {
    void (*squares)(const struct rows *r, const float *shift, float *sum, float *dot);
    void (*apply)(const struct rows *r);
    void (*apply_any)(const struct rows *r);
    void (*gradients)(const struct rows *r, float *sum, float *dot);
    void (*gradients_any)(const struct rows *r, float *sum, float *dot);
    void (*propagate)(const struct rows *r);
};

enum {
    PIECE = LN_TUNE_NORM_PIECE, /* rows */
    PAST = 16,                  /* bytes that movntps stores, and the alignment that it needs */
};

INLINED int64_t piece_rows(const struct rows *r, int64_t first) {
    return r->rows - first < PIECE ? r->rows - first : PIECE;
}

/* A write reads the cache line first, unless it goes past the caches. For a tensor that would not stay in the
 * caches anyway, this saves a third of the bytes. */
INLINED void store_past(const void *row, void *to, size_t bytes) {
#if defined(__SSE2__) && !defined(__clang__)
    typedef float quarter __attribute__((vector_size(PAST)));
    for (size_t i = 0; i < bytes; i += sizeof(quarter)) {
        quarter q;
        memcpy(&q, (const char *)row + i, sizeof q);
        __builtin_ia32_movntps((float *)((char *)to + i), q);
    }
#else
    memcpy(to, row, bytes);
#endif
}

/* Call it before another thread reads what was written. */
INLINED void past_end(void) {
#if defined(__SSE2__) && !defined(__clang__)
    __builtin_ia32_sfence();
#endif
}

INLINED bool goes_past(const struct rows *r) {
    int64_t numbers = PAST / (int64_t)(r->bf16 ? sizeof(ln_bf16) : sizeof(float));
    return r->past && r->lanes == LN_LANES && (uintptr_t)r->out % PAST == 0 && r->out_stride % numbers == 0;
}

#if defined(LN_HAS_COPIES)
#define FAMILY(name) name##_avx512
#define TARGET       LN_TARGET_AVX512
#define LANES        16
#include "kernel/norm_rows.h"

#define FAMILY(name) name##_avx2
#define TARGET       LN_TARGET_AVX2
#define LANES        8
#include "kernel/norm_rows.h"
#endif

#define FAMILY(name) name##_any
#define TARGET
#define LANES 4
#include "kernel/norm_rows.h"

static const struct passes *passes_of(enum ln_isa isa) {
#if defined(LN_HAS_COPIES)
    if (isa == LN_ISA_AVX512) return &passes_avx512;
    if (isa == LN_ISA_AVX2) return &passes_avx2;
#endif
    return &passes_any;
}

/* f exists and is not a rectifier. */
static bool is_any(const struct rows *r) {
    return ln_activation_exists(&r->act) && !r->act.rectifies;
}

static void squares(const struct rows *r, const float *shift, float *sum, float *dot) {
    passes_of(ln_cpu_isa())->squares(r, shift, sum, dot);
}

static void apply(const struct rows *r) {
    const struct passes *passes = passes_of(ln_cpu_isa());
    is_any(r) ? passes->apply_any(r) : passes->apply(r);
}

static void gradients(const struct rows *r, float *sum, float *dot) {
    const struct passes *passes = passes_of(ln_cpu_isa());
    is_any(r) ? passes->gradients_any(r, sum, dot) : passes->gradients(r, sum, dot);
}

static void propagate(const struct rows *r) {
    passes_of(ln_cpu_isa())->propagate(r);
}

enum {
    CHUNK = 256, /* rows that are summed in fp32 */
    SPREAD = 64, /* partial sums, at least: work for as many threads */
};

/* Sums of one block over a part of the images. */
struct part {
    double sum[LN_LANES], dot[LN_LANES];
    float shift[LN_LANES];
};

void ln_norm_init(struct ln_norm *n, const struct ln_planes *planes, bool bf16,
                  const struct ln_activation *act) {
    int64_t parts = (SPREAD + planes->blocks - 1) / planes->blocks;
    *n = (struct ln_norm){.planes = *planes,
                          .out = *planes,
                          .bf16 = bf16,
                          .act = *act,
                          .parts = parts < planes->images ? parts : planes->images};
    n->scratch = (size_t)(n->parts * planes->blocks) * sizeof(struct part) +
                 COEFFICIENTS * (size_t)planes->blocks * LN_LANES * sizeof(float);
}

/* ---- where things are ---------------------------------------------------------------------------------- */

/* The coefficients of a kind, one value per lane, behind the parts. */
static const float *spread(const struct ln_norm *n, void *scratch, int kind, const float *channel) {
    float *tables = (float *)((struct part *)scratch + n->parts * n->planes.blocks);
    float *lane = tables + kind * n->planes.blocks * LN_LANES;
    ln_planes_spread(&n->planes, channel, lane);
    return lane;
}

/* The tensors that have the layout of the output and not of the input. */
struct outer {
    bool y, dy, out;
};

/* Bytes of a number. */
static size_t size_of(const struct ln_norm *n) {
    return n->bf16 ? sizeof(ln_bf16) : sizeof(float);
}

/* Narrows `all`, which describes whole tensors and tables, to rows [row, row + rows) of a plane. */
static struct rows narrow(const struct ln_norm *n, const struct rows *all, struct outer outer, int64_t image,
                          int64_t block, int64_t row, int64_t rows) {
    const struct ln_planes *p = &n->planes, *o = &n->out;
    int64_t at = ln_planes_at(p, image, block) + row * p->row_stride;
    int64_t out_at = ln_planes_at(o, image, block) + row * o->row_stride;
    const size_t size = size_of(n);
    struct rows r = *all;
    r.bf16 = n->bf16;
    r.rows = rows;
    r.lanes = ln_planes_lanes(p, block);
    if (row == p->rows) { /* the incomplete one */
        r.rows = 1;
        r.lanes = p->tail;
    }
    r.x_stride = p->row_stride;
    r.y_stride = outer.y ? o->row_stride : p->row_stride;
    r.dy_stride = outer.dy ? o->row_stride : p->row_stride;
    r.out_stride = outer.out ? o->row_stride : p->row_stride;
    r.x = ln_at(r.x, at, size);
    r.y = ln_at(r.y, outer.y ? out_at : at, size);
    r.out = ln_at_mutable(r.out, outer.out ? out_at : at, size);
    for (int i = 0; i < r.douts; i++) r.dy[i] = ln_at(r.dy[i], outer.dy ? out_at : at, size);
    for (int i = 0; i < COEFFICIENTS; i++)
        if (r.k[i]) r.k[i] += block * LN_LANES;
    return r;
}

/* True if `out` is a large tensor that the pass only writes. */
static bool goes_past_caches(const struct ln_norm *n, const void *out, const void *in, const void *other) {
    size_t bytes = (size_t)(n->planes.images * n->planes.image_stride) * size_of(n);
    return bytes >= LN_TUNE_NORM_PAST && out != in && out != other;
}

/* Rows of the chunk that begins at `row`; 0 for the tail, which narrow() handles. */
static int64_t chunk_rows(const struct ln_planes *p, int64_t row) {
    return p->rows - row < CHUNK ? p->rows - row : CHUNK;
}

/* The beginning of the next chunk; the tail is a chunk of its own. */
static int64_t next_chunk(const struct ln_planes *p, int64_t row) {
    return row == p->rows ? row + 1 : row + chunk_rows(p, row);
}

static int64_t chunks_end(const struct ln_planes *p) {
    return p->rows + (p->tail ? 1 : 0);
}

/* run() on all planes, which are independent of each other. */
static void each_plane(const struct ln_norm *n, const struct rows *all, struct outer outer,
                       void (*run)(const struct rows *)) {
    const struct ln_planes *p = &n->planes;
#pragma omp parallel for schedule(static) collapse(2)
    for (int64_t image = 0; image < p->images; image++)
        for (int64_t block = 0; block < p->blocks; block++)
            for (int64_t row = 0; row < chunks_end(p); row = next_chunk(p, row)) {
                struct rows r = narrow(n, all, outer, image, block, row, chunk_rows(p, row));
                run(&r);
            }
}

/* The first image of part number `index`. */
static int64_t part_begin(const struct ln_norm *n, int64_t index) {
    return n->planes.images * index / n->parts;
}

/* Numbers of a channel in that part. */
static int64_t part_count(const struct ln_norm *n, int64_t index) {
    return (part_begin(n, index + 1) - part_begin(n, index)) * (n->planes.count / n->planes.images);
}

/* ---- sums ---------------------------------------------------------------------------------------------- */

/* A number near the mean of each lane's channel: the mean of its first few pixels, from x[at] on. */
static void shift_of(const struct ln_norm *n, int64_t block, const void *x, int64_t at,
                     float shift[LN_LANES]) {
    const struct ln_planes *p = &n->planes;
    int64_t lanes = ln_planes_lanes(p, block), width = p->width < lanes ? p->width : lanes;
    bool packed = p->row_stride == LN_LANES;
    int64_t stride = packed ? width : p->row_stride;
    int64_t pixels = packed ? (p->rows * LN_LANES + p->tail) / width : p->rows;
    if (pixels > LN_LANES) pixels = LN_LANES;
    for (int64_t i = 0; i < LN_LANES; i++) {
        float sum = 0;
        for (int64_t q = 0; q < pixels; q++) sum += ln_get(x, at + q * stride + i % width, n->bf16);
        shift[i] = sum / (float)pixels;
    }
}

/* Adds the sums of `lanes` lanes of a chunk; the others are padding. */
static void add(double *total, const float *chunk, int64_t lanes) {
    for (int64_t i = 0; i < lanes; i++) total[i] += (double)chunk[i];
}

/* One block of part number `index` of the images. statistics: of x, else gradients. */
static void sum_part(const struct ln_norm *n, const struct rows *all, struct outer outer, int64_t index,
                     int64_t block, bool statistics, struct part *part) {
    const struct ln_planes *p = &n->planes;
    int64_t from = part_begin(n, index), to = part_begin(n, index + 1);
    *part = (struct part){0};
    if (statistics) shift_of(n, block, all->x, ln_planes_at(p, from, block), part->shift);
    for (int64_t image = from; image < to; image++)
        for (int64_t row = 0; row < chunks_end(p); row = next_chunk(p, row)) {
            struct rows r = narrow(n, all, outer, image, block, row, chunk_rows(p, row));
            float sum[LN_LANES], dot[LN_LANES];
            if (statistics)
                squares(&r, part->shift, sum, dot);
            else
                gradients(&r, sum, dot);
            add(part->sum, sum, r.lanes);
            add(part->dot, dot, r.lanes);
        }
}

static void sum_parts(const struct ln_norm *n, const struct rows *all, struct outer outer, bool statistics,
                      struct part *parts) {
#pragma omp parallel for schedule(static) collapse(2)
    for (int64_t index = 0; index < n->parts; index++)
        for (int64_t block = 0; block < n->planes.blocks; block++)
            sum_part(n, all, outer, index, block, statistics, &parts[index * n->planes.blocks + block]);
}

/* Sums the lanes of a part that belong to the channel; they have the same shift. */
static void fold(const struct ln_norm *n, const struct part *parts, int64_t index, int64_t channel,
                 double *sum, double *dot, double *shift) {
    int64_t width = n->planes.width, lane = channel % width;
    const struct part *part = &parts[index * n->planes.blocks + channel / width];
    *shift = (double)part->shift[lane];
    *sum = *dot = 0;
    for (int64_t i = lane; i < LN_LANES; i += width) {
        *sum += part->sum[i];
        *dot += part->dot[i];
    }
}

/* Two sets of numbers as one: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing
 * sample variances" (1979), equation 2.1. */
static void join(double *count, double *mean, double *squares, double more, double its_mean,
                 double its_squares) {
    double total = *count + more, delta = its_mean - *mean;
    *squares += its_squares + delta * delta * *count * more / total;
    *mean += delta * more / total;
    *count = total;
}

/* ---- the four passes ----------------------------------------------------------------------------------- */

void ln_norm_statistics(const struct ln_norm *n, const void *x, double *mean, double *variance,
                        void *scratch) {
    const struct ln_planes *p = &n->planes;
    struct part *parts = scratch;
    struct rows all = {.x = x};
    sum_parts(n, &all, (struct outer){0}, true, parts);
    for (int64_t c = 0; c < p->channels; c++) {
        double count = 0, squares = 0;
        mean[c] = 0;
        for (int64_t i = 0; i < n->parts; i++) {
            double more = (double)part_count(n, i), sum, dot, shift;
            fold(n, parts, i, c, &sum, &dot, &shift);
            join(&count, &mean[c], &squares, more, shift + sum / more, dot - sum * sum / more);
        }
        variance[c] = squares < 0 ? 0 : squares / count; /* a nan stays one */
    }
}

void ln_norm_apply(const struct ln_norm *n, const struct ln_norm_apply *a, void *scratch) {
    struct rows all = {.x = a->x,
                       .y = a->other,
                       .out = a->y,
                       .act = n->act,
                       .past = goes_past_caches(n, a->y, a->x, a->other),
                       .k = {[K_MEAN] = spread(n, scratch, K_MEAN, a->mean),
                             [K_SCALE] = spread(n, scratch, K_SCALE, a->scale),
                             [K_SHIFT] = spread(n, scratch, K_SHIFT, a->shift)}};
    each_plane(n, &all, (struct outer){.out = true}, apply);
}

void ln_norm_gradients(const struct ln_norm *n, const struct ln_norm_gradients *g, void *scratch) {
    struct part *parts = scratch;
    struct rows all = {.x = g->x,
                       .y = ln_activation_exists(&n->act) ? g->y : NULL,
                       .out = g->g,
                       .douts = g->douts,
                       .act = n->act,
                       .k = {[K_MEAN] = spread(n, scratch, K_MEAN, g->mean),
                             [K_SCALE] = spread(n, scratch, K_SCALE, g->scale),
                             [K_SHIFT] = spread(n, scratch, K_SHIFT, g->shift)}};
    for (int i = 0; i < g->douts; i++) all.dy[i] = g->dy[i];
    sum_parts(n, &all, (struct outer){.y = true, .dy = true}, false, parts);
    for (int64_t c = 0; c < n->planes.channels; c++) {
        g->sum[c] = g->dot[c] = 0;
        for (int64_t i = 0; i < n->parts; i++) {
            double sum, dot, shift;
            fold(n, parts, i, c, &sum, &dot, &shift);
            g->sum[c] += sum;
            g->dot[c] += dot;
        }
    }
}

void ln_norm_propagate(const struct ln_norm *n, const struct ln_norm_propagate *p, void *scratch) {
    struct rows all = {.x = p->x,
                       .dy = {p->g},
                       .douts = 1,
                       .out = p->dx,
                       .mask = p->mask,
                       .past = goes_past_caches(n, p->dx, p->x, p->g),
                       .k = {[K_MEAN] = spread(n, scratch, K_MEAN, p->mean),
                             [K_SCALE] = spread(n, scratch, K_SCALE, p->scale),
                             [K_SHIFT] = spread(n, scratch, K_SHIFT, p->shift),
                             [K_A] = spread(n, scratch, K_A, p->a),
                             [K_B] = spread(n, scratch, K_B, p->b),
                             [K_C] = spread(n, scratch, K_C, p->c)}};
    each_plane(n, &all, (struct outer){.dy = p->g_is_dy}, propagate);
}
