/* Convolution, as torch.nn.Conv2d: groups, stride, padding, dilation, with or without a bias.
 *
 *   y[n,k,p,q] = b[k] + sum over c,r,s of x[n, c, p*stride - pad + r*dilation, q*stride - pad + s*dilation]
 *                   times w[k,c,r,s]
 *
 * LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition" (1998), section
 * II.A; groups: Krizhevsky, Sutskever, Hinton (2012), section 3.2. There are several ways to compute it
 * (conv_way.h).
 *
 * Shapes: x [n, c, h, w], w [k, c/groups, r, s], y [n, k, p, q]; grouped weights are seen as
 * [groups, k/groups, c/groups, r, s], which are the same numbers in the same order.
 */
#include "base/alloc.h"
#include "kernel/numbers.h"
#include "op/activation.h"
#include "op/conv_way.h"
#include "op/fold.h"
#include "op/int8.h"
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
        return ln_fail(LINNET_ERR_USAGE, "op-groups", "%s: %d groups must divide both %d and %d channels",
                       name, a->groups, (int)in->dim[1], a->out);
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
        .bias = !a->no_bias || prep->epilogue.norm,
        .train = prep->train,
    };
    if (a->groups > 1) d.weights = ln_shape_of(a->groups, a->out / a->groups, cin, a->kernel.h, a->kernel.w);
    /* The padding at the end is as far as the last window reaches: less than at the front if the stride
     * leaves a remainder. */
    for (int i = 0; i < 2; i++) {
        int64_t kernel = i ? a->kernel.w : a->kernel.h;
        d.padding_end[i] = (int)((out->dim[2 + i] - 1) * d.stride[i] + (kernel - 1) * d.dilation[i] + 1 -
                                 in->dim[2 + i] - d.padding[i]);
    }
    return d;
}

static void kernel(const void *attrs_, const struct ln_shape *in, const struct ln_shape *out,
                   struct ln_kernel *kernel) {
    struct ln_layout x = {.shape = *in};
    struct ln_prep prep = {.in = {&x}, .out_shape = *out, .train = true};
    struct ln_conv_desc d = describe(attrs_, &prep);
    *kernel = (struct ln_kernel){.is_conv = true, .conv = d};
    if (!ln_conv_covers_input(&d)) return;
    kernel->is_linear = true;
    kernel->linear = (struct ln_linear_desc){.n = d.src.dim[0],
                                             .c = d.src.dim[1] * d.src.dim[2] * d.src.dim[3],
                                             .k = d.dst.dim[1],
                                             .bias = d.bias,
                                             .train = true};
}

/* ---- preparation --------------------------------------------------------------------------------------- */

static const struct ln_conv_way *const ways[] = {
    &ln_conv_way_product,       &ln_conv_way_tiles,   &ln_conv_way_winograd, &ln_conv_way_lanes,
    &ln_conv_way_winograd_bf16, &ln_conv_way_columns, &ln_conv_way_onednn};

struct conv {
    const struct ln_conv_way *way;
    void *state; /* the way's */
    struct ln_fold fold;
    struct ln_int8_layer *int8; /* NULL: not in 8 bits; else it does everything */
    size_t packed;              /* bytes of the way's packed weights; 0: none; */
    size_t channels;            /* and floats of the bias behind them */
    bool sums;                  /* the way adds to what its output holds: input 1, or a copy of it */
    bool adds;                  /* input 1 is added in a pass of its own, */
    struct ln_activation act;   /* and this is applied in it, if it exists */
    struct ln_numbers out;
};

static void destroy(void *state) {
    struct conv *c = state;
    if (!c) return;
    if (c->way) c->way->destroy(c->state);
    ln_int8_destroy(c->int8);
    ln_fold_destroy(&c->fold);
    ln_free(c);
}

/* Divides the epilogue into what the way does and what a separate pass does. */
static void share_epilogue(struct conv *c, struct ln_prep *prep, struct ln_conv_desc *d) {
    const struct ln_epilogue *e = &prep->epilogue;
    bool exists = ln_activation_exists(&e->act);
    c->sums = d->sum = prep->in_place[1] = e->add && c->way->adds;
    c->adds = e->add && !c->sums;
    if (exists && !c->adds && c->way->applies(d, prep, &e->act))
        d->act = &e->act;
    else
        c->act = e->act;
}

