/* The view of each format. */
#include "tensor/layout.h"

size_t ln_layout_count(const struct ln_layout *layout) {
    return layout->bytes / ln_dtype_size(layout->dtype);
}

bool ln_layout_view(const struct ln_layout *layout, struct ln_view *view) {
    const struct ln_shape *s = &layout->shape;
    if (s->rank != 2 && s->rank != 4) return false;
    int64_t n = s->dim[0], c = s->dim[1], h = s->rank == 4 ? s->dim[2] : 1, w = s->rank == 4 ? s->dim[3] : 1;
    switch (layout->format) {
    case LN_PLAIN: *view = (struct ln_view){n, c, h, w, 1, 1}; return true;
    case LN_NHWC: *view = (struct ln_view){n, 1, h, w, c, c}; return true;
    case LN_NCHW8C: *view = (struct ln_view){n, ln_ceil_of(c, 8), h, w, 8, 8}; return true;
    case LN_NCHW16C: *view = (struct ln_view){n, ln_ceil_of(c, 16), h, w, 16, 16}; return true;
    case LN_NCHW16N: *view = (struct ln_view){ln_ceil_of(n, 16), c, h, w, 16, 1}; return true;
    default: return false;
    }
}
