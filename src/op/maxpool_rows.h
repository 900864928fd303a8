/* The inner loops of maxpool.c where a pixel is sixteen lanes, or several times sixteen: the maximum so far
 * and its cell stay in registers. `pixel` is the floats from a pixel to the next, of the input and the output
 * alike.
 */
#ifndef LN_OP_MAXPOOL_ROWS_H
#define LN_OP_MAXPOOL_ROWS_H

#include "base/simd.h"
#include "op/pool.h"

enum { POOL_LANES = 16, POOL_NO_CELL = 0xffff };

#define POOL_INLINED static inline __attribute__((always_inline))

struct pool_best {
    float y[POOL_LANES];
    int32_t cell[POOL_LANES];
};

POOL_INLINED void pool_begin(struct pool_best *best, const float *x) {
    LN_SIMD for (int i = 0; i < POOL_LANES; i++) {
        best->y[i] = x[i];
        best->cell[i] = 0;
    }
}

/* The larger value wins, a nan for good. */
POOL_INLINED void pool_take(struct pool_best *best, const float *x, int32_t at, bool keep) {
    LN_SIMD for (int i = 0; i < POOL_LANES; i++) {
        bool larger = x[i] > best->y[i] || x[i] != x[i];
        best->y[i] = larger ? x[i] : best->y[i];
        if (keep) best->cell[i] = larger ? at : best->cell[i];
    }
}

POOL_INLINED void pool_end(const struct pool_best *best, float *y, uint16_t *cell, bool masks, bool keep) {
    LN_SIMD for (int i = 0; i < POOL_LANES; i++) y[i] = best->y[i];
    if (!keep) return;
    LN_SIMD for (int i = 0; i < POOL_LANES; i++) cell[i] =
        (uint16_t)(best->y[i] > 0 || !masks ? best->cell[i] : POOL_NO_CELL);
}

/* x: the window's first cell; `rows` and `columns` are constants to the compiler where the window is whole.
 */
POOL_INLINED void pool_window(struct pool_best *best, const float *x, int64_t row, int64_t pixel,
                              int64_t rows, int64_t columns, bool keep) {
    pool_begin(best, x);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            if (r + c > 0) pool_take(best, x + r * row + c * pixel, (int32_t)(r * columns + c), keep);
}

/* The row of windows p of sixteen lanes of a plane x, into rows y and (keep) cell. */
POOL_INLINED void pool_forward(const struct ln_pool *pool, int64_t p, const float *x, float *y,
                               uint16_t *cell, bool keep) {
    int64_t pixel = pool->in.inner, row = pool->in.w * pixel, y0, y1, x0, x1;
    ln_pool_span(p, pool->stride.h, pool->padding.h, pool->kernel.h, pool->in.h, &y0, &y1);
    for (int64_t q = 0; q < pool->out.w; q++) {
        struct pool_best best;
        ln_pool_span(q, pool->stride.w, pool->padding.w, pool->kernel.w, pool->in.w, &x0, &x1);
        const float *first = x + y0 * row + x0 * pixel;
        if (y1 - y0 == 3 && x1 - x0 == 3)
            pool_window(&best, first, row, pixel, 3, 3, keep);
        else if (y1 - y0 == 2 && x1 - x0 == 2)
            pool_window(&best, first, row, pixel, 2, 2, keep);
        else
            pool_window(&best, first, row, pixel, y1 - y0, x1 - x0, keep);
        pool_end(&best, y + q * pixel, keep ? cell + q * pixel : NULL, pool->relu_before, keep);
    }
}

LN_CLONES static void pool_forward_lanes(const struct ln_pool *pool, int64_t p, const float *x, float *y,
                                         uint16_t *cell) {
    for (int64_t i = 0; i < pool->in.inner; i += POOL_LANES)
        if (cell)
            pool_forward(pool, p, x + i, y + i, cell + i, true);
        else
            pool_forward(pool, p, x + i, y + i, NULL, false);
}

#endif
