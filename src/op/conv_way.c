/* What the ways to compute a convolution share. */
#include "op/conv_way.h"

bool ln_conv_is_dense(const struct ln_conv_desc *d) {
    return d->weights.rank == 4 && d->stride[0] == 1 && d->stride[1] == 1 && d->dilation[0] == 1 &&
           d->dilation[1] == 1;
}

bool ln_conv_slides(const struct ln_conv_desc *d) {
    bool padded = d->padding[0] || d->padding[1] || d->padding_end[0] || d->padding_end[1];
    return ln_conv_is_dense(d) && !padded;
}

bool ln_conv_covers_input(const struct ln_conv_desc *d) {
    return ln_conv_slides(d) && d->dst.dim[2] == 1 && d->dst.dim[3] == 1;
}

bool ln_conv_weights_are_plain(const struct ln_prep *prep) {
    return !prep->param[0] || prep->param[0]->format == LN_PLAIN;
}

bool ln_conv_trains_by_direct_sums(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    return d->dtype == LN_F32 && prep->train && !prep->direct && !ln_dnn_has_winograd() &&
           ln_conv_weights_are_plain(prep);
}

bool ln_conv_only_rectifies(const struct ln_conv_desc *d, const struct ln_prep *prep,
                            const struct ln_activation *act) {
    return act->rectifies;
}

bool ln_conv_applies_all(const struct ln_conv_desc *d, const struct ln_prep *prep,
                         const struct ln_activation *act) {
    return true;
}

int ln_conv_layouts(const struct ln_conv_desc *d, enum ln_format format, enum ln_format weights,
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
