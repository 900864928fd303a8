/* The inner loops of max pooling, which maxpool_rows.c includes once for each set of instructions
 * (kernel/parts.h), with WIDEN(from), which turns LANES bytes into numbers. The loops handle LANES numbers or fewer
 * at a time: a maximum and the number of its cell, both in registers.
 */
#include "kernel/parts.h"

typedef uint8_t FAMILY(bytes) __attribute__((vector_size(LANES), aligned(1), may_alias));
#define bytes FAMILY(bytes)

/* The maximum so far, and its cell. */
struct FAMILY(best) {
    vec y;
    bits cell;
};
#define best FAMILY(best)

/* ---- forward ------------------------------------------------------------------------------------------- */

/* The larger value wins; a nan stays. */
INLINED TARGET void FAMILY(take)(struct best *so_far, const vec *v, int32_t cell) {
    bits larger = (*v > so_far->y) | (*v != *v);
    so_far->y = (vec)(((bits)*v & larger) | ((bits)so_far->y & ~larger));
    so_far->cell = (larger & cell) | (so_far->cell & ~larger);
}

INLINED TARGET void FAMILY(keep)(const bits *cell, uint8_t *to, int64_t lanes) {
    bytes narrow = __builtin_convertvector(*cell, bytes);
    if (lanes == LANES)
        *(bytes *)to = narrow;
    else
        memcpy(to, &narrow, (size_t)lanes);
}

/* t[at ..] and across[at ..] of one window of a row of x; windows of two and three cells are common. */
INLINED TARGET void FAMILY(line)(int64_t first, int64_t lanes, bool bf16, const struct ln_maxpool_pass *f,
                                 int64_t x_at, const struct ln_maxpool_line *l, int64_t cells, float *t,
                                 uint8_t *across, int64_t at) {
    int64_t inner = f->m->pool.in.inner, begin = x_at + l->from * inner + first;
    struct best b = {.cell = (bits){0} + l->cell};
    vec v;
    load_part(&b.y, f->from, begin, lanes, bf16);
    for (int64_t s = 1; s < cells; s++) {
        load_part(&v, f->from, begin + s * inner, lanes, bf16);
        FAMILY(take)(&b, &v, l->cell + (int32_t)s);
    }
    store_part(&b.y, t, at + first, lanes, false);
    if (across) FAMILY(keep)(&b.cell, across + at + first, lanes);
}

/* `inner` is a constant to the compiler if it is a vector's width. */
INLINED TARGET void FAMILY(across_of)(int64_t inner, bool bf16, const struct ln_maxpool_pass *f, int64_t x_at,
                                      float *t, uint8_t *across) {
    const struct ln_pool *p = &f->m->pool;
    for (int64_t q = 0; q < p->out.w; q++) {
        struct ln_maxpool_line l = ln_maxpool_line(q, p->stride.w, p->padding.w, p->kernel.w, p->in.w);
        int64_t cells = l.to - l.from, at = q * inner;
        if (cells == 3)
            IN_PARTS(FAMILY(line), inner, bf16, f, x_at, &l, 3, t, across, at);
        else if (cells == 2)
            IN_PARTS(FAMILY(line), inner, bf16, f, x_at, &l, 2, t, across, at);
        else
            IN_PARTS(FAMILY(line), inner, bf16, f, x_at, &l, cells, t, across, at);
    }
}

/* Plain layout. t and across of window q, or of windows [q, q + LANES), which lie inside the row. */
INLINED TARGET void FAMILY(window)(bool bf16, const struct ln_maxpool_pass *f, int64_t x_at, int64_t q,
                                   float *t, uint8_t *across) {
    const struct ln_pool *p = &f->m->pool;
    struct ln_maxpool_line l = ln_maxpool_line(q, p->stride.w, p->padding.w, p->kernel.w, p->in.w);
    float y = ln_get(f->from, x_at + l.from, bf16);
    int32_t cell = l.cell;
    for (int64_t s = 1; s < l.to - l.from; s++) {
        float v = ln_get(f->from, x_at + l.from + s, bf16);
        bool larger = v > y || isnan(v);
        y = larger ? v : y;
        cell = larger ? l.cell + (int32_t)s : cell;
    }
    t[q] = y;
    if (across) across[q] = (uint8_t)cell;
}

