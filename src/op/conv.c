/* Convolution, as torch.nn.Conv2d: groups, stride, padding, dilation, with or without a bias.
 *
 *   y[n,k,p,q] = b[k] + sum over c,r,s of x[n, c, p*stride - pad + r*dilation, q*stride - pad + s*dilation] *
 * w[k,c,r,s]
 *
 * LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition" (1998), section
 * II.A; groups: Krizhevsky, Sutskever, Hinton (2012), section 3.2. The kernels are oneDNN's, but for few
 * channels (conv_lanes.h); a kernel that covers the whole input makes a matrix product (product.h).
 *
 * Shapes: x [n, c, h, w], w [k, c/groups, r, s], y [n, k, p, q]; grouped weights are seen as
 * [groups, k/groups, c/groups, r, s], which are the same numbers in the same order.
 */
#include "base/alloc.h"
#include "base/simd.h"
#include "op/conv_lanes.h"
#include "op/conv_winograd.h"
#include "op/conv_winograd_bf16.h"
#include "op/elementwise.h"
#include "op/fold.h"
#include "op/product.h"
#include "op/window.h"

#include <string.h>

#define AT(field) offsetof(struct ln_conv_attrs, field)
static const struct ln_attr attrs[] = {
    {"out", LN_ATTR_INT, AT(out), 0, 1, 1 << 20, true},
    {"kernel", LN_ATTR_PAIR, AT(kernel), 0, 1, 1024, true},
    {"stride", LN_ATTR_PAIR, AT(stride), 1, 1, 1024},
    {"padding", LN_ATTR_PAIR, AT(padding), 0, 0, 1024},
    {"dilation", LN_ATTR_PAIR, AT(dilation), 1, 1, 1024},
    {"groups", LN_ATTR_INT, AT(groups), 1, 1, 1 << 20},
    {"no_bias", LN_ATTR_BOOL, AT(no_bias)},
    {NULL},
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    const struct ln_conv_attrs *a = attrs_;
    struct ln_window window = {a->kernel, a->stride, a->padding, a->dilation, false};
    struct ln_pair size;
    LN_TRY(ln_window_shape(name, &window, false, in, &size));
    if (in->dim[1] % a->groups || a->out % a->groups)
        return ln_fail(LINNET_ERR_USAGE, "op-groups",
                       "%s: %d groups divide neither or only one of %d and %d channels", name, a->groups,
                       (int)in->dim[1], a->out);
    *out = ln_shape_of(in->dim[0], a->out, size.h, size.w);
    return LINNET_OK;
}

static int params(const void *attrs_, const struct ln_shape *in, struct ln_param_spec *p) {
    const struct ln_conv_attrs *a = attrs_;
    struct ln_shape weight = ln_shape_of(a->out, in->dim[1] / a->groups, a->kernel.h, a->kernel.w);
    int64_t fan_in = weight.dim[1] * weight.dim[2] * weight.dim[3];
    p[0] = (struct ln_param_spec){"weight", weight, LN_F32, LN_INIT_UNIFORM_FAN_IN, fan_in, false};
    if (a->no_bias) return 1;
    p[1] = (struct ln_param_spec){"bias", ln_shape_of(a->out), LN_F32, LN_INIT_UNIFORM_FAN_IN, fan_in, false};
    return 2;
}

static int64_t macs(const void *attrs_, const struct ln_shape *in, const struct ln_shape *out) {
    const struct ln_conv_attrs *a = attrs_;
    return out->dim[0] * out->dim[1] * out->dim[2] * out->dim[3] * (in->dim[1] / a->groups) * a->kernel.h *
           a->kernel.w;
}

