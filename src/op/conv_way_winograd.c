/* A convolution by Winograd's minimal filtering of our own, in fp32 (kernel/conv_winograd.h) and in bf16
 * (kernel/conv_winograd_bf16.h).
 */
#include "base/alloc.h"
#include "kernel/conv_winograd.h"
#include "kernel/conv_winograd_bf16.h"
#include "kernel/tuning.h"
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
                                     .relu = d->act != NULL,
                                     .sum = d->sum};
}

/* A row's last tile may compute more than is needed, and the transforms cost time too: a third fewer products
 * pays. */
static bool pays(const struct ln_winograd_conv *w, int64_t outputs, int64_t products) {
    int64_t tiles = (w->q + outputs - 1) / outputs;
    return LN_TUNE_WINOGRAD_DENOMINATOR * tiles * products <= LN_TUNE_WINOGRAD_NUMERATOR * w->s * w->q;
}

/* ---- transformed weights -------------------------------------------------------------------------------
 *
 * In inference they are computed when the parameters change (conv.c calls pack), in training in every step,
 * at the front of the scratch. */

/* The first member of both states. */
struct weights {
    bool train;
    size_t packed; /* bytes */
};

static size_t packed(const void *state) {
    return ((const struct weights *)state)->packed;
}

static struct weights weights_of(struct ln_prep *prep, size_t bytes) {
    const struct weights w = {prep->train, ln_size_align(bytes, 64)};
    if (w.train) prep->scratch_forward += w.packed;
    return w;
}

/* The arguments with the transformed weights in place of the parameter, and the scratch behind them. */
static struct ln_args transformed(const void *state, const struct ln_args *a,
                                  void (*pack)(const void *state, const float *weights, void *packed)) {
    const struct weights *w = state;
    struct ln_args args = *a;
    if (!w->train) return args;
    pack(state, a->param[0], a->scratch);
    args.param[0] = a->scratch;
    args.scratch = (char *)a->scratch + w->packed;
    return args;
}

/* ---- fp32 ---------------------------------------------------------------------------------------------- */

struct fp32 {
    struct weights weights;
    struct ln_winograd *kernel;
};

/* One small image has too few tiles for F(4x4, 3x3), so oneDNN uses F(2x2, 3x3): 2.25 times fewer products than
 * direct sums. Our rows have as few products and transform less, which shows below 256 channels. */
static bool is_small(const struct ln_winograd_conv *w, const struct ln_prep *prep) {
    const int64_t most = LN_TUNE_WINOGRAD_SMALL_CHANNELS;
    return !prep->train && w->n == 1 && w->q <= LN_TUNE_WINOGRAD_SMALL_ROW && w->c * w->k < most * most;
}

/* Rows of five taps, which oneDNN has only as direct sums; and rows of three, if oneDNN has no Winograd.
 * Four outputs cost eight products instead of twenty, six outputs eight instead of eighteen. */
static bool suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (d->dtype != LN_F32 || prep->direct || !ln_conv_is_dense(d)) return false;
    if (!ln_conv_weights_are_plain(prep)) return false;
    struct ln_winograd_conv w = describe(d);
    bool rows_of_three = w.s == 3 && w.r == 3 && w.q >= LN_TUNE_WINOGRAD_ROW;
    bool ours = w.s == 5 || (rows_of_three && (!ln_dnn_has_winograd() || is_small(&w, prep)));
    return ours && ln_winograd_can(&w) && pays(&w, 9 - w.s, 8);
}

static int prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    struct ln_winograd_conv w = describe(d);
    struct fp32 *s = *state = ln_calloc(1, sizeof *s);
    if (s) s->kernel = ln_winograd_create(&w);
    if (!s || !s->kernel) return LINNET_ERR_LIMIT;
    prep->impl = "own:winograd";
    prep->scratch_forward = ln_winograd_scratch_forward(s->kernel);
    prep->scratch_backward = prep->train ? ln_winograd_scratch_backward(s->kernel) : 0;
    s->weights = weights_of(prep, ln_winograd_packed(s->kernel));
    return ln_conv_layouts(d, LN_NCHW16C, LN_PLAIN, prep);
}

static void pack(const void *state, const float *weights, void *to) {
    ln_winograd_pack(((const struct fp32 *)state)->kernel, weights, to);
}

