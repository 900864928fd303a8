/* The inner loops of max pooling, which maxpool_rows.c includes once for each set of instructions:
 * FAMILY(name) is the name with the set's suffix, TARGET the attribute, FAMILY(widen) turns sixteen bytes
 * into numbers. They handle sixteen numbers or fewer at a time: a maximum and the number of its cell, both in
 * registers.
 */

/* ---- forward ------------------------------------------------------------------------------------------- */

/* The larger value wins; a nan stays. */
INLINED TARGET void FAMILY(take)(struct best *best, const ln_vec *v, int32_t cell) {
    ln_bits larger = (*v > best->y) | (*v != *v);
    best->y = (ln_vec)(((ln_bits)*v & larger) | ((ln_bits)best->y & ~larger));
    best->cell = (larger & cell) | (best->cell & ~larger);
}

INLINED TARGET void FAMILY(keep)(const ln_bits *cell, uint8_t *to, int64_t lanes) {
    bytes narrow = __builtin_convertvector(*cell, bytes);
    if (lanes == LN_LANES)
        *(bytes *)to = narrow;
    else
        memcpy(to, &narrow, (size_t)lanes);
}

/* t[at ..] and across[at ..] of one window of a row of x; windows of two and three cells are common. */
INLINED TARGET void FAMILY(line)(int64_t first, int64_t lanes, bool bf16, const struct ln_maxpool_pass *f,
                                 int64_t x_at, const struct ln_maxpool_line *l, int64_t cells, float *t,
                                 uint8_t *across, int64_t at) {
    int64_t inner = f->m->pool.in.inner, begin = x_at + l->from * inner + first;
    struct best best = {.cell = (ln_bits){0} + l->cell};
    ln_vec v;
    load(&best.y, f->from, begin, lanes, bf16);
    for (int64_t s = 1; s < cells; s++) {
        load(&v, f->from, begin + s * inner, lanes, bf16);
        FAMILY(take)(&best, &v, l->cell + (int32_t)s);
    }
    store(&best.y, t, at + first, lanes, false);
    if (across) FAMILY(keep)(&best.cell, across + at + first, lanes);
}

/* `inner` is a constant to the compiler if it is a vector's width. */
INLINED TARGET void FAMILY(across_of)(int64_t inner, bool bf16, const struct ln_maxpool_pass *f, int64_t x_at,
                                      float *t, uint8_t *across) {
    const struct ln_pool *p = &f->m->pool;
    for (int64_t q = 0; q < p->out.w; q++) {
        struct ln_maxpool_line l = ln_maxpool_line(q, p->stride.w, p->padding.w, p->kernel.w, p->in.w);
        int64_t cells = l.to - l.from, at = q * inner;
        if (cells == 3)
            IN_SIXTEENS(FAMILY(line), inner, bf16, f, x_at, &l, 3, t, across, at);
        else if (cells == 2)
            IN_SIXTEENS(FAMILY(line), inner, bf16, f, x_at, &l, 2, t, across, at);
        else
            IN_SIXTEENS(FAMILY(line), inner, bf16, f, x_at, &l, cells, t, across, at);
    }
}

/* A row of x, which begins at x_at, into one of t. */
TARGET static void FAMILY(across_row)(const struct ln_maxpool_pass *f, int64_t x_at, float *t,
                                      uint8_t *across) {
    IN_EACH_KIND(FAMILY(across_of), f->m->pool.in.inner, f->m->pool.bf16, f, x_at, t, across);
}

/* y[at ..] and down[at ..] of the line's rows of t; row r is in place r % rows. */
INLINED TARGET void FAMILY(down_of)(int64_t first, int64_t lanes, bool bf16, const struct ln_maxpool_pass *f,
                                    const struct ln_maxpool_line *l, int64_t at) {
    int64_t rows = f->m->pool.kernel.h, place = l->from % rows, row = f->m->row;
    struct best best = {.cell = (ln_bits){0} + l->cell};
    ln_vec v;
    load(&best.y, f->t, place * row + first, lanes, false);
    for (int64_t r = 1; r < l->to - l->from; r++) {
        place = place + 1 == rows ? 0 : place + 1;
        load(&v, f->t, place * row + first, lanes, false);
        FAMILY(take)(&best, &v, l->cell + (int32_t)r);
    }
    store(&best.y, f->to, at + first, lanes, bf16);
    if (!f->down) return;
    ln_bits positive = best.y > 0;
    if (f->m->pool.mask_input) best.cell = (best.cell & positive) | (NO_CELL & ~positive);
    FAMILY(keep)(&best.cell, f->down + at + first, lanes);
}

