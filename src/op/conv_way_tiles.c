/* A 3x3 convolution of small maps by minimal filtering of tiles (kernel/conv_tiles.h), whose products are oneDNN's
 * inner products: at each of the 36 points m = V U^T, dV = D U and dU = D^T V, as if V [tiles, c] were the input of a
 * linear layer with the weights U [k, c].
 *
 * The threads divide the points among them, because one product is too small for two threads. Each thread has its own
 * primitives.
 */
#include "base/alloc.h"
#include "base/size.h"
#include "base/threads.h"
#include "kernel/conv_tiles.h"
#include "kernel/tuning.h"
#include "op/conv_way.h"
#include "op/product.h"

/* Bytes of V, U and m at all points. */
struct sizes {
    size_t v, u, m;
};

struct tiles {
    struct ln_tiles shape;
    struct sizes sizes;
    int64_t count; /* of tiles */
    int threads;
    struct ln_passes *products; /* [threads] */
    size_t scratch;             /* bytes of the products of a thread */
};

static struct ln_tiles describe(const struct ln_conv_desc *d) {
    const int64_t *x = d->src.dim, *y = d->dst.dim;
    return (struct ln_tiles){.n = x[0],
                             .c = x[1],
                             .h = x[2],
                             .w = x[3],
                             .k = y[1],
                             .p = y[2],
                             .q = y[3],
                             .pad_h = d->padding[0],
                             .pad_w = d->padding[1],
                             .relu = d->act != NULL};
}

static struct sizes sizes_of(const struct ln_tiles *g) {
    const int64_t point = LN_TILES_POINTS * (int64_t)sizeof(float), count = ln_tiles_count(g);
    return (struct sizes){ln_size_align((size_t)(point * count * g->c), 64),
                          ln_size_align((size_t)(point * g->k * g->c), 64),
                          ln_size_align((size_t)(point * count * g->k), 64)};
}

/* In training on maps that are too narrow for rows of six outputs (conv_way_winograd.c), if oneDNN has no Winograd. */
static bool suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (!ln_conv_trains_by_direct_sums(d, prep) || !ln_conv_is_dense(d)) return false;
    const struct ln_tiles g = describe(d);
    const struct sizes sizes = sizes_of(&g);
    const bool can = d->weights.dim[2] == 3 && d->weights.dim[3] == 3 && g.c % 16 == 0 && g.k % 16 == 0 &&
                     g.c <= LN_TILES_CHANNELS && g.k <= LN_TILES_CHANNELS && g.pad_h <= 2 && g.pad_w <= 2;
    const int64_t tiles = ln_tiles_count(&g), largest = ln_larger(g.p, g.q);
    return can && largest <= LN_TUNE_TILES_MOST && tiles >= LN_TUNE_TILES_COUNT &&
           g.n * g.p * g.q >= LN_TUNE_TILES_RATIO * tiles && sizes.v + sizes.m <= LN_TUNE_TILES_BYTES;
}

/* The primitives of one thread. */
static int create(struct tiles *s, const struct ln_prep *prep, struct ln_passes *passes) {
    struct ln_prep products = *prep;
    const struct ln_linear_desc linear = {
        .n = s->count, .c = s->shape.c, .k = s->shape.k, .dtype = LN_F32, .train = true};
    LN_TRY(ln_product_prepare_plain(&linear, &products, passes));
    s->scratch = (size_t)ln_larger((int64_t)products.scratch_forward, (int64_t)products.scratch_backward);
    return LINNET_OK;
}

static int prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    struct tiles *s = *state = ln_calloc(1, sizeof *s);
    if (!s) return LINNET_ERR_LIMIT;
    s->shape = describe(d);
    s->sizes = sizes_of(&s->shape);
    s->count = ln_tiles_count(&s->shape);
    s->threads = ln_threads_team();
    s->products = ln_calloc((size_t)s->threads, sizeof *s->products);
    if (!s->products) return LINNET_ERR_LIMIT;
    for (int i = 0; i < s->threads; i++) LN_TRY(create(s, prep, &s->products[i]));
    prep->impl = "own:tiles";
    prep->scratch_forward = prep->scratch_backward =
        s->sizes.v + s->sizes.u + s->sizes.m + (size_t)s->threads * s->scratch;
    return ln_conv_layouts(d, LN_NHWC, LN_PLAIN, prep);
}