static struct ln_conv_desc describe(const struct ln_conv_attrs *a, const struct ln_prep *prep) {
    const struct ln_shape *in = &prep->in[0]->shape, *out = &prep->out_shape;
    int64_t cin = in->dim[1] / a->groups;
    struct ln_conv_desc d = {
        .src = *in,
        .dst = *out,
        .dtype = prep->dtype,
        .weights = ln_shape_of(a->out, cin, a->kernel.h, a->kernel.w),
        .stride = {a->stride.h, a->stride.w},
        .padding = {a->padding.h, a->padding.w},
        .dilation = {a->dilation.h, a->dilation.w},
        .bias = !a->no_bias || prep->norm_after,
        .train = prep->train,
        .relu = prep->relu_after,
    };
    if (a->groups > 1) d.weights = ln_shape_of(a->groups, a->out / a->groups, cin, a->kernel.h, a->kernel.w);
    /* The padding at the end is what the last window reaches for: less than at the front where the stride
     * leaves a rest. */
    for (int i = 0; i < 2; i++) {
        int64_t kernel = i ? a->kernel.w : a->kernel.h;
        d.padding_end[i] = (int)((out->dim[2 + i] - 1) * d.stride[i] + (kernel - 1) * d.dilation[i] + 1 -
                                 in->dim[2 + i] - d.padding[i]);
    }
    return d;
}

/* One group, no stride, no dilation: what minimal filtering takes, padded or not. */
static bool is_dense(const struct ln_conv_desc *d) {
    return d->weights.rank == 4 && d->stride[0] == 1 && d->stride[1] == 1 && d->dilation[0] == 1 &&
           d->dilation[1] == 1;
}

/* And no padding: the kernel only slides. */
static bool slides(const struct ln_conv_desc *d) {
    bool padded = d->padding[0] || d->padding[1] || d->padding_end[0] || d->padding_end[1];
    return is_dense(d) && !padded;
}

static bool covers_input(const struct ln_conv_desc *d) {
    return slides(d) && d->dst.dim[2] == 1 && d->dst.dim[3] == 1;
}

static void kernel(const void *attrs_, const struct ln_shape *in, const struct ln_shape *out,
                   struct ln_kernel *kernel) {
    struct ln_layout x = {.shape = *in};
    struct ln_prep prep = {.in = {&x}, .out_shape = *out, .train = true};
    struct ln_conv_desc d = describe(attrs_, &prep);
    *kernel = (struct ln_kernel){.is_conv = true, .conv = d};
    if (!covers_input(&d)) return;
    kernel->is_linear = true;
    kernel->linear = (struct ln_linear_desc){.n = d.src.dim[0],
                                             .c = d.src.dim[1] * d.src.dim[2] * d.src.dim[3],
                                             .k = d.dst.dim[1],
                                             .bias = d.bias,
                                             .train = true};
}

static int make(struct ln_dnn *dnn, enum ln_pass pass, const void *desc, const struct ln_layout *weights,
                const struct ln_prim *forward, struct ln_prim **prim) {
    struct ln_conv_desc d = *(const struct ln_conv_desc *)desc;
    d.weights_layout = weights;
    d.forward = forward;
    if (forward) { /* the backward passes take what the forward one chose */
        d.src_layout = ln_prim_layout(forward, LN_ARG_SRC);
        d.dst_layout = ln_prim_layout(forward, LN_ARG_DST);
    }
    if (d.winograd) { /* where this oneDNN, on this processor, for these layouts, has it */
        /* Left to itself it takes transformed weights, which in training would be no gain. */
        if (!weights && d.train) d.weights_layout = ln_layout_get(dnn, LN_F32, &d.weights, LN_OIHW16I16O);
        if (!d.weights_layout && d.train) return LINNET_ERR_LIMIT;
        int status = ln_prim_conv(dnn, pass, &d, prim);
        if (status == LINNET_OK || status == LINNET_ERR_LIMIT) return status;
        ln_error_clear();
        d.winograd = false;
        d.weights_layout = weights;
    }
    return ln_prim_conv(dnn, pass, &d, prim);
}

struct conv {
    struct ln_passes passes;
    /* instead of the passes; NULL: not these */
    struct ln_lanes *lanes;
    struct ln_winograd *winograd;
    struct ln_winograd_bf16 *winograd_bf16;
    struct ln_fold fold;
    size_t packed;   /* winograd_bf16: bytes of transformed weights */
    bool constant;   /* which are kept, and the bias behind them, */
    size_t channels; /* so many */
    bool sums;       /* the kernel adds what lies where the output will be: input 1, or a copy of it */
    bool adds;       /* input 1 is added in a pass of its own */
    bool relu;       /* which applies a ReLU too */
    struct ln_numbers out;
};

