/* Max pooling, as torch.nn.MaxPool2d: y[n,c,p,q] = max over the window of x; dx goes to the cell that was the
 * maximum, the first one where several are equal.
 *
 * The forward pass of training keeps which cell of the window it was. Where the input is a ReLU's output
 * (relu_before), a maximum of zero means that the ReLU lets no gradient through: it is kept as "no cell", and
 * the ReLU needs no backward pass of its own.
 *
 * Shapes: x [outer][h][w][inner], y and cell [outer][p][q][inner], in whatever layout the input has.
 */
#include "base/simd.h"
#include "op/pool.h"

#include <string.h>

#define AT(field) offsetof(struct ln_maxpool_attrs, field)
static const struct ln_attr attrs[] = {
    {"kernel", LN_ATTR_PAIR, AT(kernel), 0, 1, 250, true},
    {"stride", LN_ATTR_PAIR, AT(stride), 0, 0, 1024}, /* 0: the kernel */
    {"padding", LN_ATTR_PAIR, AT(padding), 0, 0, 125},
    {"ceil", LN_ATTR_BOOL, AT(ceil)},
    {NULL},
};

enum { NO_CELL = 0xffff };

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    const struct ln_maxpool_attrs *a = attrs_;
    return ln_pool_shape(name, a->kernel, a->stride, a->padding, a->ceil, in, out);
}

static int prepare(struct ln_prep *prep) {
    const struct ln_maxpool_attrs *a = prep->attrs;
    LN_TRY(ln_pool_prepare(prep, a->kernel, a->stride, a->padding));
    const struct ln_view *out = &((struct ln_pool *)prep->state)->out;
    if (prep->train) prep->saved = (size_t)(out->outer * out->h * out->w * out->inner) * sizeof(uint16_t);
    return LINNET_OK;
}

/* The functions that pass vectors by value are all inlined: how they would be passed does not matter. */
#pragma GCC diagnostic ignored "-Wpsabi"

/* Sixteen floats at a time: a vector register of AVX-512, two of AVX2. */
enum { LANES = 16 };
typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t ivec __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint16_t cells __attribute__((vector_size(LANES * sizeof(uint16_t))));

