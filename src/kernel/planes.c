/* Tensors as planes of rows of sixteen floats. */
#include "kernel/planes.h"

/* Planes of `floats` contiguous numbers, block after block, image after image. */
static void contiguous(struct ln_planes *p, int64_t images, int64_t blocks, int64_t floats, int64_t width) {
    p->images = images;
    p->blocks = blocks;
    p->rows = floats / LN_LANES;
    p->tail = floats % LN_LANES;
    p->row_stride = LN_LANES;
    p->block_stride = floats;
    p->image_stride = blocks * floats;
    p->width = width;
    p->last = LN_LANES;
}

static void channels_last(struct ln_planes *p, int64_t images, int64_t pixels, int64_t channels) {
    p->images = images;
    p->blocks = (channels + LN_LANES - 1) / LN_LANES;
    p->rows = pixels;
    p->tail = 0;
    p->row_stride = channels;
    p->block_stride = LN_LANES;
    p->image_stride = pixels * channels;
    p->width = LN_LANES;
    p->last = channels - (p->blocks - 1) * LN_LANES;
}

bool ln_planes_of(const struct ln_layout *layout, struct ln_planes *p) {
    const int64_t *d = layout->shape.dim;
    if (layout->shape.rank != 4) return false;
    int64_t n = d[0], c = d[1], pixels = d[2] * d[3];
    p->channels = c;
    p->count = n * pixels;
    switch (layout->format) {
    case LN_PLAIN: contiguous(p, n, c, pixels, 1); return true;
    case LN_NCHW8C: contiguous(p, n, (c + 7) / 8, pixels * 8, 8); return true;
    case LN_NCHW16C: contiguous(p, n, (c + 15) / 16, pixels * 16, 16); return true;
    case LN_NCHW16N:
        if (n % 16) return false; /* the images that fill it up would count */
        contiguous(p, n / 16, c, pixels * 16, 1);
        return true;
    case LN_NHWC: channels_last(p, n, pixels, c); return true;
    default: return false;
    }
}

bool ln_planes_slice(const struct ln_layout *whole, int64_t first, int64_t channels, struct ln_planes *p,
                     int64_t *at) {
    if (!ln_planes_of(whole, p)) return false;
    if (whole->format == LN_NHWC) {
        p->blocks = (channels + LN_LANES - 1) / LN_LANES;
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
