/* Average pooling, as torch.nn.AvgPool2d: y[n,c,p,q] = sum over the window of x, divided by the number of its
 * cells; the padding counts as cells unless exclude_pad. dx spreads dy / cells over the window.
 *
 * LeCun et al. (1998), section II.B, calls it sub-sampling.
 *
 * Shapes: x [outer][h][w][inner], y [outer][p][q][inner], in whatever layout the input has.
 */
#include "op/pool.h"
#include "op/row.h"

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
    struct ln_pool *pool = prep->state = ln_calloc(1, sizeof *pool);
    if (!pool) return LINNET_ERR_LIMIT;
    pool->exclude_pad = a->exclude_pad;
    return ln_pool_prepare(prep, pool, a->kernel, a->stride, a->padding);
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

/* A plane of x and y, or of dy and dx: what is read begins at from[plane]. */
struct pass {
    const struct ln_pool *pool;
    const void *from;
    void *to;
    int64_t plane;
};

/* y[at ..] of one pixel of the output. */
INLINED void average_of(int64_t first, int64_t lanes, bool bf16, const struct pass *f,
                        const struct average *s, int64_t at) {
    int64_t w = f->pool->in.w, inner = f->pool->in.inner;
    ln_vec sum = {0}, x;
    for (int64_t r = s->y0; r < s->y1; r++)
        for (int64_t c = s->x0; c < s->x1; c++) {
            load(&x, f->from, f->plane + (r * w + c) * inner + first, lanes, bf16);
            sum += x;
        }
    sum *= s->scale;
    store(&sum, f->to, at + first, lanes, bf16);
}

/* `inner` is a constant to the compiler where it is a vector's width. */
INLINED void forward_row_of(int64_t inner, bool bf16, const struct pass *f, int64_t p, int64_t at) {
    for (int64_t q = 0; q < f->pool->out.w; q++, at += inner) {
        struct average s = average_at(f->pool, p, q);
        IN_SIXTEENS(average_of, inner, bf16, f, &s, at);
    }
}

/* Row p of the output, which begins at y[at]. */
LN_CLONES static void forward_row(const struct pass *f, int64_t p, int64_t at) {
    IN_EACH_KIND(forward_row_of, f->pool->in.inner, f->pool->bf16, f, p, at);
}

/* dx[at ..] of one pixel of the input, which the windows p, q reach. */
INLINED void spread_of(int64_t first, int64_t lanes, bool bf16, const struct pass *b,
                       const struct ln_pool_reach *p, const struct ln_pool_reach *q, int64_t at) {
    ln_vec sum = {0}, dy;
    for (int64_t r = p->from; r < p->to; r++)
        for (int64_t c = q->from; c < q->to; c++) {
            load(&dy, b->from, b->plane + (r * b->pool->out.w + c) * b->pool->out.inner + first, lanes, bf16);
            sum += dy * average_at(b->pool, r, c).scale;
        }
    store(&sum, b->to, at + first, lanes, bf16);
}

INLINED void backward_row_of(int64_t inner, bool bf16, const struct pass *b, const struct ln_pool_reach *p,
                             int64_t at) {
    const struct ln_pool *pool = b->pool;
    struct ln_pool_reach q = {0};
    for (int64_t x = 0; x < pool->in.w; x++, at += inner) {
        ln_pool_advance(&q, x, pool->stride.w, pool->padding.w, pool->kernel.w, pool->out.w);
        IN_SIXTEENS(spread_of, inner, bf16, b, p, &q, at);
    }
}

/* A row of the input, which begins at dx[at]. */
LN_CLONES static void backward_row(const struct pass *b, const struct ln_pool_reach *p, int64_t at) {
    IN_EACH_KIND(backward_row_of, b->pool->in.inner, b->pool->bf16, b, p, at);
}

static int forward(void *state, const struct ln_args *a) {
    const struct ln_pool *pool = state;
    int64_t row = pool->out.w * pool->out.inner;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < pool->in.outer; plane++) {
        struct pass f = {pool, a->in[0], a->out, plane * ln_view_plane(&pool->in)};
        for (int64_t p = 0; p < pool->out.h; p++)
            forward_row(&f, p, plane * ln_view_plane(&pool->out) + p * row);
    }
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct ln_pool *pool = state;
    int64_t row = pool->in.w * pool->in.inner;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < pool->in.outer; plane++) {
        struct pass b = {pool, a->dout, a->din[0], plane * ln_view_plane(&pool->out)};
        struct ln_pool_reach p = {0};
        for (int64_t y = 0; y < pool->in.h; y++) {
            ln_pool_advance(&p, y, pool->stride.h, pool->padding.h, pool->kernel.h, pool->out.h);
            backward_row(&b, &p, plane * ln_view_plane(&pool->in) + y * row);
        }
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
