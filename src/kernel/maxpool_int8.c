/* Max pooling of 8-bit numbers. The maximum over the cells of a window is taken cell by cell for all channels of a pixel,
 * so a register holds 32 or 64 windows.
 *
 * Shapes: x [planes][h][w][inner], y [planes][p][q][inner].
 */
#include "kernel/maxpool_int8.h"
#include "base/simd.h"

#include <string.h>

LN_KERNEL(void, larger_u8, (uint8_t * y, const uint8_t *x, int64_t n), (y, x, n)) {
    for (int64_t i = 0; i < n; i++) y[i] = x[i] > y[i] ? x[i] : y[i];
}

LN_KERNEL(void, larger_s8, (int8_t * y, const int8_t *x, int64_t n), (y, x, n)) {
    for (int64_t i = 0; i < n; i++) y[i] = x[i] > y[i] ? x[i] : y[i];
}

/* One pixel of y: the windows of all its channels. `x` is the plane. */
static void pixel(const struct ln_pool *pool, const uint8_t *x, int64_t p, int64_t q, uint8_t *y) {
    const int64_t inner = pool->in.inner;
    int64_t top, bottom, left, right;
    ln_pool_span(p, pool->stride.h, pool->padding.h, pool->kernel.h, pool->in.h, &top, &bottom);
    ln_pool_span(q, pool->stride.w, pool->padding.w, pool->kernel.w, pool->in.w, &left, &right);
    memset(y, pool->is_signed ? INT8_MIN : 0, (size_t)inner);
    for (int64_t r = top; r < bottom; r++)
        for (int64_t c = left; c < right; c++) {
            const uint8_t *cell = x + (r * pool->in.w + c) * inner;
            if (pool->is_signed)
                larger_s8((int8_t *)y, (const int8_t *)cell, inner);
            else
                larger_u8(y, cell, inner);
        }
}

void ln_maxpool_int8(const struct ln_pool *pool, const void *x, void *y) {
    const int64_t rows = ln_view_planes(&pool->in) * pool->out.h;
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; row++) {
        const uint8_t *plane = (const uint8_t *)x + row / pool->out.h * ln_view_plane_size(&pool->in);
        uint8_t *to = (uint8_t *)y + row * pool->out.w * pool->out.inner;
        for (int64_t q = 0; q < pool->out.w; q++)
            pixel(pool, plane, row % pool->out.h, q, to + q * pool->out.inner);
    }
}
