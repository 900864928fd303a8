/* Local response normalisation across channels, as torch.nn.LocalResponseNorm:
 *
 *   s[c] = k + alpha / size * sum over the window of c of x[j]^2        window: c - size/2 .. c + (size-1)/2
 *   y[c] = x[c] s[c]^-beta
 *   dx[c] = dy[c] s[c]^-beta - 2 alpha beta / size x[c] sum over j whose window has c of dy[j] x[j] s[j]^(-beta-1)
 *
 * Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks" (2012),
 * section 3.3, whose alpha is not divided by size.
 *
 * Shapes: x, y and s (kept for the backward pass, in fp32) have one layout, [n][c/block][h][w][block]. A
 * pixel's channels are gathered into a row with room for a window on both sides, where sums over neighbours
 * are loops over vectors.
 */
#include "base/alloc.h"
#include "base/simd.h"
#include "op/images.h"

#include <math.h>
#include <string.h>

#define AT(field) offsetof(struct ln_lrn_attrs, field)
static const struct ln_attr attrs[] = {
    {"size", LN_ATTR_INT, AT(size), 0, 1, 1024, true},
    {"alpha", LN_ATTR_REAL, AT(alpha), 1e-4, 0, 1e6},
    {"beta", LN_ATTR_REAL, AT(beta), 0.75, 0, 100},
    {"k", LN_ATTR_REAL, AT(k), 1, 1e-6, 1e6},
    {NULL},
};

struct lrn {
    int64_t n, channels, h, w;
    int64_t block, blocks; /* adjacent channels of a pixel, and the number of such blocks */
    int64_t before, after; /* channels of the window on either side */
    float scale, beta, k;  /* scale = alpha / size */
    bool bf16;             /* x, y and their gradients, else fp32 */
    int64_t row;           /* floats of a gathered pixel, including the room at its ends */
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    LN_TRY(ln_images_check(name, in));
    *out = *in;
    return LINNET_OK;
}

/* A pixel's channels must lie in blocks: a plain input is reordered. */
static int choose_layout(struct lrn *l, struct ln_prep *prep) {
    const struct ln_layout *in = prep->in[0];
    bool blocked = in->format == LN_NCHW8C || in->format == LN_NCHW16C || in->format == LN_NHWC;
    struct ln_view view;
    if (!blocked) in = ln_layout_get(prep->dnn, prep->dtype, &in->shape, LN_NCHW16C);
    if (!in || !ln_layout_view(in, &view)) return LINNET_ERR_LIMIT;
    prep->in[0] = prep->out = in;
    l->block = view.inner;
    l->blocks = view.blocks;
    return LINNET_OK;
}

static int prepare(struct ln_prep *prep) {
    const struct ln_lrn_attrs *a = prep->attrs;
    const int64_t *dim = prep->in[0]->shape.dim;
    struct lrn *l = prep->state = ln_calloc(1, sizeof *l);
    if (!l) return LINNET_ERR_LIMIT;
    *l = (struct lrn){.n = dim[0],
                      .channels = dim[1],
                      .h = dim[2],
                      .w = dim[3],
                      .before = a->size / 2,
                      .after = (a->size - 1) / 2,
                      .scale = (float)(a->alpha / a->size),
                      .beta = (float)a->beta,
                      .k = (float)a->k,
                      .bf16 = prep->dtype == LN_BF16};
    LN_TRY(choose_layout(l, prep));
    l->row = l->before + l->blocks * l->block + l->before; /* before >= after, and both passes need room */
    prep->saved = prep->train ? ln_layout_count(prep->in[0]) * sizeof(float) : 0;
    prep->scratch_forward = (size_t)(l->n * l->h * 2 * l->row) * sizeof(float);
    prep->scratch_backward = prep->train ? prep->scratch_forward : 0;
    prep->reads_in = true;
    prep->impl = "own";
    return LINNET_OK;
}

static inline float power(float s, float beta) {
    return beta == 0.75F ? 1 / sqrtf(s * sqrtf(s)) : powf(s, -beta);
}

/* out[c] = the sum of row[c - before .. c + after]; row has room on both sides. */
static inline void window_sums(const float *restrict row, float *restrict out, int64_t channels,
                               int64_t before, int64_t after) {
    for (int64_t c = 0; c < channels; c++) out[c] = row[c - before];
    for (int64_t j = 1 - before; j <= after; j++)
        for (int64_t c = 0; c < channels; c++) out[c] += row[c + j];
}

/* The tensors; keep is s, NULL in inference. */
struct pixels {
    const void *x, *dy;
    void *y, *dx;
    float *keep;
    bool back;
};

