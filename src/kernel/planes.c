/* Tensors as planes of rows of sixteen floats. */
#include "kernel/planes.h"

/* Rows of sixteen numbers across pixels and channels: planes have no gaps. */
static void rows_contiguous(struct ln_planes *p, const struct ln_view *v) {
    int64_t size = ln_view_plane_size(v);
    p->blocks = v->blocks;
    p->rows = size / LN_LANES;
    p->tail = size % LN_LANES;
    p->row_stride = LN_LANES;
    p->block_stride = size;
    p->width = v->width;
    p->last = LN_LANES;
}

/* Channels last: a row is sixteen channels of a pixel, so the view's one block becomes several. */
static void rows_in_pixels(struct ln_planes *p, const struct ln_view *v) {
    p->blocks = ln_ceil_of(v->inner, LN_LANES);
    p->rows = v->h * v->w;
    p->tail = 0;
    p->row_stride = v->inner;
    p->block_stride = LN_LANES;
    p->width = LN_LANES;
    p->last = v->inner - (p->blocks - 1) * LN_LANES;
}

bool ln_planes_of(const struct ln_layout *layout, struct ln_planes *p) {
    const int64_t *d = layout->shape.dim;
    struct ln_view v;
    if (layout->shape.rank != 4 || !ln_layout_view(layout, &v)) return false;
    /* The images that pad Nchw16n would count in the statistics. */
    if (layout->format == LN_NCHW16N && d[0] % 16) return false;
    p->images = v.images;
    p->channels = d[1];
    p->count = d[0] * v.h * v.w;
    p->image_stride = v.blocks * ln_view_plane_size(&v);
    if (layout->format == LN_NHWC)
        rows_in_pixels(p, &v);
    else
        rows_contiguous(p, &v);
    return true;
}

bool ln_planes_slice(const struct ln_layout *whole, int64_t first, int64_t channels, struct ln_planes *p,
                     int64_t *at) {
    if (!ln_planes_of(whole, p)) return false;
    if (whole->format == LN_NHWC) {
        p->blocks = ln_ceil_of(channels, LN_LANES);
        p->last = channels - (p->blocks - 1) * LN_LANES;
        *at = first;
    } else {
        if (first % p->width || channels % p->width) return false;
        p->blocks = channels / p->width;
        *at = first / p->width * p->block_stride;
    }
    p->channels = channels;
    return true;
}

void ln_planes_spread(const struct ln_planes *p, const float *channel, float *lane) {
    for (int64_t block = 0; block < p->blocks; block++)
        for (int64_t i = 0; i < LN_LANES; i++) {
            int64_t c = block * p->width + i % p->width;
            *lane++ = c < p->channels ? channel[c] : 0;
        }
}
