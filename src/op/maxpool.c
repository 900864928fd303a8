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

/* ---- forward ------------------------------------------------------------------------------------------- */

struct forward {
    const struct ln_pool *pool;
    const void *x;  /* [h][w][inner]: the plane begins at `plane` */
    void *y;        /* likewise */
    uint16_t *cell; /* NULL: not kept */
    int64_t plane;
};

/* y[at ..] of one pixel of the output. */
INLINED void best_of(int64_t first, int64_t lanes, bool bf16, const struct forward *f, const struct span *s,
                     int64_t at, bool keep) {
    int64_t pixel = f->pool->in.inner, row = f->pool->in.w * pixel;
    struct pool_best best;
    pool_window(&best, f->x, f->plane + s->y0 * row + s->x0 * pixel + first, row, pixel, s->y1 - s->y0,
                s->x1 - s->x0, lanes, bf16, keep);
    pool_put(&best, f->y, at + first, lanes, bf16);
    if (keep) pool_keep(&best, f->cell + at + first, lanes, f->pool->relu_before);
}

/* `inner` is a constant to the compiler where it is a vector's width. */
INLINED void forward_row_of(int64_t inner, bool bf16, const struct forward *f, int64_t p, int64_t at,
                            bool keep) {
    for (int64_t q = 0; q < f->pool->out.w; q++, at += inner) {
        struct span s = span_at(f->pool, p, q);
        IN_SIXTEENS(best_of, inner, bf16, f, &s, at, keep);
    }
}

/* Row p of the output, which begins at y[at]. */
LN_CLONES static void forward_row(const struct forward *f, int64_t p, int64_t at) {
    if (f->cell)
        IN_EACH_KIND(forward_row_of, f->pool->in.inner, f->pool->bf16, f, p, at, true);
    else
        IN_EACH_KIND(forward_row_of, f->pool->in.inner, f->pool->bf16, f, p, at, false);
}

static int forward(void *state, const struct ln_args *a) {
    const struct ln_pool *pool = state;
    int64_t row = pool->out.w * pool->out.inner;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < pool->in.outer; plane++) {
        struct forward f = {pool, a->in[0], a->out, a->saved, plane * ln_view_plane(&pool->in)};
        for (int64_t p = 0; p < pool->out.h; p++)
            forward_row(&f, p, plane * ln_view_plane(&pool->out) + p * row);
    }
    return LINNET_OK;
}

/* ---- backward ------------------------------------------------------------------------------------------ */

struct backward {
    const struct ln_pool *pool;
    const void *dy; /* [p][q][inner]: the plane begins at `plane` */
    const uint16_t *cell;
    void *dx;
    int64_t plane;
    struct ln_pool_reach p, q; /* the windows that reach the pixel of the input, */
    int64_t y, x;              /* which is this one */
};

/* All ones where the cell was the maximum: its number is less than 2^16, and 0 alone has a sign once 1 is
 * taken away. (gcc 12 takes comparisons of vectors apart where it makes clones.) */
INLINED void is_cell(const uint16_t *kept, int64_t lanes, int32_t number, ln_bits *mask) {
    ln_halves h = {0};
    if (lanes == LN_LANES)
        h = *(const ln_halves *)kept;
    else
        memcpy(&h, kept, (size_t)lanes * sizeof *kept);
    *mask = ((__builtin_convertvector(h, ln_bits) ^ number) - 1) >> 31;
}

/* dx[at ..] of one pixel of the input: the sum over the windows that reach it of dy, where it was the
 * maximum.
 */
INLINED void collect(int64_t first, int64_t lanes, bool bf16, const struct backward *b, int64_t at) {
    const struct ln_pool *pool = b->pool;
    ln_vec sum = {0}, dy;
    ln_bits mask;
    for (int64_t p = b->p.from; p < b->p.to; p++)
        for (int64_t q = b->q.from; q < b->q.to; q++) {
            struct span s = span_at(pool, p, q);
            int64_t from = b->plane + (p * pool->out.w + q) * pool->out.inner + first;
            int32_t number = (int32_t)((b->y - s.y0) * (s.x1 - s.x0) + b->x - s.x0);
            load(&dy, b->dy, from, lanes, bf16);
            is_cell(b->cell + from, lanes, number, &mask);
            sum += (ln_vec)((ln_bits)dy & mask);
        }
    store(&sum, b->dx, at + first, lanes, bf16);
}

INLINED void backward_row_of(int64_t inner, bool bf16, struct backward *b, int64_t at) {
    const struct ln_pool *pool = b->pool;
    b->q = (struct ln_pool_reach){0};
    for (b->x = 0; b->x < pool->in.w; b->x++, at += inner) {
        ln_pool_advance(&b->q, b->x, pool->stride.w, pool->padding.w, pool->kernel.w, pool->out.w);
        IN_SIXTEENS(collect, inner, bf16, b, at);
    }
}

/* Row b->y of the input, which begins at dx[at]. */
LN_CLONES static void backward_row(struct backward *b, int64_t at) {
    IN_EACH_KIND(backward_row_of, b->pool->in.inner, b->pool->bf16, b, at);
}

static int backward(void *state, const struct ln_args *a) {
    const struct ln_pool *pool = state;
    int64_t row = pool->in.w * pool->in.inner;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < pool->in.outer; plane++) {
        struct backward b = {pool, a->dout, a->saved, a->din[0], plane * ln_view_plane(&pool->out)};
        for (b.y = 0; b.y < pool->in.h; b.y++) {
            ln_pool_advance(&b.p, b.y, pool->stride.h, pool->padding.h, pool->kernel.h, pool->out.h);
            backward_row(&b, plane * ln_view_plane(&pool->in) + b.y * row);
        }
    }
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