static void destroy(void *state) {
    struct conv *c = state;
    if (!c) return;
    ln_passes_destroy(&c->passes);
    ln_lanes_destroy(c->lanes);
    ln_winograd_destroy(c->winograd);
    ln_winograd_bf16_destroy(c->winograd_bf16);
    ln_fold_destroy(&c->fold);
    ln_free(c);
}

/* ---- ways to do it --------------------------------------------------------------------------------------
 */

static int64_t filled(int64_t channels) {
    int64_t lanes = ln_lanes_width();
    return (channels + lanes - 1) / lanes * lanes;
}

/* Where oneDNN, which fills the channels up to whole vectors, would do more than 1.6 times the work: its
 * kernels are the better ones otherwise, at 2 the others have won everywhere. A plain input of the first
 * layer is not filled up. The weights are plain, and a plan that shares others can't choose. */
static bool suits_lanes(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (d->dtype != LN_F32 || !slides(d) || d->src.dim[0] % 16 != 0) return false;
    if (prep->param[0] && prep->param[0]->format != LN_PLAIN) return false;
    int64_t c = d->src.dim[1], k = d->dst.dim[1];
    int64_t fill = (prep->in[0]->format == LN_PLAIN && c <= 4 ? c : filled(c)) * filled(k);
    return 5 * fill > 8 * c * k;
}

/* Kernels of our own, made already: activations and weights in the given formats, biases plain. */
static int prepare_own(const struct ln_conv_desc *d, enum ln_format format, enum ln_format weights,
                       struct ln_prep *prep) {
    struct ln_shape bias = ln_shape_of(d->dst.dim[1]);
    prep->in[0] = ln_layout_get(prep->dnn, d->dtype, &d->src, format);
    prep->out = ln_layout_get(prep->dnn, d->dtype, &d->dst, format);
    prep->param[0] = ln_layout_get(prep->dnn, LN_F32, &d->weights, weights);
    prep->param[1] = d->bias ? ln_layout_get(prep->dnn, LN_F32, &bias, LN_PLAIN) : NULL;
    prep->reads_in = true;
    bool all = prep->in[0] && prep->out && prep->param[0] && (prep->param[1] || !d->bias);
    return all ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int prepare_lanes(struct conv *c, struct ln_prep *prep, const struct ln_conv_desc *d) {
    const int64_t *x = d->src.dim, *w = d->weights.dim, *y = d->dst.dim;
    c->lanes = ln_lanes_create(
        &(struct ln_lanes_conv){x[0], x[1], x[2], x[3], w[0], w[2], w[3], y[2], y[3], d->relu});
    if (!c->lanes) return LINNET_ERR_LIMIT;
    prep->impl = "own";
    prep->scratch_forward = ln_lanes_scratch(c->lanes);
    prep->scratch_backward = prep->train ? prep->scratch_forward : 0;
    return prepare_own(d, LN_NCHW16N, LN_PLAIN, prep);
}

static struct ln_winograd_conv as_winograd(const struct ln_conv_desc *d) {
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
                                     .relu = d->relu};
}

/* Rows of five taps, which oneDNN only has as direct sums; and of three, where it has no Winograd of its own.
 * Four outputs take eight products in place of twenty, six outputs eight in place of eighteen; a row's last
 * tile may be more than is needed, and the passes around it want their share: a third less pays. */
static bool suits_winograd(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (d->dtype != LN_F32 || prep->direct || !is_dense(d)) return false;
    if (prep->param[0] && prep->param[0]->format != LN_PLAIN) return false;
    struct ln_winograd_conv w = as_winograd(d);
    int64_t step = 9 - w.s, products = 8 * ((w.q + step - 1) / step);
    bool ours = w.s == 5 || (w.s == 3 && w.r == 3 && w.q >= 12 && !ln_dnn_has_winograd());
    return ours && ln_winograd_can(&w) && 3 * products <= 2 * w.s * w.q;
}

