/* Means over windows. Both passes visit the pixels that they write, and sum what belongs to each. */
#include "op/mean.h"
#include "base/alloc.h"
#include "kernel/row.h"
#include "op/images.h"

/* ---- windows ------------------------------------------------------------------------------------------- */

static bool side_init(struct ln_mean_side *side, int64_t in, int64_t out) {
    side->window = ln_calloc((size_t)out, sizeof *side->window);
    side->reach = ln_calloc((size_t)in, sizeof *side->reach);
    side->cells = ln_calloc((size_t)out, sizeof *side->cells);
    return side->window && side->reach && side->cells;
}

static void side_fini(struct ln_mean_side *side) {
    ln_free(side->window);
    ln_free(side->reach);
    ln_free(side->cells);
}

/* Combines the scales of input and output in one factor. */
static int prepare_int8(struct ln_prep *prep, struct ln_mean *m) {
    const struct ln_prep_int8 *p = &prep->int8;
    m->int8 = p->on;
    if (!p->on) return LINNET_OK;
    m->window = (struct ln_mean_int8){
        .is_signed = prep->dtype == LN_I8,
        .inner = m->in.inner,
        .pitch = m->in.w * m->in.inner,
        .factor = p->in_scale[0] / p->out_scale,
        .out = p->out == LN_U8   ? LN_MEAN_TO_U8
               : p->out == LN_I8 ? LN_MEAN_TO_S8
                                 : LN_MEAN_TO_F32,
    };
    prep->out = ln_layout_cast(prep->dnn, prep->out, p->out);
    return prep->out ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_mean_prepare(struct ln_prep *prep, struct ln_mean **mean) {
    struct ln_mean *m = *mean = prep->state = ln_calloc(1, sizeof *m);
    if (!m) return LINNET_ERR_LIMIT;
    LN_TRY(ln_images_keep_order(prep));
    if (!ln_layout_view(prep->in[0], &m->in)) return LINNET_ERR_LIMIT;
    m->out = m->in; /* the same order; the layout of a 1x1 output may have another name */
    m->out.h = prep->out_shape.dim[2];
    m->out.w = prep->out_shape.dim[3];
    m->bf16 = prep->dtype == LN_BF16;
    prep->impl = "own";
    LN_TRY(prepare_int8(prep, m));
    m->share = ln_calloc((size_t)(m->out.h * m->out.w), sizeof *m->share);
    bool both = side_init(&m->h, m->in.h, m->out.h) && side_init(&m->w, m->in.w, m->out.w);
    return m->share && both ? LINNET_OK : LINNET_ERR_LIMIT;
}

void ln_mean_destroy(void *mean) {
    struct ln_mean *m = mean;
    if (!m) return;
    side_fini(&m->h);
    side_fini(&m->w);
    ln_free(m->share);
    ln_free(m);
}

/* Windows begin and end no earlier than the one before, so the windows that reach a cell are neighbours. */
static void side_reach(struct ln_mean_side *side, int64_t in, int64_t out) {
    struct ln_mean_range r = {0};
    for (int64_t at = 0; at < in; at++) {
        while (r.to < out && side->window[r.to].from <= at) r.to++;
        while (r.from < r.to && side->window[r.from].to <= at) r.from++;
        side->reach[at] = r;
    }
}

void ln_mean_finish(struct ln_mean *m) {
    side_reach(&m->h, m->in.h, m->out.h);
    side_reach(&m->w, m->in.w, m->out.w);
    for (int64_t p = 0; p < m->out.h; p++)
        for (int64_t q = 0; q < m->out.w; q++)
            m->share[p * m->out.w + q] = 1.0F / (float)(m->h.cells[p] * m->w.cells[q]);
}

/* ---- passes -------------------------------------------------------------------------------------------- */

/* A plane of x and y, or of dy and dx: the plane that is read begins at from[plane], `width` pixels per row. */
struct pass {
    const struct ln_mean *m;
    const void *from;
    void *to;
    int64_t plane, width;
};

/* to[at ..] of one pixel: the sum over rows y and columns x. Forward they are a window, with one share;
 * backward each pixel has its own. */
INLINED void sum_of(int64_t first, int64_t lanes, bool bf16, bool back, const struct pass *f,
                    const struct ln_mean_range *y, const struct ln_mean_range *x, float share, int64_t at) {
    ln_vec sum = {0}, v;
    for (int64_t r = y->from; r < y->to; r++)
        for (int64_t c = x->from; c < x->to; c++) {
            int64_t pixel = r * f->width + c;
            load(&v, f->from, f->plane + pixel * f->m->in.inner + first, lanes, bf16);
            if (back) v *= f->m->share[pixel];
            sum += v;
        }
    if (!back) sum *= share;
    store(&sum, f->to, at + first, lanes, bf16);
}

/* The same in plain layout, where a vector would hold a single number. */
INLINED void sum_of_one(bool bf16, bool back, const struct pass *f, const struct ln_mean_range *y,
                        const struct ln_mean_range *x, float share, int64_t at) {
    float sum = 0;
    for (int64_t r = y->from; r < y->to; r++)
        for (int64_t c = x->from; c < x->to; c++) {
            int64_t pixel = r * f->width + c;
            float v = ln_get(f->from, f->plane + pixel, bf16);
            sum += back ? v * f->m->share[pixel] : v;
        }
    ln_put(f->to, at, back ? sum : sum * share, bf16);
}

/* The planes begin at y[at], dx[at]. `inner` is a constant to the compiler where it is a vector's width. */
INLINED void forward_of(int64_t inner, bool bf16, const struct pass *f, int64_t at) {
    const struct ln_mean *m = f->m;
    for (int64_t p = 0; p < m->out.h; p++)
        for (int64_t q = 0; q < m->out.w; q++, at += inner) {
            float share = m->share[p * m->out.w + q];
            if (inner == 1)
                sum_of_one(bf16, false, f, &m->h.window[p], &m->w.window[q], share, at);
            else
                IN_SIXTEENS(sum_of, inner, bf16, false, f, &m->h.window[p], &m->w.window[q], share, at);
        }
}

INLINED void backward_of(int64_t inner, bool bf16, const struct pass *b, int64_t at) {
    const struct ln_mean *m = b->m;
    for (int64_t y = 0; y < m->in.h; y++)
        for (int64_t x = 0; x < m->in.w; x++, at += inner)
            if (inner == 1)
                sum_of_one(bf16, true, b, &m->h.reach[y], &m->w.reach[x], 1, at);
            else
                IN_SIXTEENS(sum_of, inner, bf16, true, b, &m->h.reach[y], &m->w.reach[x], 1, at);
}

LN_KERNEL(void, forward_plane, (const struct pass *f, int64_t at), (f, at)) {
    IN_EACH_KIND(forward_of, f->m->in.inner, f->m->bf16, f, at);
}

LN_KERNEL(void, backward_plane, (const struct pass *b, int64_t at), (b, at)) {
    IN_EACH_KIND(backward_of, b->m->in.inner, b->m->bf16, b, at);
}

/* A plane of 8-bit numbers. */
static void forward_plane_int8(const struct ln_mean *m, const struct ln_args *a, int64_t plane) {
    const size_t size = m->window.out == LN_MEAN_TO_F32 ? sizeof(float) : 1;
    const uint8_t *x = (const uint8_t *)a->in[0] + plane * ln_view_plane_size(&m->in);
    uint8_t *y = (uint8_t *)a->out + (size_t)(plane * ln_view_plane_size(&m->out)) * size;
    for (int64_t p = 0; p < m->out.h; p++)
        for (int64_t q = 0; q < m->out.w; q++, y += (size_t)m->out.inner * size) {
            const struct ln_mean_range *rows = &m->h.window[p], *columns = &m->w.window[q];
            struct ln_mean_int8 window = m->window;
            window.x = x + rows->from * window.pitch + columns->from * window.inner;
            window.rows = rows->to - rows->from;
            window.columns = columns->to - columns->from;
            window.factor *= m->share[p * m->out.w + q];
            ln_mean_int8(&window, y);
        }
}

int ln_mean_forward(void *mean, const struct ln_args *a) {
    const struct ln_mean *m = mean;
    if (m->int8) {
#pragma omp parallel for schedule(static)
        for (int64_t plane = 0; plane < ln_view_planes(&m->in); plane++) forward_plane_int8(m, a, plane);
        return LINNET_OK;
    }
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < ln_view_planes(&m->in); plane++)
        forward_plane(&(struct pass){m, a->in[0], a->out, plane * ln_view_plane_size(&m->in), m->in.w},
                      plane * ln_view_plane_size(&m->out));
    return LINNET_OK;
}

int ln_mean_backward(void *mean, const struct ln_args *a) {
    const struct ln_mean *m = mean;
#pragma omp parallel for schedule(static)
    for (int64_t plane = 0; plane < ln_view_planes(&m->in); plane++)
        backward_plane(&(struct pass){m, a->dout, a->din[0], plane * ln_view_plane_size(&m->out), m->out.w},
                       plane * ln_view_plane_size(&m->in));
    return LINNET_OK;
}