/* A row of y, which begins at `at`. */
TARGET static void FAMILY(down_row)(const struct ln_maxpool_pass *f, const struct ln_maxpool_line *l,
                                    int64_t at) {
    if (f->m->pool.bf16)
        IN_SIXTEENS(FAMILY(down_of), f->m->row, true, f, l, at);
    else
        IN_SIXTEENS(FAMILY(down_of), f->m->row, false, f, l, at);
}

/* ---- backward ------------------------------------------------------------------------------------------ */

/* sum += dy where the maximum was in cell `number`. */
INLINED TARGET void FAMILY(give)(ln_vec *sum, const void *dy, int64_t at, const uint8_t *cell, int32_t number,
                                 int64_t lanes, bool bf16) {
    uint8_t some[LN_LANES] = {0};
    ln_vec more;
    load(&more, dy, at, lanes, bf16);
    if (lanes < LN_LANES) memcpy(some, cell, (size_t)lanes);
    ln_bits its;
    FAMILY(widen)(&its, lanes < LN_LANES ? some : cell);
    *sum += (ln_vec)((ln_bits)more & (its == number));
}

/* dt[first ..] of row y: the sum of dy over the windows that reach the row and have their maximum there. */
INLINED TARGET void FAMILY(up_of)(int64_t first, int64_t lanes, bool bf16, const struct ln_maxpool_pass *b,
                                  const struct ln_pool_reach *p, int64_t y, int64_t plane_at) {
    const struct ln_pool *pool = &b->m->pool;
    int64_t number = y + pool->padding.h;
    ln_vec sum = {0};
    for (int64_t r = p->from; r < p->to; r++) {
        int64_t at = plane_at + r * b->m->row + first;
        FAMILY(give)(&sum, b->from, at, b->down + at, (int32_t)(number - r * pool->stride.h), lanes, bf16);
    }
    store(&sum, b->t, first, lanes, false);
}

TARGET static void FAMILY(up_row)(const struct ln_maxpool_pass *b, const struct ln_pool_reach *p, int64_t y,
                                  int64_t plane_at) {
    if (b->m->pool.bf16)
        IN_SIXTEENS(FAMILY(up_of), b->m->row, true, b, p, y, plane_at);
    else
        IN_SIXTEENS(FAMILY(up_of), b->m->row, false, b, p, y, plane_at);
}

/* dx[at ..] of column x, from dt in the same way. */
INLINED TARGET void FAMILY(column)(int64_t first, int64_t lanes, bool bf16, const struct ln_maxpool_pass *b,
                                   const struct ln_pool_reach *q, int64_t x, const uint8_t *across,
                                   int64_t at) {
    const struct ln_pool *pool = &b->m->pool;
    int64_t number = x + pool->padding.w, from = q->from * pool->in.inner + first;
    ln_vec sum = {0};
    for (int64_t c = q->from; c < q->to; c++, from += pool->in.inner)
        FAMILY(give)(&sum, b->t, from, across + from, (int32_t)(number - c * pool->stride.w), lanes, false);
    store(&sum, b->to, at + first, lanes, bf16);
}

INLINED TARGET void FAMILY(back_of)(int64_t inner, bool bf16, const struct ln_maxpool_pass *b,
                                    const uint8_t *across, int64_t at) {
    const struct ln_pool *pool = &b->m->pool;
    struct ln_pool_reach q = {0};
    for (int64_t x = 0; x < pool->in.w; x++, at += inner) {
        ln_pool_advance(&q, x, pool->stride.w, pool->padding.w, pool->kernel.w, pool->out.w);
        IN_SIXTEENS(FAMILY(column), inner, bf16, b, &q, x, across, at);
    }
}

/* A row of x, which begins at dx[at]. */
TARGET static void FAMILY(back_row)(const struct ln_maxpool_pass *b, const uint8_t *across, int64_t at) {
    IN_EACH_KIND(FAMILY(back_of), b->m->pool.in.inner, b->m->pool.bf16, b, across, at);
}

static const struct ln_maxpool_rows FAMILY(rows) = {FAMILY(across_row), FAMILY(down_row), FAMILY(up_row),
                                                    FAMILY(back_row)};

#undef FAMILY
#undef TARGET