static int prepare_winograd(struct conv *c, struct ln_prep *prep, const struct ln_conv_desc *d) {
    struct ln_winograd_conv w = as_winograd(d);
    c->winograd = ln_winograd_create(&w);
    if (!c->winograd) return LINNET_ERR_LIMIT;
    prep->impl = "own:winograd";
    prep->scratch_forward = ln_winograd_scratch_forward(c->winograd);
    prep->scratch_backward = prep->train ? ln_winograd_scratch_backward(c->winograd) : 0;
    return prepare_own(d, LN_NCHW16C, LN_PLAIN, prep);
}

static struct ln_winograd_conv as_winograd_bf16(const struct ln_conv_desc *d, bool nhwc) {
    struct ln_winograd_conv w = as_winograd(d);
    w.sum = d->sum;
    w.nhwc = nhwc;
    return w;
}

/* oneDNN has none in bf16; and with AMX its direct sums are far beyond it. */
static bool suits_winograd_bf16(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (d->dtype != LN_BF16 || prep->direct || !is_dense(d) || ln_dnn_has_amx()) return false;
    const struct ln_layout *weights = ln_layout_get(prep->dnn, LN_F32, &d->weights, LN_OIHW16I16O);
    if (!weights || (prep->param[0] && prep->param[0] != weights)) return false;
    struct ln_winograd_conv w = as_winograd_bf16(d, false);
    int64_t products = 6 * ((w.q + 3) / 4);
    return w.r == 3 && ln_winograd_bf16_can(&w) && 3 * products <= 2 * w.s * w.q;
}

/* In inference the weights are transformed when they have changed, in training at every step; and what comes
 * as NHWC, which oneDNN would rather have there, stays so. */
static int prepare_winograd_bf16(struct conv *c, struct ln_prep *prep, struct ln_conv_desc *d) {
    d->sum = c->sums = prep->in_place[1] = prep->add_after;
    enum ln_format format = !prep->train && prep->in[0]->format == LN_NHWC ? LN_NHWC : LN_NCHW16C;
    struct ln_winograd_conv w = as_winograd_bf16(d, format == LN_NHWC);
    c->winograd_bf16 = ln_winograd_bf16_create(&w);
    if (!c->winograd_bf16) return LINNET_ERR_LIMIT;
    c->packed = ln_size_align(ln_winograd_bf16_packed(c->winograd_bf16), 64);
    prep->impl = "own:winograd";
    prep->scratch_forward =
        ln_winograd_bf16_scratch_forward(c->winograd_bf16) + (prep->train ? c->packed : 0);
    prep->scratch_backward = prep->train ? ln_winograd_bf16_scratch_backward(c->winograd_bf16) : 0;
    return prepare_own(d, format, LN_OIHW16I16O, prep);
}

/* All passes with the activations in one format. */
static int try_format(struct conv *c, struct ln_prep *prep, struct ln_conv_desc *d, enum ln_format format) {
    bool keep_plain = prep->in[0]->format == LN_PLAIN && d->src.dim[1] <= 4;
    d->src_layout = keep_plain ? prep->in[0] : ln_layout_get(prep->dnn, d->dtype, &d->src, format);
    d->dst_layout = ln_layout_get(prep->dnn, d->dtype, &d->dst, format);
    if (!d->src_layout || !d->dst_layout) return LINNET_ERR_LIMIT;
    return ln_passes_create(&c->passes, prep, make, d);
}

/* oneDNN picks the layouts for the forward pass, and may then have only its slow reference for a backward
 * one: the choices are tried in this order until all passes are fast. A plain input of few channels (the
 * first layer's) stays plain. */
static const enum ln_format choices[] = {LN_ANY, LN_NCHW16C, LN_NCHW8C, LN_NHWC, LN_PLAIN};
enum { CHOICES = sizeof choices / sizeof *choices };

/* In inference oneDNN would have nhwc for direct sums and nChw16c for Winograd: in a network that has both,
 * what comes in blocks stays so, and nothing is reordered on the way. */
static enum ln_format choice_of(const struct ln_prep *prep, int i) {
    bool both = ln_dnn_has_winograd() && prep->dtype == LN_F32;
    bool keep = i == 0 && !prep->train && both && prep->in[0]->format == LN_NCHW16C;
    return keep ? LN_NCHW16C : choices[i];
}

