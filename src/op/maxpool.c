/* Max pooling, as torch.nn.MaxPool2d: y[n,c,p,q] = max over the window of x; dx goes to the cell that was the
 * maximum, the first one where several are equal.
 *
 * The maximum of a window is that of its rows' maxima, and windows that overlap share rows:
 *
 *   t[y,q] = max over s of x[y, q stride - padding + s]     across[y,q] = the s that has it
 *   y[p,q] = max over r of t[p stride - padding + r, q]     down[p,q] = the r that has it
 *
 * which compares k + k numbers instead of k k. Backward is the same: dt[y,q] is the sum of dy[p,q] over the
 * windows p whose maximum was in row y, dx[y,x] the sum of dt[y,q] over the windows q whose maximum was in
 * column x.
 *
 * The forward pass of training keeps `across` and `down`, a byte each. If the input is a rectifier's output
 * (mask_input), a maximum of zero means that the rectifier lets no gradient through: it is kept as "no cell",
 * and the rectifier needs no backward pass of its own.
 *
 * Shapes, in any layout: x [planes][h][w][inner], y and down [planes][p][q][inner], across
 * [planes][h][q][inner]; t, dt [h][q][inner] of a plane, of which a thread has as many rows as a window.
 */
#include "base/threads.h"
#include "kernel/maxpool_int8.h"
#include "kernel/maxpool_rows.h"
#include "op/pool.h"

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

/* Bytes of t for every part of the planes: the rows of a window forward, one row backward. */
static size_t scratch_of(const struct ln_maxpool *m, int64_t rows) {
    return (size_t)(m->parts * rows * m->row) * sizeof(float);
}

static int prepare(struct ln_prep *prep) {
    const struct ln_maxpool_attrs *a = prep->attrs;
    struct ln_maxpool *m = prep->state = ln_calloc(1, sizeof *m);
    if (!m) return LINNET_ERR_LIMIT;
    LN_TRY(ln_pool_prepare(prep, &m->pool, a->kernel, a->stride, a->padding));
    if (prep->int8.on) return LINNET_OK; /* no rows of t */
    const struct ln_view *in = &m->pool.in, *out = &m->pool.out;
    m->rows = ln_maxpool_rows(ln_cpu_isa());
    m->parts = ln_threads_team();
    m->row = out->w * out->inner;
    m->across = (size_t)(ln_view_planes(in) * in->h * m->row);
    prep->scratch_forward = scratch_of(m, m->pool.kernel.h);
    if (!prep->train) return LINNET_OK;
    prep->scratch_backward = scratch_of(m, 1);
    prep->saved = m->across + (size_t)(ln_view_planes(out) * out->h * m->row);
    return LINNET_OK;
}

/* ---- passes -------------------------------------------------------------------------------------------- */

static struct ln_maxpool_pass pass_of(const struct ln_maxpool *m, const struct ln_args *a, const void *from,
                                      void *to, int64_t rows, int64_t part) {
    uint8_t *saved = a->saved;
    return (struct ln_maxpool_pass){
        m, from, to, saved, saved ? saved + m->across : NULL, (float *)a->scratch + part * rows * m->row};
}

static void forward_plane(const struct ln_maxpool_pass *f, int64_t plane) {
    const struct ln_maxpool *m = f->m;
    const struct ln_pool *pool = &m->pool;
    int64_t next = 0, x_row = pool->in.w * pool->in.inner; /* the next row of x */
    for (int64_t p = 0; p < pool->out.h; p++) {
        struct ln_maxpool_line l =
            ln_maxpool_line(p, pool->stride.h, pool->padding.h, pool->kernel.h, pool->in.h);
        for (next = next < l.from ? l.from : next; next < l.to; next++) {
            int64_t row = plane * pool->in.h + next;
            m->rows->across(f, row * x_row, f->t + next % pool->kernel.h * m->row,
                            f->across ? f->across + row * m->row : NULL);
        }
        m->rows->down(f, &l, (plane * pool->out.h + p) * m->row);
    }
}

static int forward(void *state, const struct ln_args *a) {
    const struct ln_maxpool *m = state;
    if (m->pool.int8) {
        ln_maxpool_int8(&m->pool, a->in[0], a->out);
        return LINNET_OK;
    }
#pragma omp parallel for schedule(static)
    for (int64_t part = 0; part < m->parts; part++) {
        struct ln_maxpool_pass f = pass_of(m, a, a->in[0], a->out, m->pool.kernel.h, part);
        for (int64_t plane = ln_view_planes(&m->pool.in) * part / m->parts;
             plane < ln_view_planes(&m->pool.in) * (part + 1) / m->parts; plane++)
            forward_plane(&f, plane);
    }
    return LINNET_OK;
}

static void backward_plane(const struct ln_maxpool_pass *b, int64_t plane) {
    const struct ln_maxpool *m = b->m;
    const struct ln_pool *pool = &m->pool;
    struct ln_pool_reach p = {0};
    for (int64_t y = 0; y < pool->in.h; y++) {
        int64_t row = plane * pool->in.h + y;
        ln_pool_advance(&p, y, pool->stride.h, pool->padding.h, pool->kernel.h, pool->out.h);
        m->rows->up(b, &p, y, plane * pool->out.h * m->row);
        m->rows->back(b, b->across + row * m->row, row * pool->in.w * pool->in.inner);
    }
}

static int backward(void *state, const struct ln_args *a) {
    const struct ln_maxpool *m = state;
#pragma omp parallel for schedule(static)
    for (int64_t part = 0; part < m->parts; part++) {
        struct ln_maxpool_pass b = pass_of(m, a, a->dout, a->din[0], 1, part);
        for (int64_t plane = ln_view_planes(&m->pool.in) * part / m->parts;
             plane < ln_view_planes(&m->pool.in) * (part + 1) / m->parts; plane++)
            backward_plane(&b, plane);
    }
    return LINNET_OK;
}

const struct ln_op ln_op_maxpool = {
    .name = "maxpool",
    .torch = "MaxPool2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_maxpool_attrs),
    .inputs = 1,
    .masks_input = true,
    .eight = LN_EIGHT_MOVE,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
