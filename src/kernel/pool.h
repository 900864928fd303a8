/* Pooling's view of its input and output, planes [h][w][inner] of a tensor in its layout (ln_layout_view),
 * and the places of its windows.
 */
#ifndef LN_KERNEL_POOL_H
#define LN_KERNEL_POOL_H

#include "tensor/layout.h"

struct ln_pool {
    struct ln_pair kernel, stride, padding;
    struct ln_view in, out; /* images, blocks and inner are equal */
    bool bf16;              /* x, y and their gradients, else fp32 */
    bool int8, is_signed;   /* x and y are u8, or s8 */
    bool mask_input;        /* x is a rectifier's output: no gradient passes where the maximum is zero */
};

/* The part of window p that lies inside 0 .. size-1: [*from, *to). */
static inline void ln_pool_span(int64_t p, int stride, int padding, int kernel, int64_t size, int64_t *from,
                                int64_t *to) {
    int64_t start = p * stride - padding, end = start + kernel;
    *from = start > 0 ? start : 0;
    *to = end < size ? end : size;
}

/* The windows [from, to) that reach cell `at` along one side, for `at` ascending from 0. Zero-initialise. */
struct ln_pool_reach {
    int64_t from, to;
};
static inline void ln_pool_advance(struct ln_pool_reach *r, int64_t at, int stride, int padding, int kernel,
                                   int64_t windows) {
    while (r->to < windows && r->to * stride - padding <= at) r->to++;
    while (r->from < r->to && r->from * stride - padding + kernel <= at) r->from++;
}

#endif
