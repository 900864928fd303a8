/* Flatten, as torch.nn.Flatten: [n, c, h, w] seen as [n, c*h*w]. Nothing runs: the bytes stay as they are,
 * and the layer behind it reads them in their layout (op/product.h).
 */
#include "op/op.h"

static int shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    int64_t features = 1;
    for (int i = 1; i < in->rank; i++) features *= in->dim[i];
    *out = ln_shape_of(in->dim[0], features);
    return LINNET_OK;
}

static int prepare(struct ln_prep *prep) {
    prep->out = prep->in[0];
    prep->view = true;
    prep->impl = "view";
    return LINNET_OK;
}

const struct ln_op ln_op_flatten = {
    .name = "flatten",
    .torch = "Flatten",
    .attrs_size = sizeof(struct ln_flatten_attrs),
    .eight = LN_EIGHT_MOVE,
    .inputs = 1,
    .shape = shape,
    .prepare = prepare,
};
