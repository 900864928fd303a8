/* Average pooling to a given size, as torch.nn.AdaptiveAvgPool2d: y[n,c,p,q] is the mean of x[n,c] over rows
 * floor(p h / P) to ceil((p + 1) h / P) - 1, and columns alike. Windows may overlap, and the output may be
 * larger than the input; dx spreads dy / cells over the window.
 *
 * out=1 is global average pooling: Lin, Chen, Yan, "Network in network" (2013), section 3.2.
 *
 * Shapes: x [outer][h][w][inner], y [outer][P][Q][inner], in whatever layout the input has.
 */
#include "base/alloc.h"
#include "op/images.h"
#include "op/row.h"

#define AT(field) offsetof(struct ln_adaptive_avgpool_attrs, field)
static const struct ln_attr attrs[] = {
    {"out", LN_ATTR_PAIR, AT(out), 0, 1, 4096, true},
    {NULL},
};

struct adaptive {
    struct ln_view in, out; /* outer and inner are equal */
    bool bf16;
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    const struct ln_adaptive_avgpool_attrs *a = attrs_;
    LN_TRY(ln_images_check(name, in));
    *out = ln_shape_of(in->dim[0], in->dim[1], a->out.h, a->out.w);
    return LINNET_OK;
}

static int prepare(struct ln_prep *prep) {
    struct adaptive *s = prep->state = ln_calloc(1, sizeof *s);
    if (!s) return LINNET_ERR_LIMIT;
    LN_TRY(ln_images_keep_order(prep));
    if (!ln_layout_view(prep->in[0], &s->in)) return LINNET_ERR_LIMIT;
    s->out = s->in; /* the same order; a 1x1 output's layout may go by another name */
    s->out.h = prep->out_shape.dim[2];
    s->out.w = prep->out_shape.dim[3];
    s->bf16 = prep->dtype == LN_BF16;
    prep->impl = "own";
    return LINNET_OK;
}

/* What cell or window `at` of `mine` along one side has to do with the `others` of the other side: both ways
 * it is [floor(at others / mine), ceil((at + 1) others / mine)). */
struct range {
    int64_t from, to;
};

static inline struct range range_of(int64_t at, int64_t mine, int64_t others) {
    return (struct range){at * others / mine, ((at + 1) * others + mine - 1) / mine};
}

/* 1 / cells of window p, q. */
static inline float share_of(const struct adaptive *s, int64_t p, int64_t q) {
    struct range y = range_of(p, s->out.h, s->in.h), x = range_of(q, s->out.w, s->in.w);
    return 1.0F / (float)((y.to - y.from) * (x.to - x.from));
}

/* A plane of x and y, or of dy and dx: what is read begins at from[plane]. */
struct pass {
    const struct adaptive *s;
    const void *from;
    void *to;
    int64_t plane;
};

/* y[at ..] of one pixel of the output: the mean of these rows and columns. */
INLINED void mean_of(int64_t first, int64_t lanes, bool bf16, const struct pass *f, const struct range *y,
                     const struct range *x, float share, int64_t at) {
    ln_vec sum = {0}, v;
    for (int64_t r = y->from; r < y->to; r++)
        for (int64_t c = x->from; c < x->to; c++) {
            load(&v, f->from, f->plane + (r * f->s->in.w + c) * f->s->in.inner + first, lanes, bf16);
            sum += v;
        }
    sum *= share;
    store(&sum, f->to, at + first, lanes, bf16);
}

INLINED void forward_plane_of(const struct pass *f, int64_t at, bool bf16) {
    const struct adaptive *s = f->s;
    for (int64_t p = 0; p < s->out.h; p++)
        for (int64_t q = 0; q < s->out.w; q++, at += s->out.inner) {
            struct range y = range_of(p, s->out.h, s->in.h), x = range_of(q, s->out.w, s->in.w);
            IN_SIXTEENS(mean_of, s->in.inner, bf16, f, &y, &x, share_of(s, p, q), at);
        }
}

/* dx[at ..] of one pixel of the input, which is in the windows p, q. */
INLINED void spread_of(int64_t first, int64_t lanes, bool bf16, const struct pass *b, const struct range *p,
                       const struct range *q, int64_t at) {
    ln_vec sum = {0}, dy;
    for (int64_t r = p->from; r < p->to; r++)
        for (int64_t c = q->from; c < q->to; c++) {
            load(&dy, b->from, b->plane + (r * b->s->out.w + c) * b->s->out.inner + first, lanes, bf16);
            sum += dy * share_of(b->s, r, c);
        }
    store(&sum, b->to, at + first, lanes, bf16);
}

INLINED void backward_plane_of(const struct pass *b, int64_t at, bool bf16) {
    const struct adaptive *s = b->s;
    for (int64_t y = 0; y < s->in.h; y++)
        for (int64_t x = 0; x < s->in.w; x++, at += s->in.inner) {
            struct range p = range_of(y, s->in.h, s->out.h), q = range_of(x, s->in.w, s->out.w);
            IN_SIXTEENS(spread_of, s->in.inner, bf16, b, &p, &q, at);
        }
}

/* The planes begin at y[at], dx[at]. */
LN_CLONES static void forward_plane(const struct pass *f, int64_t at) {
    if (f->s->bf16)
        forward_plane_of(f, at, true);
    else
        forward_plane_of(f, at, false);
}

LN_CLONES static void backward_plane(const struct pass *b, int64_t at) {
    if (b->s->bf16)
        backward_plane_of(b, at, true);
    else
        backward_plane_of(b, at, false);
}

static int forward(void *state, const struct ln_args *a) {
    const struct adaptive *s = state;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < s->in.outer; plane++)
        forward_plane(&(struct pass){s, a->in[0], a->out, plane * ln_view_plane(&s->in)},
                      plane * ln_view_plane(&s->out));
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct adaptive *s = state;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < s->in.outer; plane++)
        backward_plane(&(struct pass){s, a->dout, a->din[0], plane * ln_view_plane(&s->out)},
                       plane * ln_view_plane(&s->in));
    return LINNET_OK;
}

const struct ln_op ln_op_adaptive_avgpool = {
    .name = "adaptive_avgpool",
    .torch = "AdaptiveAvgPool2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_adaptive_avgpool_attrs),
    .inputs = 1,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
