/* Fully connected layer, as torch.nn.Linear: y[n,k] = b[k] + sum over i of x[n,i] w[k,i].
 *
 * Shapes: x [n, i] (or [n, c, h, w] behind a flatten), w [k, i], y [n, k].
 */
#include "base/alloc.h"
#include "op/fold.h"
#include "op/int8.h"
#include "op/product.h"

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

static void kernel(const void *attrs_, const struct ln_shape *in, const struct ln_shape *out,
                   struct ln_kernel *kernel) {
    const struct ln_linear_attrs *a = attrs_;
    *kernel = (struct ln_kernel){
        .is_linear = true,
        .linear = {.n = in->dim[0], .c = in->dim[1], .k = a->out, .bias = !a->no_bias, .train = true}};
}

struct linear {
    struct ln_passes passes;
    struct ln_int8_layer *int8; /* NULL: not in 8 bits; else it does everything */
    struct ln_fold fold;        /* in inference: the weights in the layout that the product reads */
};

static void destroy(void *state) {
    struct linear *l = state;
    if (!l) return;
    ln_passes_destroy(&l->passes);
    ln_int8_destroy(l->int8);
    ln_fold_destroy(&l->fold);
    ln_free(l);
}

static int prepare(struct ln_prep *prep) {
    const struct ln_linear_attrs *a = prep->attrs;
    struct linear *l = prep->state = ln_calloc(1, sizeof *l);
    if (!l) return LINNET_ERR_LIMIT;
    if (prep->int8.on) return ln_int8_prepare_linear(&l->int8, prep, a->out);
    LN_TRY(ln_product_prepare(prep, a->out, !a->no_bias, &prep->epilogue.act, &l->passes));
    return ln_fold_prepare(&l->fold, prep, a->out, &l->passes);
}

static int refresh(void *state, const struct ln_args *args) {
    const struct linear *l = state;
    return l->int8 ? ln_int8_refresh(l->int8, args) : ln_fold_refresh(&l->fold, args);
}

static int forward(void *state, const struct ln_args *args) {
    struct linear *l = state;
    if (l->int8) return ln_int8_forward(l->int8, args);
    struct ln_args folded = ln_fold_args(&l->fold, args);
    return ln_passes_forward(&l->passes, &folded);
}

/* dw = dy^T x, db = sum over n of dy, dx = dy w. */
static int backward(void *state, const struct ln_args *args) {
    return ln_passes_backward(&((struct linear *)state)->passes, args);
}

static bool fuses(const struct ln_epilogue *e, bool backward) {
    return !backward && !e->norm && !e->add && e->act.eltwise != LN_ELTWISE_NONE;
}

const struct ln_op ln_op_linear = {
    .name = "linear",
    .torch = "Linear",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_linear_attrs),
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