static int prepare_passes(struct conv *c, struct ln_prep *prep, struct ln_conv_desc *d) {
    const struct ln_layout *weights = prep->param[0];
    for (int i = 0; i < CHOICES; i++) {
        bool last = i == CHOICES - 1;
        prep->param[0] = weights;
        int status = try_format(c, prep, d, choice_of(prep, i));
        if (status == LINNET_OK && (last || ln_passes_fast(&c->passes))) break;
        if (last || status == LINNET_ERR_LIMIT) return status;
        ln_passes_destroy(&c->passes);
        c->passes = (struct ln_passes){0};
        ln_error_clear();
    }
    prep->in[0] = ln_prim_layout(c->passes.forward, LN_ARG_SRC);
    prep->out = ln_prim_layout(c->passes.forward, LN_ARG_DST);
    return LINNET_OK;
}

/* oneDNN's own, F(4x4, 3x3), has won in all three passes for every layer of these networks that it takes, 1.3
 * to 3 times, but for the sixteen channels of the first stage on small pictures. */
static bool suits_onednn_winograd(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    const int64_t *w = d->weights.dim;
    if (d->dtype != LN_F32) return false;
    return !prep->direct && is_dense(d) && w[2] == 3 && w[3] == 3 && w[0] * w[1] > 16 * 16 && w[1] >= 16;
}

static int prepare_way(struct conv *c, struct ln_prep *prep, struct ln_conv_desc *d) {
    bool relu = d->relu;
    d->relu = relu && !prep->add_after; /* the kernels of our own and products add nothing */
    if (covers_input(d)) {
        struct ln_prep product = *prep;
        product.relu_after = d->relu;
        int status = ln_product_prepare(&product, (int)d->dst.dim[1], d->bias, &c->passes);
        product.relu_after = prep->relu_after;
        *prep = product;
        return status;
    }
    if (suits_winograd(d, prep)) return prepare_winograd(c, prep, d);
    if (suits_lanes(d, prep)) return prepare_lanes(c, prep, d);
    d->relu = relu;
    if (suits_winograd_bf16(d, prep)) return prepare_winograd_bf16(c, prep, d);
    d->sum = c->sums = prep->in_place[1] = prep->add_after;
    return prepare_passes(c, prep, d);
}

/* ---- what stands behind it, in inference -------------------------------------------------------------- */

/* Input 1 lies as the output does. */
static void prepare_add(struct conv *c, struct ln_prep *prep) {
    if (!prep->add_after) return;
    prep->in[1] = prep->out;
    c->adds = !c->sums;
    c->out = ln_numbers_of(prep->out);
    c->relu = prep->relu_after;
}

/* Behind the fold: [transformed weights][bias]. */
static void prepare_packed(struct conv *c, struct ln_prep *prep) {
    size_t folding = ln_size_align(c->fold.scratch, 64) + prep->constant;
    if (folding > prep->scratch_forward) prep->scratch_forward = folding;
    c->constant = true;
    c->channels = (size_t)prep->out_shape.dim[1];
    prep->constant = c->packed + c->channels * sizeof(float);
}

static int prepare(struct ln_prep *prep) {
    const struct ln_conv_attrs *a = prep->attrs;
    struct ln_conv_desc d = describe(a, prep);
    d.winograd = suits_onednn_winograd(&d, prep);
    struct conv *c = prep->state = ln_calloc(1, sizeof *c);
    if (!c) return LINNET_ERR_LIMIT;
    LN_TRY(prepare_way(c, prep, &d));
    prepare_add(c, prep);
    LN_TRY(ln_fold_prepare(&c->fold, prep, a->out, &c->passes));
    if (c->winograd_bf16 && !prep->train) prepare_packed(c, prep);
    return LINNET_OK;
}

