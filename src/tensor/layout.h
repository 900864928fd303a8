/* Memory layouts: how the elements of a tensor lie in memory, and the one view through which our own passes
 * read them. ln_layout_get (dnn/dnn.h) makes a struct ln_layout, in oneDNN's formats too.
 */
#ifndef LN_TENSOR_LAYOUT_H
#define LN_TENSOR_LAYOUT_H

#include "tensor/tensor.h"

/* Names as oneDNN's: nChw16c is [n][c/16][h][w][16c], with the channels padded by zeros.
 *
 *   LN_ANY           no layout: a primitive chooses one
 *   LN_PLAIN         nchw, or rows of a matrix
 *   LN_NHWC          channels last
 *   LN_NCHW8C        blocks of 8 channels
 *   LN_NCHW16C       blocks of 16 channels
 *   LN_NCHW16N       blocks of 16 images
 *   LN_OIHW16I16O    weights in blocks of 16x16; only a request: the layout itself has LN_OTHER
 *   LN_OTHER         a layout that only oneDNN can read (weights)
 */
enum ln_format { LN_ANY, LN_PLAIN, LN_NHWC, LN_NCHW8C, LN_NCHW16C, LN_NCHW16N, LN_OIHW16I16O, LN_OTHER };

/* Immutable. */
struct ln_layout {
    struct ln_shape shape; /* logical; rank 1 to 5 */
    enum ln_dtype dtype;
    enum ln_format format;
    size_t bytes;  /* padding included */
    char text[40]; /* "nChw16c", "OIhw16i16o": as the plan's table prints it */
};

size_t ln_layout_count(const struct ln_layout *layout); /* elements, padding included */

/* A tensor of rank 2 or 4 as [images][blocks][h][w][inner], without gaps:
 *
 *   format     images   blocks   inner   width
 *   plain      n        c        1       1
 *   nhwc       n        1        c       c
 *   nChw8c     n        c/8      8       8
 *   nChw16c    n        c/16     16      16
 *   Nchw16n    n/16     c        16      1       inner are 16 images of one channel
 *
 * Inner number i of block b belongs to channel b * width + i % width. Divisions round up.
 */
struct ln_view {
    int64_t images, blocks, h, w, inner;
    int64_t width; /* channels in a block */
};

/* False for LN_ANY, LN_OTHER, LN_OIHW16I16O and other ranks. */
bool ln_layout_view(const struct ln_layout *layout, struct ln_view *view);

/* A plane is the [h][w][inner] of one block of one image. */
static inline int64_t ln_view_planes(const struct ln_view *v) {
    return v->images * v->blocks;
}
static inline int64_t ln_view_plane_size(const struct ln_view *v) { /* elements */
    return v->h * v->w * v->inner;
}

#endif
