/* The inner loops of maxpool.c's forward pass, of sixteen lanes of a pixel or fewer, in fp32 or bf16: the
 * maximum so far and its cell stay in registers. `pixel` is the numbers from a pixel to the next, `row` from
 * a row to the next.
 */
#ifndef LN_OP_MAXPOOL_ROWS_H
#define LN_OP_MAXPOOL_ROWS_H

#include "op/pool.h"
#include "op/row.h"

enum { POOL_NO_CELL = 0xffff };

struct pool_best {
    float y[LN_LANES];
    int32_t cell[LN_LANES];
};

INLINED void pool_begin(struct pool_best *best, const void *x, int64_t at, int64_t lanes, bool bf16) {
    LN_SIMD for (int64_t i = 0; i < lanes; i++) {
        best->y[i] = ln_get(x, at + i, bf16);
        best->cell[i] = 0;
    }
}

/* The larger value wins, a nan for good. */
INLINED void pool_take(struct pool_best *best, const void *x, int64_t at, int32_t cell, int64_t lanes,
                       bool bf16, bool keep) {
    LN_SIMD for (int64_t i = 0; i < lanes; i++) {
        float v = ln_get(x, at + i, bf16);
        bool larger = v > best->y[i] || v != v;
        best->y[i] = larger ? v : best->y[i];
        if (keep) best->cell[i] = larger ? cell : best->cell[i];
    }
}

INLINED void pool_put(const struct pool_best *best, void *y, int64_t at, int64_t lanes, bool bf16) {
    LN_SIMD for (int64_t i = 0; i < lanes; i++) ln_put(y, at + i, best->y[i], bf16);
}

INLINED void pool_keep(const struct pool_best *best, uint16_t *cell, int64_t lanes, bool masks) {
    LN_SIMD for (int64_t i = 0; i < lanes; i++) cell[i] =
        (uint16_t)(best->y[i] > 0 || !masks ? best->cell[i] : POOL_NO_CELL);
}

/* at: the window's first cell; `rows` and `columns` are constants to the compiler where the window is whole.
 */
INLINED void pool_cells(struct pool_best *best, const void *x, int64_t at, int64_t row, int64_t pixel,
                        int64_t rows, int64_t columns, int64_t lanes, bool bf16, bool keep) {
    pool_begin(best, x, at, lanes, bf16);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            if (r + c > 0)
                pool_take(best, x, at + r * row + c * pixel, (int32_t)(r * columns + c), lanes, bf16, keep);
}

INLINED void pool_window(struct pool_best *best, const void *x, int64_t at, int64_t row, int64_t pixel,
                         int64_t rows, int64_t columns, int64_t lanes, bool bf16, bool keep) {
    if (rows == 3 && columns == 3)
        pool_cells(best, x, at, row, pixel, 3, 3, lanes, bf16, keep);
    else if (rows == 2 && columns == 2)
        pool_cells(best, x, at, row, pixel, 2, 2, lanes, bf16, keep);
    else
        pool_cells(best, x, at, row, pixel, rows, columns, lanes, bf16, keep);
}

#endif
