/* A convolution as the product of its windows and its weights (kernel/columns.h), by oneDNN's inner products.
 *
 *   y [n*p*q, k] = b + columns w^T      dw [k, c*r*s] = dy^T columns      dcolumns = dy w
 *
 * Activations lie as NHWC, so that y and dy are matrices as they are; weights lie plain.
 */
#include "base/alloc.h"
#include "base/size.h"
#include "kernel/columns.h"
#include "kernel/tuning.h"
#include "op/conv_way.h"
#include "op/product.h"

struct columns {
    struct ln_columns windows;
    struct ln_passes products;
    size_t bytes; /* of the matrix, at the front of the scratch */
};

static struct ln_columns describe(const struct ln_conv_desc *d) {
    const int64_t *x = d->src.dim, *w = d->weights.dim, *y = d->dst.dim;
    return (struct ln_columns){.n = x[0],
                               .c = x[1],
                               .h = x[2],
                               .w = x[3],
                               .r = w[2],
                               .s = w[3],
                               .p = y[2],
                               .q = y[3],
                               .stride = {d->stride[0], d->stride[1]},
                               .padding = {d->padding[0], d->padding[1]},
                               .dilation = {d->dilation[0], d->dilation[1]}};
}

static size_t bytes_of(const struct ln_columns *g) {
    return (size_t)(ln_columns_rows(g) * ln_columns_width(g)) * sizeof(float);
}

/* In training on small maps. oneDNN's direct sums keep a block of the weights' gradient in registers while they go over
 * the pixels of one image. A map of a few pixels leaves little to do between loading such a block and storing it; the
 * product goes over all images at once. oneDNN's Winograd does not have this weakness. */
static bool suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (!ln_conv_trains_by_direct_sums(d, prep) || d->weights.rank != 4) return false;
    const struct ln_columns g = describe(d);
    const int64_t taps = g.r * g.s, pixels = g.p * g.q, least = LN_TUNE_COLUMNS_CHANNELS;
    const bool small = pixels <= LN_TUNE_COLUMNS_PIXELS && g.n * pixels >= LN_TUNE_COLUMNS_ROWS;
    const bool can =
        taps <= LN_COLUMNS_TAPS && g.c <= LN_COLUMNS_CHANNELS && bytes_of(&g) <= LN_TUNE_COLUMNS_BYTES;
    return can && taps > 1 && small && g.c >= least && d->dst.dim[1] >= least;
}

static int prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    struct ln_prep products = *prep;
    struct columns *s = *state = ln_calloc(1, sizeof *s);
    if (!s) return LINNET_ERR_LIMIT;
    s->windows = describe(d);
    s->bytes = ln_size_align(bytes_of(&s->windows), 64);
    const struct ln_linear_desc linear = {.n = ln_columns_rows(&s->windows),
                                          .c = ln_columns_width(&s->windows),
                                          .k = d->dst.dim[1],
                                          .dtype = LN_F32,
                                          .bias = d->bias,
                                          .train = true,
                                          .act = d->act};
    LN_TRY(ln_product_prepare_plain(&linear, &products, &s->products));
    prep->impl = "own:columns";
    prep->scratch_forward = s->bytes + products.scratch_forward;
    prep->scratch_backward = s->bytes + products.scratch_backward;
    return ln_conv_layouts(d, LN_NHWC, LN_PLAIN, prep);
}

/* The arguments of the products, with the matrix in place of x and dx. */
static struct ln_args with_matrix(const struct columns *s, const struct ln_args *a) {
    struct ln_args args = *a;
    args.in[0] = a->scratch;
    if (a->din[0]) args.din[0] = a->scratch;
    args.scratch = (char *)a->scratch + s->bytes;
    return args;
}

static int forward(void *state, const struct ln_args *a) {
    struct columns *s = state;
    const struct ln_args args = with_matrix(s, a);
    ln_columns_unfold(&s->windows, a->in[0], a->scratch);
    return ln_passes_forward(&s->products, &args);
}

/* dw is computed from the matrix before dx is written over it. */
static int backward(void *state, const struct ln_args *a) {
    struct columns *s = state;
    const struct ln_args args = with_matrix(s, a);
    if (a->dparam[0]) ln_columns_unfold(&s->windows, a->in[0], a->scratch);
    LN_TRY(ln_passes_backward(&s->products, &args));
    if (a->din[0]) ln_columns_fold(&s->windows, a->scratch, a->din[0]);
    return LINNET_OK;
}

static void destroy(void *state) {
    struct columns *s = state;
    if (!s) return;
    ln_passes_destroy(&s->products);
    ln_free(s);
}

const struct ln_conv_way ln_conv_way_columns = {
    .applies = ln_conv_applies_all,
    .suits = suits,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
