/* The inner loops of norm.c: some rows of one plane, sixteen lanes side by side, each with its channel's
 * coefficients. Every loop is compiled four times: for both types of numbers, and for whole and incomplete
 * rows.
 */
#ifndef LN_KERNEL_NORM_ROWS_H
#define LN_KERNEL_NORM_ROWS_H

#include "kernel/row.h"
#include "kernel/tuning.h"

/* Coefficients, a row of sixteen each. */
enum { K_MEAN, K_SCALE, K_SHIFT, K_A, K_B, K_C, COEFFICIENTS };

struct rows {
    int64_t rows, lanes; /* lanes of a row that are in memory */
    int64_t x_stride, y_stride, dy_stride, out_stride;
    const void *x, *y, *dy[LN_NORM_DOUTS]; /* fp32, or with bf16 all of them and out of that */
    int douts;
    void *out;
    const float *k[COEFFICIENTS];
    struct ln_activation act;
    bool mask, bf16; /* mask: of propagate, from x */
    bool past;       /* writes go past the caches */
};

/* A write reads the cache line first, unless it goes past the caches. For a tensor that would not stay in the
 * caches anyway, this saves a third of the bytes. */
INLINED void store_past(const void *row, void *to, size_t bytes) {
#if defined(__SSE2__) && !defined(__clang__)
    typedef float quarter __attribute__((vector_size(16)));
    for (size_t i = 0; i < bytes; i += sizeof(quarter)) {
        quarter q;
        memcpy(&q, (const char *)row + i, sizeof q);
        __builtin_ia32_movntps((float *)((char *)to + i), q);
    }
#else
    memcpy(to, row, bytes);
#endif
}

/* to[at ..] = *v. */
INLINED void put(const ln_vec *v, void *to, int64_t at, int64_t lanes, bool bf16, bool past) {
    if (past && bf16) {
        ln_bf16 narrow[LN_LANES];
        store_bf16(v, narrow, LN_LANES);
        store_past(narrow, (ln_bf16 *)to + at, sizeof narrow);
    } else if (past) {
        store_past(v, (float *)to + at, sizeof *v);
    } else {
        store(v, to, at, lanes, bf16);
    }
}

/* Before another thread reads what was written. */
INLINED void past_end(void) {
#if defined(__SSE2__) && !defined(__clang__)
    __builtin_ia32_sfence();
#endif
}

/* movntps needs addresses that are a multiple of sixteen bytes. */
INLINED bool goes_past(const struct rows *r) {
    int64_t sixteen = 16 / (int64_t)(r->bf16 ? sizeof(ln_bf16) : sizeof(float));
    return r->past && r->lanes == LN_LANES && (uintptr_t)r->out % 16 == 0 && r->out_stride % sixteen == 0;
}

/* sum = sum of x - shift, dot = sum of its squares. Even and odd rows apart: an addition takes longer than a
 * row. */
INLINED void squares_of(int64_t lanes, bool bf16, const struct rows *r, const float *shift, float *sum,
                        float *dot) {
    ln_vec k = CVECTOR(shift), s0 = {0}, s1 = {0}, d0 = {0}, d1 = {0}, u, v;
    int64_t i = 0;
    for (; i + 2 <= r->rows; i += 2) {
        load(&u, r->x, i * r->x_stride, lanes, bf16);
        load(&v, r->x, (i + 1) * r->x_stride, lanes, bf16);
        u -= k;
        v -= k;
        s0 += u;
        s1 += v;
        d0 += u * u;
        d1 += v * v;
    }
    if (i < r->rows) {
        load(&u, r->x, i * r->x_stride, lanes, bf16);
        u -= k;
        s0 += u;
        d0 += u * u;
    }
    VECTOR(sum) = s0 + s1;
    VECTOR(dot) = d0 + d1;
}

/* z without the other tensor: the same expression in both passes, so they agree where it is positive. */
#define NORMALISED(r, x) (((x)-CVECTOR((r)->k[K_MEAN])) * CVECTOR((r)->k[K_SCALE]) + CVECTOR((r)->k[K_SHIFT]))