static int prepare_way(struct conv *c, struct ln_prep *prep) {
    struct ln_conv_desc d = describe(prep->attrs, prep);
    int i = 0;
    while (!ways[i]->suits(&d, prep)) i++; /* the last one suits every convolution */
    c->way = ways[i];
    share_epilogue(c, prep, &d);
    LN_TRY(c->way->prepare(&d, prep, &c->state));
    if (prep->epilogue.add) prep->in[1] = prep->out; /* input 1 has the output's layout */
    c->out = ln_numbers_of(prep->out);
    return LINNET_OK;
}

/* The constant is [packed weights][bias]. The fold's constant, from which it is computed, lies behind the
 * fold's scratch. */
static void prepare_packed(struct conv *c, struct ln_prep *prep) {
    size_t folding = ln_size_align(c->fold.scratch, 64) + prep->constant;
    if (folding > prep->scratch_forward) prep->scratch_forward = folding;
    c->packed = c->way->packed(c->state);
    c->channels = (size_t)prep->out_shape.dim[1];
    prep->constant = c->packed + c->channels * sizeof(float);
}

static int prepare(struct ln_prep *prep) {
    struct conv *c = prep->state = ln_calloc(1, sizeof *c);
    if (!c) return LINNET_ERR_LIMIT;
    if (prep->int8.on) {
        struct ln_conv_desc d = describe(prep->attrs, prep);
        return ln_int8_prepare_conv(&c->int8, prep, &d);
    }
    LN_TRY(prepare_way(c, prep));
    struct ln_passes *passes = c->way->passes ? c->way->passes(c->state) : NULL;
    LN_TRY(ln_fold_prepare(&c->fold, prep, prep->out_shape.dim[1], passes));
    if (c->way->packed && !prep->train) prepare_packed(c, prep);
    return LINNET_OK;
}

/* ---- passes -------------------------------------------------------------------------------------------- */

static int refresh_packed(const struct conv *c, const struct ln_args *a) {
    struct ln_args args = *a;
    float *bias = (float *)((char *)a->constant + c->packed);
    if (c->fold.norm) {
        args.constant = (char *)a->scratch + ln_size_align(c->fold.scratch, 64);
        LN_TRY(ln_fold_refresh(&c->fold, &args));
        args = ln_fold_args(&c->fold, &args);
    }
    c->way->pack(c->state, args.param[0], a->constant);
    if (args.param[1])
        memcpy(bias, args.param[1], c->channels * sizeof *bias);
    else
        memset(bias, 0, c->channels * sizeof *bias);
    return LINNET_OK;
}

static int refresh(void *state, const struct ln_args *a) {
    const struct conv *c = state;
    if (c->int8) return ln_int8_refresh(c->int8, a);
    return c->packed ? refresh_packed(c, a) : ln_fold_refresh(&c->fold, a);
}

/* The arguments with the constant in place of the parameters. */
static struct ln_args forward_args(const struct conv *c, const struct ln_args *a) {
    struct ln_args args = *a;
    if (!c->packed) return ln_fold_args(&c->fold, a);
    args.param[0] = a->constant;
    args.param[1] = (float *)((char *)a->constant + c->packed);
    return args;
}

static int forward(void *state, const struct ln_args *a) {
    const struct conv *c = state;
    if (c->int8) return ln_int8_forward(c->int8, a);
    struct ln_args args = forward_args(c, a);
    if (c->sums && a->out != a->in[1]) ln_numbers_copy(c->out, a->in[1], a->out);
    LN_TRY(c->way->forward(c->state, &args));
    ln_numbers_finish(c->out, c->adds ? a->in[1] : NULL, a->out, &c->act);
    return LINNET_OK;
}

/* dw[k,c,r,s] = sum over n,p,q of dy[n,k,p,q] x[n, c, p*stride - pad + r*dilation, ...];  db[k] = sum of
 * dy[n,k,p,q]; dx: the convolution of dy, spread out by the stride, with the weights rotated by 180 degrees.
 */
static int backward(void *state, const struct ln_args *a) {
    const struct conv *c = state;
    return c->way->backward(c->state, a);
}

/* In the forward pass alone. Fusing an activation that oneDNN lacks saves nothing, because it would be a separate pass anyway.
 * An activation that does not keep zero would change the zeros that fill up the last block of channels, which the next layer
 * reads. */
static bool fuses(const struct ln_epilogue *e, bool backward) {
    const struct ln_activation *f = &e->act;
    if (backward) return false;
    return !ln_activation_exists(f) || (f->eltwise != LN_ELTWISE_NONE && ln_activation_keeps_zero(f));
}

const struct ln_op ln_op_conv = {
    .name = "conv",
    .torch = "Conv2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_conv_attrs),
    .inputs = 1,
    .eight = LN_EIGHT_PRODUCT,
    .fuses = fuses,
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
