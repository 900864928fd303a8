/* Fully connected layer, as torch.nn.Linear: y[n,k] = b[k] + sum over i of x[n,i] w[k,i].
 *
 * Shapes: x [n, i] (or [n, c, h, w] behind a flatten), w [k, i], y [n, k]. The matrix products are oneDNN's
 * inner products.
 *
 * Behind a flatten the input may still lie in memory as the convolutions left it, say nChw16c. A product does
 * not care in which order the features come, as long as the weights' columns come in the same order: so the
 * bytes are taken as they are, as [n, i'], and the weights are stored with their columns permuted alike
 * (param_view); nothing is reordered in a step. Padding channels are zero in x, so their columns' gradient is
 * zero, and they stay zero.
 */
#include "base/alloc.h"
#include "op/passes.h"

#define AT(field) offsetof(struct ln_linear_attrs, field)
static const struct ln_attr attrs[] = {
    {"out", LN_ATTR_INT, AT(out), 0, 1, 1 << 24, true},
    {"no_bias", LN_ATTR_BOOL, AT(no_bias)},
    {NULL},
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    const struct ln_linear_attrs *a = attrs_;
    if (in->rank != 2)
        return ln_fail(LINNET_ERR_USAGE, "op-rank",
                       "%s: needs an input of 2 dimensions, got %d; flatten it first", name, in->rank);
    *out = ln_shape_of(in->dim[0], a->out);
    return LINNET_OK;
}

static int params(const void *attrs_, const struct ln_shape *in, struct ln_param_spec *p) {
    const struct ln_linear_attrs *a = attrs_;
    int64_t i = in->dim[1];
    p[0] = (struct ln_param_spec){"weight", ln_shape_of(a->out, i), LN_F32, LN_INIT_UNIFORM_FAN_IN, i, false};
    if (a->no_bias) return 1;
    p[1] = (struct ln_param_spec){"bias", ln_shape_of(a->out), LN_F32, LN_INIT_UNIFORM_FAN_IN, i, false};
    return 2;
}

static int64_t macs(const void *attrs_, const struct ln_shape *in, const struct ln_shape *out) {
    return in->dim[0] * in->dim[1] * out->dim[1];
}

/* The format that the input is taken in: as it comes, or as the plan that shares its weights took it. */
static enum ln_format input_format(const struct ln_prep *prep) {
    struct ln_view view;
    if (prep->param[0]) return prep->param_view[0] ? prep->param_view[0]->format : LN_PLAIN;
    bool as_it_comes = ln_layout_view(prep->in[0], &view) && prep->in[0]->format != LN_NCHW16N;
    return as_it_comes ? prep->in[0]->format : LN_PLAIN;
}

/* The input as [n, i'] floats in whatever order; sets the weights' view where the order is not the plain one.
 */
static int view_input(struct ln_prep *prep, const struct ln_linear_attrs *a, int64_t *features) {
    struct ln_shape s = prep->in[0]->shape;
    enum ln_format format = input_format(prep);
    prep->in[0] = ln_layout_get(prep->dnn, LN_F32, &s, format);
    if (!prep->in[0]) return LINNET_ERR_LIMIT;
    *features = (int64_t)(prep->in[0]->bytes / sizeof(float)) / s.dim[0];
    s.dim[0] = a->out;
    prep->param_view[0] = NULL;
    if (format == LN_PLAIN) return LINNET_OK;
    prep->param_view[0] = ln_layout_get(prep->dnn, LN_F32, &s, format);
    return prep->param_view[0] ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int make(struct ln_dnn *dnn, enum ln_pass pass, const void *desc, const struct ln_layout *weights,
                const struct ln_prim *forward, struct ln_prim **prim) {
    struct ln_linear_desc d = *(const struct ln_linear_desc *)desc;
    d.weights_layout = weights;
    d.forward = forward;
    return ln_prim_linear(dnn, pass, &d, prim);
}

static void destroy(void *state) {
    if (state) ln_passes_destroy(state);
    ln_free(state);
}

static int prepare(struct ln_prep *prep) {
    const struct ln_linear_attrs *a = prep->attrs;
    struct ln_linear_desc d = {.n = prep->out_shape.dim[0],
                               .k = a->out,
                               .bias = !a->no_bias,
                               .train = prep->train,
                               .relu = prep->relu_after};
    LN_TRY(view_input(prep, a, &d.c));
    struct ln_passes *passes = ln_calloc(1, sizeof *passes);
    if (!passes) return LINNET_ERR_LIMIT;
    prep->state = passes;
    prep->out = ln_layout_get(prep->dnn, LN_F32, &prep->out_shape, LN_PLAIN);
    return prep->out ? ln_passes_create(passes, prep, make, &d) : LINNET_ERR_LIMIT;
}

static int forward(void *state, const struct ln_args *args) {
    return ln_passes_forward(state, args);
}

/* dw = dy^T x, db = sum over n of dy, dx = dy w. */
static int backward(void *state, const struct ln_args *args) {
    return ln_passes_backward(state, args);
}

const struct ln_op ln_op_linear = {
    .name = "linear",
    .torch = "Linear",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_linear_attrs),
    .inputs = 1,
    .fuses_relu = true,
    .shape = shape,
    .params = params,
    .macs = macs,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