INLINED TARGET void FAMILY(windows)(bool bf16, const struct ln_maxpool_pass *f, int64_t x_at, int64_t q,
                                    float *t, uint8_t *across) {
    const struct ln_pool *p = &f->m->pool;
    int64_t begin = x_at + q * p->stride.w - p->padding.w;
    vec v = {0};
    EACH(i, LANES) v[i] = ln_get(f->from, begin + i * p->stride.w, bf16);
    struct best b = {.y = v};
    for (int32_t s = 1; s < p->kernel.w; s++) {
        EACH(i, LANES) v[i] = ln_get(f->from, begin + i * p->stride.w + s, bf16);
        FAMILY(take)(&b, &v, s);
    }
    PART(t + q) = b.y;
    if (across) FAMILY(keep)(&b.cell, across + q, LANES);
}

INLINED TARGET void FAMILY(across_plain)(bool bf16, const struct ln_maxpool_pass *f, int64_t x_at, float *t,
                                         uint8_t *across) {
    const struct ln_pool *p = &f->m->pool;
    int64_t q = 0,
            inside = (p->in.w + p->padding.w - p->kernel.w) / p->stride.w + 1; /* windows before the end */
    for (; q < p->out.w && q * p->stride.w < p->padding.w; q++) FAMILY(window)(bf16, f, x_at, q, t, across);
    for (; q + LANES <= inside; q += LANES) FAMILY(windows)(bf16, f, x_at, q, t, across);
    for (; q < p->out.w; q++) FAMILY(window)(bf16, f, x_at, q, t, across);
}

/* A row of x, which begins at x_at, into one of t. */
TARGET static void FAMILY(across_row)(const struct ln_maxpool_pass *f, int64_t x_at, float *t,
                                      uint8_t *across) {
    const struct ln_pool *p = &f->m->pool;
    if (p->in.inner == 1 && p->bf16)
        FAMILY(across_plain)(true, f, x_at, t, across);
    else if (p->in.inner == 1)
        FAMILY(across_plain)(false, f, x_at, t, across);
    else
        IN_EACH_KIND(FAMILY(across_of), p->in.inner, p->bf16, f, x_at, t, across);
}

/* y[at ..] and down[at ..] of the line's rows of t; row r is in place r % rows. */
INLINED TARGET void FAMILY(down_of)(int64_t first, int64_t lanes, bool bf16, const struct ln_maxpool_pass *f,
                                    const struct ln_maxpool_line *l, int64_t at) {
    int64_t rows = f->m->pool.kernel.h, place = l->from % rows, row = f->m->row;
    struct best b = {.cell = (bits){0} + l->cell};
    vec v;
    load_part(&b.y, f->t, place * row + first, lanes, false);
    for (int64_t r = 1; r < l->to - l->from; r++) {
        place = place + 1 == rows ? 0 : place + 1;
        load_part(&v, f->t, place * row + first, lanes, false);
        FAMILY(take)(&b, &v, l->cell + (int32_t)r);
    }
    store_part(&b.y, f->to, at + first, lanes, bf16);
    if (!f->down) return;
    bits positive = b.y > 0;
    if (f->m->pool.mask_input) b.cell = (b.cell & positive) | (NO_CELL & ~positive);
    FAMILY(keep)(&b.cell, f->down + at + first, lanes);
}

/* A row of y, which begins at `at`. */
TARGET static void FAMILY(down_row)(const struct ln_maxpool_pass *f, const struct ln_maxpool_line *l,
                                    int64_t at) {
    if (f->m->pool.bf16)
        IN_PARTS(FAMILY(down_of), f->m->row, true, f, l, at);
    else
        IN_PARTS(FAMILY(down_of), f->m->row, false, f, l, at);
}

/* ---- backward ------------------------------------------------------------------------------------------ */

/* sum += dy where the maximum was in cell `number`. */
INLINED TARGET void FAMILY(give)(vec *sum, const void *dy, int64_t at, const uint8_t *cell, int32_t number,
                                 int64_t lanes, bool bf16) {
    uint8_t some[LN_LANES] = {0};
    vec more;
    load_part(&more, dy, at, lanes, bf16);
    if (lanes < LANES) memcpy(some, cell, (size_t)lanes);
    bits its = WIDEN(lanes < LANES ? some : cell);
    *sum += WHERE(its == number, more);
}

