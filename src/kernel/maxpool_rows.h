/* The inner loops of max pooling, a row at a time, for each set of instructions. op/maxpool.c has the
 * formulas. */
#ifndef LN_KERNEL_MAXPOOL_ROWS_H
#define LN_KERNEL_MAXPOOL_ROWS_H

#include "base/cpu.h"
#include "kernel/pool.h"

struct ln_maxpool_rows;

struct ln_maxpool {
    struct ln_pool pool; /* the first member */
    const struct ln_maxpool_rows *rows;
    int64_t parts; /* of the planes, one for each thread */
    int64_t row;   /* numbers of a row of y, and of t */
    size_t across; /* bytes of `across`, which is saved before `down` */
};

/* A part of the planes: the whole tensors, and the part's own rows of t. */
struct ln_maxpool_pass {
    const struct ln_maxpool *m;
    const void *from;       /* x, or dy */
    void *to;               /* y, or dx */
    uint8_t *across, *down; /* NULL: not kept */
    float *t;
};

/* Cells [from, to) of a row of x, or rows of t; `from` is cell number `cell` of its window. */
struct ln_maxpool_line {
    int64_t from, to;
    int32_t cell;
};

static inline struct ln_maxpool_line ln_maxpool_line(int64_t p, int stride, int padding, int kernel,
                                                     int64_t size) {
    struct ln_maxpool_line line;
    ln_pool_span(p, stride, padding, kernel, size, &line.from, &line.to);
    line.cell = (int32_t)(line.from - (p * stride - padding));
    return line;
}

struct ln_maxpool_rows {
    /* From the row of x at x_at to t and across (NULL: not kept). */
    void (*across)(const struct ln_maxpool_pass *f, int64_t x_at, float *t, uint8_t *across);
    /* From the line's rows of t (row r is in place r % kernel.h) to the row of y and down at `at`. */
    void (*down)(const struct ln_maxpool_pass *f, const struct ln_maxpool_line *l, int64_t at);
    /* From windows p of the plane at dy[plane_at] to row y of dt. */
    void (*up)(const struct ln_maxpool_pass *b, const struct ln_pool_reach *p, int64_t y, int64_t plane_at);
    /* From that row to the row of dx at `at`. */
    void (*back)(const struct ln_maxpool_pass *b, const uint8_t *across, int64_t at);
};

const struct ln_maxpool_rows *ln_maxpool_rows(enum ln_isa isa);

#endif