/* y = f(normalised x, plus other (r->y)), if f exists and rectifies. A nan stays a nan. */
INLINED void apply_of(int64_t lanes, bool bf16, const struct rows *r, bool past) {
    ln_vec v, other;
    for (int64_t i = 0; i < r->rows; i++) {
        load(&v, r->x, i * r->x_stride, lanes, bf16);
        v = NORMALISED(r, v);
        if (r->y) {
            load(&other, r->y, i * r->y_stride, lanes, bf16);
            v += other;
        }
        if (r->act.rectifies) v = (ln_vec)((ln_bits)v & ~(v < 0));
        put(&v, r->out, i * r->out_stride, lanes, bf16, past);
    }
}

/* g = sum of dy, where y is positive if f rectifies; sum = sum of g, dot = sum of g (x - mean). */
INLINED void gradients_of(int64_t lanes, bool bf16, const struct rows *r, float *sum, float *dot) {
    ln_vec mean = CVECTOR(r->k[K_MEAN]), s = {0}, d = {0}, g, x, more;
    for (int64_t i = 0; i < r->rows; i++) {
        load(&g, r->dy[0], i * r->dy_stride, lanes, bf16);
        for (int j = 1; j < r->douts; j++) {
            load(&more, r->dy[j], i * r->dy_stride, lanes, bf16);
            g += more;
        }
        load(&x, r->x, i * r->x_stride, lanes, bf16);
        if (r->y) {
            load(&more, r->y, i * r->y_stride, lanes, bf16);
            g = (ln_vec)((ln_bits)g & (more > 0));
        } else if (r->act.rectifies) {
            more = NORMALISED(r, x);
            g = (ln_vec)((ln_bits)g & (more > 0));
        }
        s += g;
        d += g * (x - mean);
        if (r->out) store(&g, r->out, i * r->out_stride, lanes, bf16);
    }
    VECTOR(sum) = s;
    VECTOR(dot) = d;
}

/* ---- any other activation: some rows at a time, in the first-level cache ----------------------------- */

enum { PIECE = LN_TUNE_NORM_PIECE }; /* rows */

INLINED int64_t piece_rows(const struct rows *r, int64_t first) {
    return r->rows - first < PIECE ? r->rows - first : PIECE;
}

INLINED void apply_piece(int64_t lanes, bool bf16, const struct rows *r, int64_t first, int64_t rows,
                         bool past) {
    float z[PIECE * LN_LANES];
    ln_vec v, other;
    for (int64_t i = 0; i < rows; i++) {
        load(&v, r->x, (first + i) * r->x_stride, lanes, bf16);
        v = NORMALISED(r, v);
        if (r->y) {
            load(&other, r->y, (first + i) * r->y_stride, lanes, bf16);
            v += other;
        }
        VECTOR(z + i * LN_LANES) = v;
    }
    r->act.forward(&r->act, z, z, (size_t)(rows * LN_LANES));
    for (int64_t i = 0; i < rows; i++) {
        v = CVECTOR(z + i * LN_LANES);
        put(&v, r->out, (first + i) * r->out_stride, lanes, bf16, past);
    }
}

INLINED void apply_any_of(int64_t lanes, bool bf16, const struct rows *r, bool past) {
    for (int64_t i = 0; i < r->rows; i += PIECE) apply_piece(lanes, bf16, r, i, piece_rows(r, i), past);
}

/* g of some rows; kept: what the derivative needs. */
INLINED void derive_piece(int64_t lanes, bool bf16, const struct rows *r, int64_t first, int64_t rows,
                          float *g) {
    float kept[PIECE * LN_LANES];
    size_t count = (size_t)(rows * LN_LANES);
    ln_vec v, more;
    for (int64_t i = 0; i < rows; i++) {
        load(&v, r->dy[0], (first + i) * r->dy_stride, lanes, bf16);
        for (int j = 1; j < r->douts; j++) {
            load(&more, r->dy[j], (first + i) * r->dy_stride, lanes, bf16);
            v += more;
        }
        VECTOR(g + i * LN_LANES) = v;
        if (r->y) {
            load(&v, r->y, (first + i) * r->y_stride, lanes, bf16);
        } else {
            load(&v, r->x, (first + i) * r->x_stride, lanes, bf16);
            v = NORMALISED(r, v);
        }
        VECTOR(kept + i * LN_LANES) = v;
    }
    if (!r->y && !r->act.by_input) r->act.forward(&r->act, kept, kept, count);
    r->act.backward(&r->act, kept, g, g, count);
}

