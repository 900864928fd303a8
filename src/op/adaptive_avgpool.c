/* Average pooling to a given size, as torch.nn.AdaptiveAvgPool2d: y[n,c,p,q] is the mean of x[n,c] over rows
 * floor(p h / P) to ceil((p + 1) h / P) - 1, and columns alike. Windows may overlap, and the output may be
 * larger than the input; dx spreads dy / cells over the window.
 *
 * out=1 is global average pooling: Lin, Chen, Yan, "Network in network" (2013), section 3.2. The passes are
 * mean.c's.
 */
#include "op/images.h"
#include "op/mean.h"

#define AT(field) offsetof(struct ln_adaptive_avgpool_attrs, field)
static const struct ln_attr attrs[] = {
    {"out", LN_ATTR_PAIR, AT(out), 0, 1, 4096, true},
    {NULL},
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    const struct ln_adaptive_avgpool_attrs *a = attrs_;
    LN_TRY(ln_images_check(name, in));
    *out = ln_shape_of(in->dim[0], in->dim[1], a->out.h, a->out.w);
    return LINNET_OK;
}

static void place(struct ln_mean_side *side, int64_t out, int64_t in) {
    for (int64_t p = 0; p < out; p++) {
        side->window[p] = (struct ln_mean_range){p * in / out, ((p + 1) * in + out - 1) / out};
        side->cells[p] = side->window[p].to - side->window[p].from;
    }
}

static int prepare(struct ln_prep *prep) {
    struct ln_mean *m;
    LN_TRY(ln_mean_prepare(prep, &m));
    place(&m->h, m->out.h, m->in.h);
    place(&m->w, m->out.w, m->in.w);
    ln_mean_finish(m);
    return LINNET_OK;
}

const struct ln_op ln_op_adaptive_avgpool = {
    .name = "adaptive_avgpool",
    .torch = "AdaptiveAvgPool2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_adaptive_avgpool_attrs),
    .inputs = 1,
    .eight = LN_EIGHT_MEAN,
    .shape = shape,
    .prepare = prepare,
    .forward = ln_mean_forward,
    .backward = ln_mean_backward,
    .destroy = ln_mean_destroy,
};
