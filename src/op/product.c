/* Matrix products on whatever layout the input has. */
#include "op/product.h"

/* The format in which the input is read: its own, or that of the plan whose weights are shared. */
static enum ln_format input_format(const struct ln_prep *prep) {
    struct ln_view view;
    if (prep->param[0]) return prep->param_view[0] ? prep->param_view[0]->format : LN_PLAIN;
    bool as_it_comes = ln_layout_view(prep->in[0], &view) && prep->in[0]->format != LN_NCHW16N;
    return as_it_comes ? prep->in[0]->format : LN_PLAIN;
}

/* The input as [n, i'] numbers in any order; sets the weights' view if the order is not plain. */
static int view_input(struct ln_prep *prep, int out, int64_t *features) {
    struct ln_shape s = prep->in[0]->shape;
    enum ln_format format = input_format(prep);
    prep->in[0] = ln_layout_get(prep->dnn, prep->dtype, &s, format);
    if (!prep->in[0]) return LINNET_ERR_LIMIT;
    *features = (int64_t)ln_layout_count(prep->in[0]) / s.dim[0];
    s.dim[0] = out;
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

/* True if reading the weights takes all of the time, and they have the layout that our own kernel reads. If the
 * memory delivers 40 GB/s, oneDNN's products of one row read 20. */
static bool suits_matvec(const struct ln_prep *prep, int64_t n) {
    bool plain = !prep->param[0] || prep->param[0]->format == LN_PLAIN;
    return !prep->train && n <= LN_MATVEC_MOST && plain;
}

int ln_product_prepare(struct ln_prep *prep, int out, bool bias, const struct ln_activation *act,
                       struct ln_passes *passes) {
    struct ln_linear_desc d = {.n = prep->out_shape.dim[0],
                               .k = out,
                               .dtype = prep->dtype,
                               .wide = prep->wide,
                               .bias = bias,
                               .train = prep->train,
                               .act = ln_activation_exists(act) ? act : NULL};
    LN_TRY(view_input(prep, out, &d.c));
    prep->out = ln_layout_get(prep->dnn, prep->wide ? LN_F32 : prep->dtype, &prep->out_shape, LN_PLAIN);
    prep->dout = ln_layout_get(prep->dnn, prep->dtype, &prep->out_shape, LN_PLAIN);
    if (!prep->out || !prep->dout) return LINNET_ERR_LIMIT;
    if (!suits_matvec(prep, d.n)) return ln_passes_create(passes, prep, make, &d);
    passes->matvec = (struct ln_matvec){d.n, d.c, d.k, d.dtype == LN_BF16, d.wide, act->rectifies};
    if (!act->rectifies) passes->act = *act;
    passes->out = ln_numbers_of(prep->out);
    return ln_passes_create_matvec(passes, prep, bias);
}

static int make_plain(struct ln_dnn *dnn, enum ln_pass pass, const void *desc,
                      const struct ln_layout *weights, const struct ln_prim *forward, struct ln_prim **prim) {
    struct ln_linear_desc d = *(const struct ln_linear_desc *)desc;
    d.forward = forward;
    return ln_prim_linear(dnn, pass, &d, prim);
}

int ln_product_prepare_plain(const struct ln_linear_desc *desc, struct ln_prep *prep,
                             struct ln_passes *passes) {
    struct ln_linear_desc d = *desc;
    const struct ln_shape weights = ln_shape_of(d.k, d.c);
    d.weights_layout = prep->param[0] = ln_layout_get(prep->dnn, LN_F32, &weights, LN_PLAIN);
    return d.weights_layout ? ln_passes_create(passes, prep, make_plain, &d) : LINNET_ERR_LIMIT;
}