/* dt[first ..] of row y: the sum of dy over the windows that reach the row and have their maximum there. */
INLINED TARGET void FAMILY(up_of)(int64_t first, int64_t lanes, bool bf16, const struct ln_maxpool_pass *b,
                                  const struct ln_pool_reach *p, int64_t y, int64_t plane_at) {
    const struct ln_pool *pool = &b->m->pool;
    int64_t number = y + pool->padding.h;
    vec sum = {0};
    for (int64_t r = p->from; r < p->to; r++) {
        int64_t at = plane_at + r * b->m->row + first;
        FAMILY(give)(&sum, b->from, at, b->down + at, (int32_t)(number - r * pool->stride.h), lanes, bf16);
    }
    store_part(&sum, b->t, first, lanes, false);
}

TARGET static void FAMILY(up_row)(const struct ln_maxpool_pass *b, const struct ln_pool_reach *p, int64_t y,
                                  int64_t plane_at) {
    if (b->m->pool.bf16)
        IN_PARTS(FAMILY(up_of), b->m->row, true, b, p, y, plane_at);
    else
        IN_PARTS(FAMILY(up_of), b->m->row, false, b, p, y, plane_at);
}

/* dx[at ..] of column x, from dt in the same way. */
INLINED TARGET void FAMILY(column)(int64_t first, int64_t lanes, bool bf16, const struct ln_maxpool_pass *b,
                                   const struct ln_pool_reach *q, int64_t x, const uint8_t *across,
                                   int64_t at) {
    const struct ln_pool *pool = &b->m->pool;
    int64_t number = x + pool->padding.w, from = q->from * pool->in.inner + first;
    vec sum = {0};
    for (int64_t c = q->from; c < q->to; c++, from += pool->in.inner)
        FAMILY(give)(&sum, b->t, from, across + from, (int32_t)(number - c * pool->stride.w), lanes, false);
    store_part(&sum, b->to, at + first, lanes, bf16);
}

INLINED TARGET void FAMILY(back_of)(int64_t inner, bool bf16, const struct ln_maxpool_pass *b,
                                    const uint8_t *across, int64_t at) {
    const struct ln_pool *pool = &b->m->pool;
    struct ln_pool_reach q = {0};
    for (int64_t x = 0; x < pool->in.w; x++, at += inner) {
        ln_pool_advance(&q, x, pool->stride.w, pool->padding.w, pool->kernel.w, pool->out.w);
        IN_PARTS(FAMILY(column), inner, bf16, b, &q, x, across, at);
    }
}

/* The same in plain layout, some columns at a time: each window adds to one of them. */
INLINED TARGET void FAMILY(back_plain)(bool bf16, const struct ln_maxpool_pass *b, const uint8_t *across,
                                       int64_t at) {
    const struct ln_pool *p = &b->m->pool;
    for (int64_t first = 0; first < p->in.w; first += COLUMNS) {
        int64_t columns = p->in.w - first < COLUMNS ? p->in.w - first : COLUMNS;
        int64_t before = first + p->padding.w - p->kernel.w, q = before < 0 ? 0 : before / p->stride.w + 1;
        int64_t to = (first + columns - 1 + p->padding.w) / p->stride.w + 1;
        float sum[COLUMNS] = {0};
        for (; q < to && q < p->out.w; q++) {
            int64_t x = q * p->stride.w - p->padding.w + across[q] - first;
            if (x >= 0 && x < columns) sum[x] += b->t[q];
        }
        for (int64_t i = 0; i < columns; i++) ln_put(b->to, at + first + i, sum[i], bf16);
    }
}

/* A row of x, which begins at dx[at]. */
TARGET static void FAMILY(back_row)(const struct ln_maxpool_pass *b, const uint8_t *across, int64_t at) {
    const struct ln_pool *p = &b->m->pool;
    if (p->in.inner == 1 && p->bf16)
        FAMILY(back_plain)(true, b, across, at);
    else if (p->in.inner == 1)
        FAMILY(back_plain)(false, b, across, at);
    else
        IN_EACH_KIND(FAMILY(back_of), p->in.inner, p->bf16, b, across, at);
}

static const struct ln_maxpool_rows FAMILY(rows) = {FAMILY(across_row), FAMILY(down_row), FAMILY(up_row),
                                                    FAMILY(back_row)};

#undef bytes
#undef best
#undef WIDEN
#include "kernel/parts_end.h"