/* One pixel: its block b is at + b * step in all of them. squares, sums: rows of scratch. The padding of the
 * last block is zero and stays zero. */
static inline void forward_of(const struct lrn *l, const struct pixels *p, int64_t at, int64_t step,
                              float *restrict squares, float *restrict sums, bool bf16) {
    for (int64_t b = 0; b < l->blocks; b++)
        for (int64_t i = 0; i < l->block; i++) {
            float x = ln_get(p->x, at + b * step + i, bf16);
            squares[b * l->block + i] = x * x;
        }
    window_sums(squares, sums, l->channels, l->before, l->after);
    for (int64_t c = l->channels; c < l->blocks * l->block; c++) sums[c] = 0;
    for (int64_t b = 0; b < l->blocks; b++)
        for (int64_t i = 0; i < l->block; i++) {
            float s = l->k + l->scale * sums[b * l->block + i];
            ln_put(p->y, at + b * step + i, ln_get(p->x, at + b * step + i, bf16) * power(s, l->beta), bf16);
            if (p->keep) p->keep[at + b * step + i] = s;
        }
}

static inline void backward_of(const struct lrn *l, const struct pixels *p, int64_t first, int64_t step,
                               float *restrict ratios, float *restrict sums, bool bf16) {
    for (int64_t b = 0; b < l->blocks; b++)
        for (int64_t i = 0; i < l->block; i++) {
            int64_t at = first + b * step + i;
            float s = p->keep[at];
            ratios[b * l->block + i] =
                ln_get(p->dy, at, bf16) * ln_get(p->x, at, bf16) * power(s, l->beta) / s;
        }
    window_sums(ratios, sums, l->channels, l->after, l->before);
    for (int64_t c = l->channels; c < l->blocks * l->block; c++) sums[c] = 0;
    for (int64_t b = 0; b < l->blocks; b++)
        for (int64_t i = 0; i < l->block; i++) {
            int64_t at = first + b * step + i;
            float own = ln_get(p->dy, at, bf16) * power(p->keep[at], l->beta);
            float others = 2 * l->scale * l->beta * ln_get(p->x, at, bf16) * sums[b * l->block + i];
            ln_put(p->dx, at, own - others, bf16);
        }
}

/* Forward or backward. */
static inline void pixel_of(const struct lrn *l, const struct pixels *p, int64_t at, int64_t step,
                            float *rows, bool bf16) {
    if (p->back)
        backward_of(l, p, at, step, rows, rows + l->row, bf16);
    else
        forward_of(l, p, at, step, rows, rows + l->row, bf16);
}

LN_KERNEL(void, pixel, (const struct lrn *l, const struct pixels *p, int64_t at, int64_t step, float *rows),
          (l, p, at, step, rows)) {
    if (l->bf16)
        pixel_of(l, p, at, step, rows, true);
    else
        pixel_of(l, p, at, step, rows, false);
}

/* Each row of the image has scratch of its own, so the result does not depend on the threads. */
static float *rows_of(const struct lrn *l, void *scratch, int64_t item) {
    float *rows = (float *)scratch + item * 2 * l->row;
    memset(rows, 0, (size_t)(2 * l->row) * sizeof *rows);
    return rows + l->before;
}

static int64_t pixel_at(const struct lrn *l, int64_t item) {
    return (item / l->h * l->blocks * l->h + item % l->h) * l->w * l->block;
}

static int each_pixel(const struct lrn *l, const struct pixels *p, void *scratch) {
    int64_t step = l->h * l->w * l->block;
#pragma omp parallel for schedule(static)
    for (int64_t item = 0; item < l->n * l->h; item++) {
        float *rows = rows_of(l, scratch, item);
        int64_t at = pixel_at(l, item);
        for (int64_t q = 0; q < l->w; q++, at += l->block) pixel(l, p, at, step, rows);
    }
    return LINNET_OK;
}

static int forward(void *state, const struct ln_args *a) {
    return each_pixel(state, &(struct pixels){.x = a->in[0], .y = a->out, .keep = a->saved}, a->scratch);
}

static int backward(void *state, const struct ln_args *a) {
    const struct pixels p = {.x = a->in[0], .dy = a->dout, .dx = a->din[0], .keep = a->saved, .back = true};
    if (!p.dx) return LINNET_OK;
    return each_pixel(state, &p, a->scratch);
}

const struct ln_op ln_op_lrn = {
    .name = "lrn",
    .torch = "LocalResponseNorm",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_lrn_attrs),
    .inputs = 1,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
