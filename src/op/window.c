/* Sliding windows: output sizes as PyTorch computes them (torch.nn.Conv2d, torch.nn.MaxPool2d, "Shape"). */
#include "op/window.h"
#include "op/images.h"

static int extent(const char *name, const char *what, int64_t in, int kernel, int stride, int padding,
                  int dilation, bool ceil, int *out) {
    int64_t reach = (int64_t)dilation * (kernel - 1) + 1, padded = in + 2 * (int64_t)padding;
    int64_t missing = reach - padded; /* with ceil the only window may reach beyond the end, too */
    if (missing > (ceil ? stride - 1 : 0))
        return ln_fail(LINNET_ERR_USAGE, "op-kernel",
                       "%s: kernel %d%s larger than input %d (%s, padding %d included)", name, (int)reach,
                       dilation > 1 ? " (dilated)" : "", (int)padded, what, 2 * padding);
    int64_t count = (padded - reach + (ceil ? stride - 1 : 0)) / stride + 1;
    if (ceil && (count - 1) * stride >= in + padding) count--; /* a window must start inside */
    *out = (int)count;
    return LINNET_OK;
}

int ln_window_shape(const char *name, const struct ln_window *w, bool pooling, const struct ln_shape *in,
                    struct ln_pair *out) {
    LN_TRY(ln_images_check(name, in));
    if (pooling && (2 * w->padding.h > w->kernel.h || 2 * w->padding.w > w->kernel.w))
        return ln_fail(LINNET_ERR_USAGE, "op-padding", "%s: padding %dx%d is more than half the kernel %dx%d",
                       name, w->padding.h, w->padding.w, w->kernel.h, w->kernel.w);
    LN_TRY(extent(name, "rows", in->dim[2], w->kernel.h, w->stride.h, w->padding.h, w->dilation.h, w->ceil,
                  &out->h));
    return extent(name, "columns", in->dim[3], w->kernel.w, w->stride.w, w->padding.w, w->dilation.w, w->ceil,
                  &out->w);
}
