/* Average pooling, as torch.nn.AvgPool2d: y[n,c,p,q] = sum over the window of x, divided by the number of its
 * cells; the padding counts as cells unless exclude_pad. dx spreads dy / cells over the window.
 *
 * LeCun et al. (1998), section II.B, calls it sub-sampling.
 *
 * Shapes: x [outer][h][w][inner], y [outer][p][q][inner], in whatever layout the input has.
 */
#include "base/simd.h"
#include "op/pool.h"

#include <string.h>

#define AT(field) offsetof(struct ln_avgpool_attrs, field)
static const struct ln_attr attrs[] = {
    {"kernel", LN_ATTR_PAIR, AT(kernel), 0, 1, 1024, true},
    {"stride", LN_ATTR_PAIR, AT(stride), 0, 0, 1024}, /* 0: the kernel */
    {"padding", LN_ATTR_PAIR, AT(padding), 0, 0, 512},
    {"ceil", LN_ATTR_BOOL, AT(ceil)},
    {"exclude_pad", LN_ATTR_BOOL, AT(exclude_pad)},
    {NULL},
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    const struct ln_avgpool_attrs *a = attrs_;
    return ln_pool_shape(name, a->kernel, a->stride, a->padding, a->ceil, in, out);
}

static int prepare(struct ln_prep *prep) {
    const struct ln_avgpool_attrs *a = prep->attrs;
    LN_TRY(ln_pool_prepare(prep, a->kernel, a->stride, a->padding));
    ((struct ln_pool *)prep->state)->exclude_pad = a->exclude_pad;
    return LINNET_OK;
}

/* Cells that count along one side: all of the kernel that lies inside the padded input. With ceil a window
 * may hang over even that, and what hangs over never counts. */
static inline int64_t padded_cells(int64_t p, int stride, int padding, int kernel, int64_t size) {
    int64_t start = p * stride - padding, end = start + kernel;
    return (end < size + padding ? end : size + padding) - start;
}

struct average {
    int64_t y0, y1, x0, x1; /* cells [y0, y1) x [x0, x1) of the input */
    float scale;            /* 1 / cells */
};

static inline struct average average_at(const struct ln_pool *pool, int64_t p, int64_t q) {
    struct average s;
    ln_pool_span(p, pool->stride.h, pool->padding.h, pool->kernel.h, pool->in.h, &s.y0, &s.y1);
    ln_pool_span(q, pool->stride.w, pool->padding.w, pool->kernel.w, pool->in.w, &s.x0, &s.x1);
    int64_t cells = (s.y1 - s.y0) * (s.x1 - s.x0);
    if (!pool->exclude_pad)
        cells = padded_cells(p, pool->stride.h, pool->padding.h, pool->kernel.h, pool->in.h) *
                padded_cells(q, pool->stride.w, pool->padding.w, pool->kernel.w, pool->in.w);
    s.scale = 1.0F / (float)cells;
    return s;
}

/* One output row p of one plane; `inner` is a constant to the compiler where it is a vector's width. */
static inline void forward_row_of(const struct ln_pool *pool, int64_t p, const float *x, float *y,
                                  int64_t inner) {
    int64_t w = pool->in.w;
    for (int64_t q = 0; q < pool->out.w; q++, y += inner) {
        struct average s = average_at(pool, p, q);
        for (int64_t i = 0; i < inner; i++) y[i] = 0;
        for (int64_t r = s.y0; r < s.y1; r++)
            for (int64_t c = s.x0; c < s.x1; c++)
                for (int64_t i = 0; i < inner; i++) y[i] += x[(r * w + c) * inner + i];
        for (int64_t i = 0; i < inner; i++) y[i] *= s.scale;
    }
}

static inline void backward_row_of(const struct ln_pool *pool, int64_t p, const float *dy, float *dx,
                                   int64_t inner) {
    int64_t w = pool->in.w;
    for (int64_t q = 0; q < pool->out.w; q++, dy += inner) {
        struct average s = average_at(pool, p, q);
        for (int64_t r = s.y0; r < s.y1; r++)
            for (int64_t c = s.x0; c < s.x1; c++)
                for (int64_t i = 0; i < inner; i++) dx[(r * w + c) * inner + i] += dy[i] * s.scale;
    }
}

LN_CLONES static void forward_row(const struct ln_pool *pool, int64_t p, const float *restrict x,
                                  float *restrict y) {
    if (pool->in.inner == 16)
        forward_row_of(pool, p, x, y, 16);
    else
        forward_row_of(pool, p, x, y, pool->in.inner);
}

LN_CLONES static void backward_row(const struct ln_pool *pool, int64_t p, const float *restrict dy,
                                   float *restrict dx) {
    if (pool->in.inner == 16)
        backward_row_of(pool, p, dy, dx, 16);
    else
        backward_row_of(pool, p, dy, dx, pool->in.inner);
}

static int forward(void *state, const struct ln_args *a) {
    const struct ln_pool *pool = state;
    int64_t plane_size = pool->in.h * pool->in.w * pool->in.inner, row = pool->out.w * pool->out.inner;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < pool->in.outer; plane++)
        for (int64_t p = 0; p < pool->out.h; p++)
            forward_row(pool, p, a->in[0] + plane * plane_size, a->out + (plane * pool->out.h + p) * row);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct ln_pool *pool = state;
    int64_t plane_size = pool->in.h * pool->in.w * pool->in.inner, row = pool->out.w * pool->out.inner;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < pool->in.outer; plane++) {
        memset(a->din[0] + plane * plane_size, 0, (size_t)plane_size * sizeof(float));
        for (int64_t p = 0; p < pool->out.h; p++)
            backward_row(pool, p, a->dout + (plane * pool->out.h + p) * row, a->din[0] + plane * plane_size);
    }
    return LINNET_OK;
}

const struct ln_op ln_op_avgpool = {
    .name = "avgpool",
    .torch = "AvgPool2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_avgpool_attrs),
    .inputs = 1,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
