/* Max pooling, as torch.nn.MaxPool2d: y[n,c,p,q] = max over the window of x; dx goes to the cell that was the
 * maximum, the first one where several are equal.
 *
 * The forward pass of training keeps which cell of the window it was. Where the input is a ReLU's output
 * (relu_before), a maximum of zero means that the ReLU lets no gradient through: it is kept as "no cell", and
 * the ReLU needs no backward pass of its own.
 *
 * Shapes: x [outer][h][w][inner], y and cell [outer][p][q][inner], in whatever layout the input has.
 */
#include "op/maxpool_rows.h"

#include <string.h>

#define AT(field) offsetof(struct ln_maxpool_attrs, field)
static const struct ln_attr attrs[] = {
    {"kernel", LN_ATTR_PAIR, AT(kernel), 0, 1, 250, true},
    {"stride", LN_ATTR_PAIR, AT(stride), 0, 0, 1024}, /* 0: the kernel */
    {"padding", LN_ATTR_PAIR, AT(padding), 0, 0, 125},
    {"ceil", LN_ATTR_BOOL, AT(ceil)},
    {NULL},
};

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

struct span {
    int64_t y0, y1, x0, x1; /* cells [y0, y1) x [x0, x1) of the input */
};

static inline struct span span_at(const struct ln_pool *pool, int64_t p, int64_t q) {
    struct span s;
    ln_pool_span(p, pool->stride.h, pool->padding.h, pool->kernel.h, pool->in.h, &s.y0, &s.y1);
    ln_pool_span(q, pool->stride.w, pool->padding.w, pool->kernel.w, pool->in.w, &s.x0, &s.x1);
    return s;
}

/* One output row p of one plane. x: the plane; y, cell: the row; cell only with `keep`. The larger value
 * wins, a nan for good. `inner` and `keep` are constants to the compiler. */
static inline void forward_row_of(const struct ln_pool *pool, int64_t p, const float *restrict x,
                                  float *restrict y, uint16_t *restrict cell, int64_t inner, bool keep) {
    for (int64_t q = 0; q < pool->out.w; q++, y += inner, cell += keep ? inner : 0) {
        struct span s = span_at(pool, p, q);
        const float *first = x + (s.y0 * pool->in.w + s.x0) * inner;
        uint16_t at = 0;
        memcpy(y, first, (size_t)inner * sizeof *y);
        if (keep) memset(cell, 0, (size_t)inner * sizeof *cell);
        for (int64_t r = s.y0; r < s.y1; r++)
            for (int64_t c = s.x0; c < s.x1; c++, at++) {
                const float *v = x + (r * pool->in.w + c) * inner;
                LN_SIMD for (int64_t i = 0; i < inner; i++) {
                    bool larger = v[i] > y[i] || v[i] != v[i];
                    y[i] = larger ? v[i] : y[i];
                    if (keep) cell[i] = larger ? at : cell[i];
                }
            }
        if (!keep || !pool->relu_before) continue;
        LN_SIMD for (int64_t i = 0; i < inner; i++) cell[i] = y[i] > 0 ? cell[i] : POOL_NO_CELL;
    }
}

LN_CLONES static void forward_row_any(const struct ln_pool *pool, int64_t p, const float *x, float *y,
                                      uint16_t *cell) {
    if (cell)
        forward_row_of(pool, p, x, y, cell, pool->in.inner, true);
    else
        forward_row_of(pool, p, x, y, NULL, pool->in.inner, false);
}

static void forward_row(const struct ln_pool *pool, int64_t p, const float *x, float *y, uint16_t *cell) {
    if (pool->in.inner % POOL_LANES == 0)
        pool_forward_lanes(pool, p, x, y, cell);
    else
        forward_row_any(pool, p, x, y, cell);
}

/* Adds one output row's gradient to the input rows that it came from. */
static inline void backward_row_of(const struct ln_pool *pool, int64_t p, const float *restrict dy,
                                   const uint16_t *restrict cell, float *restrict dx, int64_t inner) {
    for (int64_t q = 0; q < pool->out.w; q++, dy += inner, cell += inner) {
        struct span s = span_at(pool, p, q);
        uint16_t at = 0;
        for (int64_t r = s.y0; r < s.y1; r++)
            for (int64_t c = s.x0; c < s.x1; c++, at++) {
                float *to = dx + (r * pool->in.w + c) * inner;
                LN_SIMD for (int64_t i = 0; i < inner; i++) to[i] += cell[i] == at ? dy[i] : 0;
            }
    }
}

LN_CLONES static void backward_row(const struct ln_pool *pool, int64_t p, const float *dy,
                                   const uint16_t *cell, float *dx) {
    if (pool->in.inner == POOL_LANES)
        backward_row_of(pool, p, dy, cell, dx, POOL_LANES);
    else
        backward_row_of(pool, p, dy, cell, dx, pool->in.inner);
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
    .destroy = ln_free,
};
