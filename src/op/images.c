/* What layers on images share. */
#include "op/images.h"

int ln_images_check(const char *name, const struct ln_shape *in) {
    if (in->rank == 4) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "op-rank", "%s: needs an input of 4 dimensions, got %d", name, in->rank);
}

int ln_images_keep_order(struct ln_prep *prep) {
    const struct ln_layout *in = prep->in[0];
    if (in->format == LN_OTHER)
        in = prep->in[0] = ln_layout_get(prep->dnn, prep->dtype, &in->shape, LN_NCHW16C);
    if (!in) return LINNET_ERR_LIMIT;
    prep->out = ln_layout_get(prep->dnn, prep->dtype, &prep->out_shape, in->format);
    return prep->out ? LINNET_OK : LINNET_ERR_LIMIT;
}