INLINED void gradients_any_of(int64_t lanes, bool bf16, const struct rows *r, float *sum, float *dot) {
    ln_vec mean = CVECTOR(r->k[K_MEAN]), s = {0}, d = {0}, v, x;
    float g[PIECE * LN_LANES];
    for (int64_t first = 0; first < r->rows; first += PIECE) {
        int64_t rows = piece_rows(r, first);
        derive_piece(lanes, bf16, r, first, rows, g);
        for (int64_t i = 0; i < rows; i++) {
            v = CVECTOR(g + i * LN_LANES);
            load(&x, r->x, (first + i) * r->x_stride, lanes, bf16);
            s += v;
            d += v * (x - mean);
            if (r->out) store(&v, r->out, (first + i) * r->out_stride, lanes, bf16);
        }
    }
    VECTOR(sum) = s;
    VECTOR(dot) = d;
}

/* ------------------------------------------------------------------------------------------------------ */

/* dx = a g + b (x - mean) + c. */
INLINED void propagate_of(int64_t lanes, bool bf16, const struct rows *r, bool past) {
    ln_vec mean = CVECTOR(r->k[K_MEAN]), a = CVECTOR(r->k[K_A]), b = CVECTOR(r->k[K_B]),
           c = CVECTOR(r->k[K_C]);
    ln_vec g, x, y;
    for (int64_t i = 0; i < r->rows; i++) {
        load(&g, r->dy[0], i * r->dy_stride, lanes, bf16);
        load(&x, r->x, i * r->x_stride, lanes, bf16);
        if (r->mask) {
            y = NORMALISED(r, x);
            g = (ln_vec)((ln_bits)g & (y > 0));
        }
        g = a * g + (b * (x - mean) + c);
        put(&g, r->out, i * r->out_stride, lanes, bf16, past);
    }
}

LN_KERNEL(void, squares, (const struct rows *r, const float *shift, float *sum, float *dot),
          (r, shift, sum, dot)) {
    IN_EACH_KIND(squares_of, r->lanes, r->bf16, r, shift, sum, dot);
}

/* f is neither none nor a rectifier. */
static bool is_any(const struct rows *r) {
    return ln_activation_exists(&r->act) && !r->act.rectifies;
}

LN_KERNEL(void, apply_any, (const struct rows *r), (r)) {
    if (goes_past(r)) {
        IN_EACH_TYPE(apply_any_of, r->bf16, r, true);
        past_end();
    } else {
        IN_EACH_KIND(apply_any_of, r->lanes, r->bf16, r, false);
    }
}

LN_KERNEL(void, gradients_any, (const struct rows *r, float *sum, float *dot), (r, sum, dot)) {
    IN_EACH_KIND(gradients_any_of, r->lanes, r->bf16, r, sum, dot);
}

LN_KERNEL(void, apply_plain, (const struct rows *r), (r)) {
    if (goes_past(r)) {
        IN_EACH_TYPE(apply_of, r->bf16, r, true);
        past_end();
    } else {
        IN_EACH_KIND(apply_of, r->lanes, r->bf16, r, false);
    }
}

LN_KERNEL(void, gradients_plain, (const struct rows *r, float *sum, float *dot), (r, sum, dot)) {
    IN_EACH_KIND(gradients_of, r->lanes, r->bf16, r, sum, dot);
}

static void apply(const struct rows *r) {
    is_any(r) ? apply_any(r) : apply_plain(r);
}

static void gradients(const struct rows *r, float *sum, float *dot) {
    is_any(r) ? gradients_any(r, sum, dot) : gradients_plain(r, sum, dot);
}

LN_KERNEL(void, propagate, (const struct rows *r), (r)) {
    if (goes_past(r)) {
        IN_EACH_TYPE(propagate_of, r->bf16, r, true);
        past_end();
    } else {
        IN_EACH_KIND(propagate_of, r->lanes, r->bf16, r, false);
    }
}

#endif
