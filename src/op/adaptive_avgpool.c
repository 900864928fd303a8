/* Average pooling to a given size, as torch.nn.AdaptiveAvgPool2d: y[n,c,p,q] is the mean of x[n,c] over rows
 * floor(p h / P) to ceil((p + 1) h / P) - 1, and columns alike. Windows may overlap, and the output may be
 * larger than the input; dx spreads dy / cells over the window.
 *
 * out=1 is global average pooling: Lin, Chen, Yan, "Network in network" (2013), section 3.2.
 *
 * Shapes: x [outer][h][w][inner], y [outer][P][Q][inner], in whatever layout the input has.
 */
#include "base/alloc.h"
#include "base/simd.h"
#include "op/images.h"

#include <string.h>

#define AT(field) offsetof(struct ln_adaptive_avgpool_attrs, field)
static const struct ln_attr attrs[] = {
    {"out", LN_ATTR_PAIR, AT(out), 0, 1, 4096, true},
    {NULL},
};

struct adaptive {
    struct ln_view in, out; /* outer and inner are equal */
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
    prep->impl = "own";
    return LINNET_OK;
}

struct window {
    int64_t y0, y1, x0, x1; /* cells [y0, y1) x [x0, x1) of the input */
    float scale;            /* 1 / cells */
};

static inline struct window window_at(const struct adaptive *s, int64_t p, int64_t q) {
    int64_t h = s->in.h, w = s->in.w, P = s->out.h, Q = s->out.w;
    struct window v = {p * h / P, ((p + 1) * h + P - 1) / P, q * w / Q, ((q + 1) * w + Q - 1) / Q, 0};
    v.scale = 1.0F / (float)((v.y1 - v.y0) * (v.x1 - v.x0));
    return v;
}

/* One plane; `inner` is a constant to the compiler where it is a vector's width. */
static inline void forward_plane_of(const struct adaptive *s, const float *restrict x, float *restrict y,
                                    int64_t inner) {
    for (int64_t p = 0; p < s->out.h; p++)
        for (int64_t q = 0; q < s->out.w; q++, y += inner) {
            struct window v = window_at(s, p, q);
            for (int64_t i = 0; i < inner; i++) y[i] = 0;
            for (int64_t r = v.y0; r < v.y1; r++)
                for (int64_t c = v.x0; c < v.x1; c++)
                    LN_SIMD for (int64_t i = 0; i < inner; i++) y[i] += x[(r * s->in.w + c) * inner + i];
            for (int64_t i = 0; i < inner; i++) y[i] *= v.scale;
        }
}

static inline void backward_plane_of(const struct adaptive *s, const float *restrict dy, float *restrict dx,
                                     int64_t inner) {
    for (int64_t p = 0; p < s->out.h; p++)
        for (int64_t q = 0; q < s->out.w; q++, dy += inner) {
            struct window v = window_at(s, p, q);
            for (int64_t r = v.y0; r < v.y1; r++)
                for (int64_t c = v.x0; c < v.x1; c++)
                    LN_SIMD for (int64_t i = 0; i < inner; i++) dx[(r * s->in.w + c) * inner + i] +=
                        dy[i] * v.scale;
        }
}

LN_CLONES static void forward_plane(const struct adaptive *s, const float *x, float *y) {
    if (s->in.inner == 16)
        forward_plane_of(s, x, y, 16);
    else
        forward_plane_of(s, x, y, s->in.inner);
}

LN_CLONES static void backward_plane(const struct adaptive *s, const float *dy, float *dx) {
    if (s->in.inner == 16)
        backward_plane_of(s, dy, dx, 16);
    else
        backward_plane_of(s, dy, dx, s->in.inner);
}

static int64_t plane_size(const struct ln_view *v) {
    return v->h * v->w * v->inner;
}

static int forward(void *state, const struct ln_args *a) {
    const struct adaptive *s = state;
    int64_t in = plane_size(&s->in), out = plane_size(&s->out);
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < s->in.outer; plane++)
        forward_plane(s, a->in[0] + plane * in, a->out + plane * out);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct adaptive *s = state;
    int64_t in = plane_size(&s->in), out = plane_size(&s->out);
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < s->in.outer; plane++) {
        memset(a->din[0] + plane * in, 0, (size_t)in * sizeof(float));
        backward_plane(s, a->dout + plane * out, a->din[0] + plane * in);
    }
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
