/* What max and average pooling share. */
#include "op/pool.h"
#include "op/images.h"

/* By default windows touch and do not overlap. */
struct ln_pair ln_pool_stride(struct ln_pair kernel, struct ln_pair stride) {
    return (struct ln_pair){stride.h ? stride.h : kernel.h, stride.w ? stride.w : kernel.w};
}

int ln_pool_shape(const char *name, struct ln_pair kernel, struct ln_pair stride, struct ln_pair padding,
                  bool ceil, const struct ln_shape *in, struct ln_shape *out) {
    struct ln_window window = {kernel, ln_pool_stride(kernel, stride), padding, {1, 1}, ceil};
    struct ln_pair size;
    LN_TRY(ln_window_shape(name, &window, true, in, &size));
    *out = ln_shape_of(in->dim[0], in->dim[1], size.h, size.w);
    return LINNET_OK;
}

int ln_pool_prepare(struct ln_prep *prep, struct ln_pool *pool, struct ln_pair kernel, struct ln_pair stride,
                    struct ln_pair padding) {
    LN_TRY(ln_images_keep_order(prep));
    if (!ln_layout_view(prep->in[0], &pool->in)) return LINNET_ERR_LIMIT;
    pool->out = pool->in; /* the same order; the layout of a 1x1 output may have another name */
    pool->out.h = prep->out_shape.dim[2];
    pool->out.w = prep->out_shape.dim[3];
    pool->kernel = kernel;
    pool->stride = ln_pool_stride(kernel, stride);
    pool->padding = padding;
    pool->bf16 = prep->dtype == LN_BF16;
    pool->int8 = prep->int8.on;
    pool->is_signed = prep->dtype == LN_I8;
    pool->mask_input = prep->mask_input;
    prep->impl = "own";
    return LINNET_OK;
}