static int forward(void *state, const struct ln_args *args) {
    const struct ln_args a = transformed(state, args, pack);
    ln_winograd_forward(((const struct fp32 *)state)->kernel, a.in[0], a.param[0], a.param[1], a.out,
                        a.scratch);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct ln_winograd *w = ((const struct fp32 *)state)->kernel;
    if (a->dparam[0])
        ln_winograd_backward_weights(w, a->in[0], a->dout, a->dparam[0], a->dparam[1], a->scratch);
    if (a->din[0]) ln_winograd_backward_data(w, a->dout, a->param[0], a->din[0], a->scratch);
    return LINNET_OK;
}

static void destroy(void *state) {
    struct fp32 *s = state;
    if (s) ln_winograd_destroy(s->kernel);
    ln_free(s);
}

const struct ln_conv_way ln_conv_way_winograd = {
    .applies = ln_conv_only_rectifies,
    .suits = suits,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .packed = packed,
    .pack = pack,
};

/* ---- bf16 ---------------------------------------------------------------------------------------------- */

struct bf16 {
    struct weights weights;
    struct ln_winograd_bf16 *kernel;
};

/* oneDNN has no Winograd in bf16; with AMX its direct sums are much faster than our filtering. */
static bool bf16_suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (d->dtype != LN_BF16 || prep->direct || !ln_conv_is_dense(d) || ln_dnn_has_amx()) return false;
    const struct ln_layout *weights = ln_layout_get(prep->dnn, LN_F32, &d->weights, LN_OIHW16I16O);
    if (!weights || (prep->param[0] && prep->param[0] != weights)) return false;
    struct ln_winograd_conv w = describe(d);
    return w.r == 3 && ln_winograd_bf16_can(&w) && pays(&w, 4, 6);
}

/* In inference oneDNN prefers NHWC: such an input stays NHWC. */
static int bf16_prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    struct ln_winograd_conv w = describe(d);
    w.nhwc = !prep->train && prep->in[0]->format == LN_NHWC;
    struct bf16 *s = *state = ln_calloc(1, sizeof *s);
    if (s) s->kernel = ln_winograd_bf16_create(&w);
    if (!s || !s->kernel) return LINNET_ERR_LIMIT;
    prep->impl = "own:winograd";
    prep->scratch_forward = ln_winograd_bf16_scratch_forward(s->kernel);
    prep->scratch_backward = prep->train ? ln_winograd_bf16_scratch_backward(s->kernel) : 0;
    s->weights = weights_of(prep, ln_winograd_bf16_packed(s->kernel));
    return ln_conv_layouts(d, w.nhwc ? LN_NHWC : LN_NCHW16C, LN_OIHW16I16O, prep);
}

static void bf16_pack(const void *state, const float *weights, void *to) {
    ln_winograd_bf16_pack(((const struct bf16 *)state)->kernel, weights, to);
}

static int bf16_forward(void *state, const struct ln_args *args) {
    const struct ln_args a = transformed(state, args, bf16_pack);
    ln_winograd_bf16_forward(((const struct bf16 *)state)->kernel, a.in[0], a.param[0], a.param[1], a.out,
                             a.scratch);
    return LINNET_OK;
}

static int bf16_backward(void *state, const struct ln_args *a) {
    const struct ln_winograd_bf16 *w = ((const struct bf16 *)state)->kernel;
    if (a->dparam[0])
        ln_winograd_bf16_backward_weights(w, a->in[0], a->dout, a->dparam[0], a->dparam[1], a->scratch);
    if (a->din[0]) ln_winograd_bf16_backward_data(w, a->dout, a->param[0], a->din[0], a->scratch);
    return LINNET_OK;
}

static void bf16_destroy(void *state) {
    struct bf16 *s = state;
    if (s) ln_winograd_bf16_destroy(s->kernel);
    ln_free(s);
}

const struct ln_conv_way ln_conv_way_winograd_bf16 = {
    .adds = true,
    .applies = ln_conv_only_rectifies,
    .suits = bf16_suits,
    .prepare = bf16_prepare,
    .forward = bf16_forward,
    .backward = bf16_backward,
    .destroy = bf16_destroy,
    .packed = packed,
    .pack = bf16_pack,
};
