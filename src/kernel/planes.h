/* How passes with one coefficient per channel (batch normalisation) see a tensor [n, c, h, w] in any layout:
 * as planes of rows of sixteen numbers, where lane i of block b is channel b * width + i % width.
 *
 *   nChw16c   width 16; a row is the sixteen channels of one pixel
 *   nChw8c    width 8;  a row is two pixels of eight channels
 *   plain     width 1;  a row is sixteen pixels of one channel
 *   Nchw16n   width 1;  a row is one pixel of sixteen images
 *   nhwc      width 16; a row is sixteen of a pixel's c channels, the last block may have fewer
 */
#ifndef LN_KERNEL_PLANES_H
#define LN_KERNEL_PLANES_H

#include "tensor/layout.h"

enum { LN_LANES = 16 };

struct ln_planes {
    int64_t images, blocks; /* planes */
    int64_t rows, tail;     /* whole rows of a plane, and the floats of an incomplete last row */
    int64_t image_stride, block_stride, row_stride;
    int64_t channels, width;
    int64_t last;  /* lanes in memory of the last block: sixteen, except in nhwc */
    int64_t count; /* numbers of a channel: n h w */
};

/* False if the layout cannot be seen as planes. */
bool ln_planes_of(const struct ln_layout *layout, struct ln_planes *planes);

static inline int64_t ln_planes_lanes(const struct ln_planes *p, int64_t block) {
    return block == p->blocks - 1 ? p->last : LN_LANES;
}

/* The plane's first float in the tensor's memory. */
static inline int64_t ln_planes_at(const struct ln_planes *p, int64_t image, int64_t block) {
    return image * p->image_stride + block * p->block_stride;
}

/* Channels [first, first + channels) of a tensor with the layout `whole`, as planes that begin *at floats behind the
 * tensor's first. False if the channels are not whole blocks. */
bool ln_planes_slice(const struct ln_layout *whole, int64_t first, int64_t channels, struct ln_planes *planes,
                     int64_t *at);

/* One value per channel to one value per lane, [blocks][16]; zero for lanes of padding. */
void ln_planes_spread(const struct ln_planes *planes, const float *channel, float *lane);

#endif