static inline vec load(const float *p) {
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store(float *p, vec v) {
    memcpy(p, &v, sizeof v);
}

static inline ivec select_int(ivec mask, ivec a, ivec b) {
    return (mask & a) | (~mask & b);
}

static inline vec select_float(ivec mask, vec a, vec b) {
    return (vec)select_int(mask, (ivec)a, (ivec)b);
}

struct span {
    int64_t y0, y1, x0, x1; /* cells [y0, y1) x [x0, x1) of the input */
};

static inline struct span span_at(const struct ln_pool *pool, int64_t p, int64_t q) {
    struct span s;
    ln_pool_span(p, pool->stride.h, pool->padding.h, pool->kernel.h, pool->in.h, &s.y0, &s.y1);
    ln_pool_span(q, pool->stride.w, pool->padding.w, pool->kernel.w, pool->in.w, &s.x0, &s.x1);
    return s;
}

/* One output row p of one plane. x: the plane; y, cell: the row; cell may be NULL. The larger value wins, a
 * nan for good. */
LN_CLONES static void forward_row(const struct ln_pool *pool, int64_t p, const float *x, float *y,
                                  uint16_t *cell) {
    int64_t inner = pool->in.inner, w = pool->in.w;
    for (int64_t q = 0; q < pool->out.w; q++, y += inner, cell += cell ? inner : 0) {
        struct span s = span_at(pool, p, q);
        int64_t width = s.x1 - s.x0, i = 0;
        for (; i + LANES <= inner; i += LANES) {
            vec best = load(x + (s.y0 * w + s.x0) * inner + i);
            ivec at = {0};
            for (int64_t r = s.y0; r < s.y1; r++)
                for (int64_t c = s.x0; c < s.x1; c++) {
                    vec v = load(x + (r * w + c) * inner + i);
                    ivec larger = (v > best) | (v != v);
                    best = select_float(larger, v, best);
                    at = select_int(larger, (ivec){0} + (int32_t)((r - s.y0) * width + c - s.x0), at);
                }
            store(y + i, best);
            if (pool->relu_before) at = select_int(best > 0, at, (ivec){0} + NO_CELL);
            if (cell) {
                cells narrow = __builtin_convertvector(at, cells);
                memcpy(cell + i, &narrow, sizeof narrow);
            }
        }
        for (; i < inner; i++) {
            float best = x[(s.y0 * w + s.x0) * inner + i];
            int64_t at = 0;
            for (int64_t r = s.y0; r < s.y1; r++)
                for (int64_t c = s.x0; c < s.x1; c++) {
                    float v = x[(r * w + c) * inner + i];
                    if (v > best || v != v) best = v, at = (r - s.y0) * width + c - s.x0;
                }
            y[i] = best;
            if (cell) cell[i] = (uint16_t)(pool->relu_before && !(best > 0) ? NO_CELL : at);
        }
    }
}

/* Adds one output row's gradient to the input rows that it came from. */
LN_CLONES static void backward_row(const struct ln_pool *pool, int64_t p, const float *dy,
                                   const uint16_t *cell, float *dx) {
    int64_t inner = pool->in.inner, w = pool->in.w;
    for (int64_t q = 0; q < pool->out.w; q++, dy += inner, cell += inner) {
        struct span s = span_at(pool, p, q);
        int64_t width = s.x1 - s.x0, i = 0;
        for (; i + LANES <= inner; i += LANES) {
            cells narrow;
            memcpy(&narrow, cell + i, sizeof narrow);
            ivec at = __builtin_convertvector(narrow, ivec);
            vec d = load(dy + i);
            for (int64_t r = s.y0; r < s.y1; r++)
                for (int64_t c = s.x0; c < s.x1; c++) {
                    float *to = dx + (r * w + c) * inner + i;
                    ivec here = at == (int32_t)((r - s.y0) * width + c - s.x0);
                    store(to, load(to) + select_float(here, d, (vec){0}));
                }
        }
        for (; i < inner; i++)
            if (cell[i] != NO_CELL)
                dx[((s.y0 + cell[i] / width) * w + s.x0 + cell[i] % width) * inner + i] += dy[i];
    }
}

static int forward(void *state, const struct ln_args *a) {
    const struct ln_pool *pool = state;
    int64_t from = pool->in.h * pool->in.w * pool->in.inner, row = pool->out.w * pool->out.inner;
    uint16_t *cell = a->saved;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < pool->in.outer; plane++)
        for (int64_t p = 0; p < pool->out.h; p++) {
            int64_t at = (plane * pool->out.h + p) * row;
            forward_row(pool, p, a->in[0] + plane * from, a->out + at, cell ? cell + at : NULL);
        }
    return LINNET_OK;
}

/* A plane's rows are cleared just before the first window that reaches them, while they are about to be used
 * anyway. */
static void backward_plane(const struct ln_pool *pool, const float *dy, const uint16_t *cell, float *dx) {
    int64_t in_row = pool->in.w * pool->in.inner, row = pool->out.w * pool->out.inner, cleared = 0;
    for (int64_t p = 0; p <= pool->out.h; p++) {
        int64_t from, to = pool->in.h;
        if (p < pool->out.h)
            ln_pool_span(p, pool->stride.h, pool->padding.h, pool->kernel.h, pool->in.h, &from, &to);
        if (to > cleared) memset(dx + cleared * in_row, 0, (size_t)((to - cleared) * in_row) * sizeof(float));
        if (to > cleared) cleared = to;
        if (p < pool->out.h) backward_row(pool, p, dy + p * row, cell + p * row, dx);
    }
}

static int backward(void *state, const struct ln_args *a) {
    const struct ln_pool *pool = state;
    int64_t in = pool->in.h * pool->in.w * pool->in.inner, out = pool->out.h * pool->out.w * pool->out.inner;
    const uint16_t *cell = a->saved;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < pool->in.outer; plane++)
        backward_plane(pool, a->dout + plane * out, cell + plane * out, a->din[0] + plane * in);
    return LINNET_OK;
}

const struct ln_op ln_op_maxpool = {
    .name = "maxpool",
    .torch = "MaxPool2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_maxpool_attrs),
    .inputs = 1,
    .masks_relu = true,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_pool_destroy,
};
