/* Average pooling, as torch.nn.AvgPool2d: y[n,c,p,q] = sum over the window of x, divided by the number of its
 * cells; the padding counts as cells unless exclude_pad. dx spreads dy / cells over the window.
 *
 * LeCun et al. (1998), section II.B, calls it sub-sampling. The passes are mean.c's.
 */
#include "op/mean.h"
#include "op/pool.h"

#define AT(field) offsetof(struct ln_avgpool_attrs, field)
static const struct ln_attr attrs[] = {
    {"kernel", LN_ATTR_PAIR, AT(kernel), 0, 1, 1024, true},
    {"stride", LN_ATTR_PAIR, AT(stride), 0, 0, 1024}, /* 0: the kernel */
    {"padding", LN_ATTR_PAIR, AT(padding), 0, 0, 512},
    {"ceil", LN_ATTR_BOOL, AT(ceil)},
    {"exclude_pad", LN_ATTR_BOOL, AT(exclude_pad)},
    {NULL},
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    const struct ln_avgpool_attrs *a = attrs_;
    return ln_pool_shape(name, a->kernel, a->stride, a->padding, a->ceil, in, out);
}

/* Cells that count along one side: those inside the image, or those of the kernel inside the padded input.
 * With ceil a window may reach beyond the padding; those cells never count. */
static void place(struct ln_mean_side *side, int64_t out, int64_t in, int kernel, int stride, int padding,
                  bool exclude_pad) {
    for (int64_t p = 0; p < out; p++) {
        struct ln_mean_range *w = &side->window[p];
        int64_t start = p * stride - padding, end = start + kernel;
        ln_pool_span(p, stride, padding, kernel, in, &w->from, &w->to);
        side->cells[p] = exclude_pad ? w->to - w->from : (end < in + padding ? end : in + padding) - start;
    }
}

static int prepare(struct ln_prep *prep) {
    const struct ln_avgpool_attrs *a = prep->attrs;
    struct ln_pair stride = ln_pool_stride(a->kernel, a->stride);
    struct ln_mean *m;
    LN_TRY(ln_mean_prepare(prep, &m));
    place(&m->h, m->out.h, m->in.h, a->kernel.h, stride.h, a->padding.h, a->exclude_pad);
    place(&m->w, m->out.w, m->in.w, a->kernel.w, stride.w, a->padding.w, a->exclude_pad);
    ln_mean_finish(m);
    return LINNET_OK;
}

const struct ln_op ln_op_avgpool = {
    .name = "avgpool",
    .torch = "AvgPool2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_avgpool_attrs),
    .inputs = 1,
    .eight = LN_EIGHT_MEAN,
    .shape = shape,
    .prepare = prepare,
    .forward = ln_mean_forward,
    .backward = ln_mean_backward,
    .destroy = ln_mean_destroy,
};
