/* A convolution by Winograd's minimal filtering of our own, in fp32 (kernel/conv_winograd.h) and in bf16
 * (kernel/conv_winograd_bf16.h).
 */
#include "base/alloc.h"
#include "kernel/conv_winograd.h"
#include "kernel/conv_winograd_bf16.h"
#include "op/conv_way.h"

static struct ln_winograd_conv describe(const struct ln_conv_desc *d) {
    const int64_t *x = d->src.dim, *w = d->weights.dim, *y = d->dst.dim;
    return (struct ln_winograd_conv){.n = x[0],
                                     .c = x[1],
                                     .h = x[2],
                                     .w = x[3],
                                     .k = w[0],
                                     .r = w[2],
                                     .s = w[3],
                                     .p = y[2],
                                     .q = y[3],
                                     .pad_h = d->padding[0],
                                     .pad_w = d->padding[1],
                                     .relu = d->relu,
                                     .sum = d->sum};
}

/* A row's last tile may be more than is needed, and the passes around the products want their share: a third
 * fewer of them pays. */
static bool pays(const struct ln_winograd_conv *w, int64_t outputs, int64_t products) {
    int64_t tiles = (w->q + outputs - 1) / outputs;
    return 3 * tiles * products <= 2 * w->s * w->q;
}

/* ---- fp32 ---------------------------------------------------------------------------------------------- */

/* Rows of five taps, which oneDNN only has as direct sums; and of three, where it has no Winograd of its own.
 * Four outputs take eight products in place of twenty, six outputs eight in place of eighteen. */
static bool suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (d->dtype != LN_F32 || prep->direct || !ln_conv_is_dense(d)) return false;
    if (prep->param[0] && prep->param[0]->format != LN_PLAIN) return false;
    struct ln_winograd_conv w = describe(d);
    bool ours = w.s == 5 || (w.s == 3 && w.r == 3 && w.q >= 12 && !ln_dnn_has_winograd());
    return ours && ln_winograd_can(&w) && pays(&w, 9 - w.s, 8);
}

static int prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    struct ln_winograd_conv w = describe(d);
    struct ln_winograd *winograd = *state = ln_winograd_create(&w);
    if (!winograd) return LINNET_ERR_LIMIT;
    prep->impl = "own:winograd";
    prep->scratch_forward = ln_winograd_scratch_forward(winograd);
    prep->scratch_backward = prep->train ? ln_winograd_scratch_backward(winograd) : 0;
    return ln_conv_layouts(d, LN_NCHW16C, LN_PLAIN, prep);
}

static int forward(void *winograd, const struct ln_args *a) {
    ln_winograd_forward(winograd, a->in[0], a->param[0], a->param[1], a->out, a->scratch);
    return LINNET_OK;
}

static int backward(void *winograd, const struct ln_args *a) {
    ln_winograd_backward_weights(winograd, a->in[0], a->dout, a->dparam[0], a->dparam[1], a->scratch);
    if (a->din[0]) ln_winograd_backward_data(winograd, a->dout, a->param[0], a->din[0], a->scratch);
    return LINNET_OK;
}

static void destroy(void *winograd) {
    ln_winograd_destroy(winograd);
}

const struct ln_conv_way ln_conv_way_winograd = {
    .suits = suits,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};

/* ---- bf16 ---------------------------------------------------------------------------------------------- */

struct bf16 {
    struct ln_winograd_bf16 *winograd;
    bool train;    /* the weights change with every step, and are transformed at the front of the scratch, */
    size_t packed; /* so many bytes */
};

/* oneDNN has none in bf16; and with AMX its direct sums are far beyond it. */
static bool bf16_suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (d->dtype != LN_BF16 || prep->direct || !ln_conv_is_dense(d) || ln_dnn_has_amx()) return false;
    const struct ln_layout *weights = ln_layout_get(prep->dnn, LN_F32, &d->weights, LN_OIHW16I16O);
    if (!weights || (prep->param[0] && prep->param[0] != weights)) return false;
    struct ln_winograd_conv w = describe(d);
    return w.r == 3 && ln_winograd_bf16_can(&w) && pays(&w, 4, 6);
}

/* In inference what comes as NHWC, which oneDNN would rather have there, stays so. */
static int bf16_prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    struct ln_winograd_conv w = describe(d);
    w.nhwc = !prep->train && prep->in[0]->format == LN_NHWC;
    struct bf16 *b = *state = ln_calloc(1, sizeof *b);
    if (!b) return LINNET_ERR_LIMIT;
    b->winograd = ln_winograd_bf16_create(&w);
    if (!b->winograd) return LINNET_ERR_LIMIT;
    b->train = prep->train;
    b->packed = ln_size_align(ln_winograd_bf16_packed(b->winograd), 64);
    prep->impl = "own:winograd";
    prep->scratch_forward = ln_winograd_bf16_scratch_forward(b->winograd) + (b->train ? b->packed : 0);
    prep->scratch_backward = b->train ? ln_winograd_bf16_scratch_backward(b->winograd) : 0;
    return ln_conv_layouts(d, w.nhwc ? LN_NHWC : LN_NCHW16C, LN_OIHW16I16O, prep);
}

static size_t bf16_packed(const void *state) {
    return ((const struct bf16 *)state)->packed;
}

static void bf16_pack(const void *state, const float *weights, void *packed) {
    ln_winograd_bf16_pack(((const struct bf16 *)state)->winograd, weights, packed);
}

static int bf16_forward(void *state, const struct ln_args *a) {
    const struct bf16 *b = state;
    const void *packed = a->param[0];
    char *scratch = a->scratch;
    if (b->train) {
        bf16_pack(b, a->param[0], scratch);
        packed = scratch;
        scratch += b->packed;
    }
    ln_winograd_bf16_forward(b->winograd, a->in[0], packed, a->param[1], a->out, scratch);
    return LINNET_OK;
}

static int bf16_backward(void *state, const struct ln_args *a) {
    const struct ln_winograd_bf16 *w = ((const struct bf16 *)state)->winograd;
    ln_winograd_bf16_backward_weights(w, a->in[0], a->dout, a->dparam[0], a->dparam[1], a->scratch);
    if (a->din[0]) ln_winograd_bf16_backward_data(w, a->dout, a->param[0], a->din[0], a->scratch);
    return LINNET_OK;
}

static void bf16_destroy(void *state) {
    struct bf16 *b = state;
    if (!b) return;
    ln_winograd_bf16_destroy(b->winograd);
    ln_free(b);
}

const struct ln_conv_way ln_conv_way_winograd_bf16 = {
    .adds = true,
    .suits = bf16_suits,
    .prepare = bf16_prepare,
    .forward = bf16_forward,
    .backward = bf16_backward,
    .destroy = bf16_destroy,
    .packed = bf16_packed,
    .pack = bf16_pack,
};