/* The buffers of a pass: V or dV [36][tiles][c], U or dU [36][k][c], m or D [36][tiles][k]. */
struct buffers {
    float *v, *u, *m;
    char *scratch;
};

static struct buffers buffers_of(const struct tiles *s, void *scratch) {
    char *at = scratch;
    return (struct buffers){(float *)at, (float *)(at + s->sizes.v), (float *)(at + s->sizes.v + s->sizes.u),
                            at + s->sizes.v + s->sizes.u + s->sizes.m};
}

enum product { M, DV, DU };

static int run_point(const struct tiles *s, const struct buffers *b, enum product what, int thread,
                     int point) {
    struct ln_passes *p = &s->products[thread];
    float *v = b->v + point * s->count * s->shape.c, *u = b->u + point * s->shape.k * s->shape.c,
          *m = b->m + point * s->count * s->shape.k;
    void *scratch = b->scratch + (size_t)thread * s->scratch;
    switch (what) {
    case M:
        return ln_passes_forward(p, &(struct ln_args){.in = {v}, .param = {u}, .out = m, .scratch = scratch});
    case DV:
        return ln_passes_backward(p,
                                  &(struct ln_args){.dout = m, .param = {u}, .din = {v}, .scratch = scratch});
    case DU: break;
    }
    return ln_passes_backward(p, &(struct ln_args){.in = {v}, .dout = m, .dparam = {u}, .scratch = scratch});
}

/* oneDNN runs on one thread inside a parallel region. */
static int run_points(const struct tiles *s, const struct buffers *b, enum product what) {
    int failed = LINNET_OK;
#pragma omp parallel for schedule(static) num_threads(s->threads)
    for (int thread = 0; thread < s->threads; thread++)
        for (int e = LN_TILES_POINTS * thread / s->threads; e < LN_TILES_POINTS * (thread + 1) / s->threads;
             e++) {
            const int status = run_point(s, b, what, thread, e);
            if (status == LINNET_OK) continue;
#pragma omp atomic write
            failed = status;
        }
    return failed;
}

static int forward(void *state, const struct ln_args *a) {
    const struct tiles *s = state;
    const struct buffers b = buffers_of(s, a->scratch);
    ln_tiles_x(&s->shape, a->in[0], b.v);
    ln_tiles_w(&s->shape, a->param[0], b.u);
    LN_TRY(run_points(s, &b, M));
    ln_tiles_y(&s->shape, b.m, a->param[1], a->out);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct tiles *s = state;
    const struct buffers b = buffers_of(s, a->scratch);
    ln_tiles_dy(&s->shape, a->dout, b.m);
    if (a->din[0]) {
        ln_tiles_w(&s->shape, a->param[0], b.u);
        LN_TRY(run_points(s, &b, DV));
        ln_tiles_dx(&s->shape, b.v, a->din[0]);
    }
    if (a->dparam[0]) {
        ln_tiles_x(&s->shape, a->in[0], b.v);
        LN_TRY(run_points(s, &b, DU));
        ln_tiles_dw(&s->shape, b.u, a->dparam[0]);
    }
    if (a->dparam[1]) ln_tiles_db(&s->shape, a->dout, a->dparam[1]);
    return LINNET_OK;
}

static void destroy(void *state) {
    struct tiles *s = state;
    if (!s) return;
    for (int i = 0; s->products && i < s->threads; i++) ln_passes_destroy(&s->products[i]);
    ln_free(s->products);
    ln_free(s);
}

const struct ln_conv_way ln_conv_way_tiles = {
    .applies = ln_conv_only_rectifies,
    .suits = suits,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