/* The fold's constant is on its way here, and lies in the scratch behind what it needs itself. */
static int refresh_packed(const struct conv *c, const struct ln_args *a) {
    struct ln_args args = *a;
    float *bias = (float *)((char *)a->constant + c->packed);
    if (c->fold.norm) {
        args.constant = (char *)a->scratch + ln_size_align(c->fold.scratch, 64);
        LN_TRY(ln_fold_refresh(&c->fold, &args));
        args = ln_fold_args(&c->fold, &args);
    }
    ln_winograd_bf16_pack(c->winograd_bf16, args.param[0], a->constant);
    if (args.param[1])
        memcpy(bias, args.param[1], c->channels * sizeof *bias);
    else
        memset(bias, 0, c->channels * sizeof *bias);
    return LINNET_OK;
}

static int refresh(void *state, const struct ln_args *a) {
    const struct conv *c = state;
    return c->winograd_bf16 ? refresh_packed(c, a) : ln_fold_refresh(&c->fold, a);
}

/* With the weights that are kept, or in training made anew at the front of the scratch. */
static void forward_winograd_bf16(const struct conv *c, const struct ln_args *a) {
    if (c->constant) {
        const float *bias = (const float *)((const char *)a->constant + c->packed);
        ln_winograd_bf16_forward(c->winograd_bf16, a->in[0], a->constant, bias, a->out, a->scratch);
        return;
    }
    ln_winograd_bf16_pack(c->winograd_bf16, a->param[0], a->scratch);
    ln_winograd_bf16_forward(c->winograd_bf16, a->in[0], a->scratch, a->param[1], a->out,
                             (char *)a->scratch + c->packed);
}

static int forward_way(struct conv *c, const struct ln_args *a) {
    if (c->winograd_bf16)
        forward_winograd_bf16(c, a);
    else if (c->winograd)
        ln_winograd_forward(c->winograd, a->in[0], a->param[0], a->param[1], a->out, a->scratch);
    else if (c->lanes)
        ln_lanes_forward(c->lanes, a->in[0], a->param[0], a->param[1], a->out, a->scratch);
    else
        return ln_passes_forward(&c->passes, a);
    return LINNET_OK;
}

static int forward(void *state, const struct ln_args *a) {
    struct conv *c = state;
    struct ln_args args = ln_fold_args(&c->fold, a);
    if (c->sums && a->out != a->in[1]) ln_elementwise_copy(c->out, a->in[1], a->out);
    LN_TRY(forward_way(c, &args));
    if (c->adds) ln_elementwise_add(c->out, a->in[1], a->out, c->relu);
    return LINNET_OK;
}

/* dw[k,c,r,s] = sum over n,p,q of dy[n,k,p,q] x[n, c, p*stride - pad + r*dilation, ...];  db[k] = sum of
 * dy[n,k,p,q]; dx: the convolution of dy, spread out by the stride, with the weights turned round. */
static int backward(void *state, const struct ln_args *a) {
    struct conv *c = state;
    if (c->winograd) {
        ln_winograd_backward_weights(c->winograd, a->in[0], a->dout, a->dparam[0], a->dparam[1], a->scratch);
        if (a->din[0]) ln_winograd_backward_data(c->winograd, a->dout, a->param[0], a->din[0], a->scratch);
    } else if (c->winograd_bf16) {
        ln_winograd_bf16_backward_weights(c->winograd_bf16, a->in[0], a->dout, a->dparam[0], a->dparam[1],
                                          a->scratch);
        if (a->din[0])
            ln_winograd_bf16_backward_data(c->winograd_bf16, a->dout, a->param[0], a->din[0], a->scratch);
    } else if (c->lanes) {
        ln_lanes_backward_weights(c->lanes, a->in[0], a->dout, a->dparam[0], a->dparam[1], a->scratch);
        if (a->din[0]) ln_lanes_backward_data(c->lanes, a->dout, a->param[0], a->din[0], a->scratch);
    } else {
        return ln_passes_backward(&c->passes, a);
    }
    return LINNET_OK;
}

const struct ln_op ln_op_conv = {
    .name = "conv",
    .torch = "Conv2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_conv_attrs),
    .inputs = 1,
    .fuses_relu_forward = true,
    .fuses_add_forward = true,
    .folds_norm_forward = true,
    .shape = shape,
    .params = params,
    .macs = macs,
    .kernel = kernel,
    .prepare = prepare,
    .refresh = refresh,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
