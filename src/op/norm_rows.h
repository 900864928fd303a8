/* The inner loops of norm.c: some rows of one plane, sixteen lanes side by side, each with its channel's
 * coefficients. Every loop is there twice, for rows that are whole in memory and for those that are not.
 */
#ifndef LN_OP_NORM_ROWS_H
#define LN_OP_NORM_ROWS_H

#include "base/simd.h"
#include "op/op.h"
#include "op/planes.h"

#include <string.h>

typedef float ln_vec
    __attribute__((vector_size(LN_LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t ln_bits __attribute__((vector_size(LN_LANES * sizeof(float))));

/* Coefficients, a row of sixteen each. */
enum { K_MEAN, K_SCALE, K_SHIFT, K_A, K_B, K_C, COEFFICIENTS };

struct rows {
    int64_t rows, lanes; /* lanes of a row that are in memory */
    int64_t x_stride, y_stride, dy_stride, out_stride;
    const float *x, *y, *dy[LN_OP_DOUTS];
    int douts;
    float *out;
    const float *k[COEFFICIENTS];
    bool relu, mask;
    bool past; /* what is written goes past the caches */
};

#define INLINED         static inline __attribute__((always_inline))
#define VECTOR(floats)  (*(ln_vec *)(floats))
#define CVECTOR(floats) (*(const ln_vec *)(floats))

INLINED void load(ln_vec *v, const float *from, int64_t lanes) {
    if (lanes == LN_LANES) {
        *v = CVECTOR(from);
        return;
    }
    *v = (ln_vec){0};
    memcpy(v, from, (size_t)lanes * sizeof(float));
}

INLINED void store(const ln_vec *v, float *to, int64_t lanes) {
    if (lanes == LN_LANES)
        VECTOR(to) = *v;
    else
        memcpy(to, v, (size_t)lanes * sizeof(float));
}

/* Memory that is written and not read is read all the same, a cache line at a time, unless it goes past the
 * caches: where it would not stay in them anyway, that is a third of the bytes. */
INLINED void store_past(const ln_vec *v, float *to) {
#if defined(__SSE2__) && !defined(__clang__)
    typedef float quarter __attribute__((vector_size(16)));
    for (int i = 0; i < LN_LANES; i += 4) {
        quarter q;
        memcpy(&q, (const float *)v + i, sizeof q);
        __builtin_ia32_movntps(to + i, q);
    }
#else
    VECTOR(to) = *v;
#endif
}

/* Before another thread reads it. */
INLINED void past_end(void) {
#if defined(__SSE2__) && !defined(__clang__)
    __builtin_ia32_sfence();
#endif
}

/* What movntps takes: addresses that are a multiple of sixteen bytes. */
INLINED bool goes_past(const struct rows *r) {
    return r->past && r->lanes == LN_LANES && (uintptr_t)r->out % 16 == 0 && r->out_stride % 4 == 0;
}

/* sum = sum of x - shift, dot = sum of its squares. Even and odd rows apart: an addition takes longer than a
 * row. */
INLINED void squares_of(const struct rows *r, int64_t lanes, const float *shift, float *sum, float *dot) {
    ln_vec k = CVECTOR(shift), s0 = {0}, s1 = {0}, d0 = {0}, d1 = {0}, u, v;
    int64_t i = 0;
    for (; i + 2 <= r->rows; i += 2) {
        load(&u, r->x + i * r->x_stride, lanes);
        load(&v, r->x + (i + 1) * r->x_stride, lanes);
        u -= k;
        v -= k;
        s0 += u;
        s1 += v;
        d0 += u * u;
        d1 += v * v;
    }
    if (i < r->rows) {
        load(&u, r->x + i * r->x_stride, lanes);
        u -= k;
        s0 += u;
        d0 += u * u;
    }
    VECTOR(sum) = s0 + s1;
    VECTOR(dot) = d0 + d1;
}

/* What the forward pass gave before the sum with another tensor and the ReLU: the same expression in both
 * passes, so that they agree where it is positive. */
#define NORMALISED(r, x) (((x)-CVECTOR((r)->k[K_MEAN])) * CVECTOR((r)->k[K_SCALE]) + CVECTOR((r)->k[K_SHIFT]))

/* y = normalised x, plus other (r->y), and its ReLU. A nan stays one. */
INLINED void apply_of(const struct rows *r, int64_t lanes, bool past) {
    ln_vec v, other;
    for (int64_t i = 0; i < r->rows; i++) {
        load(&v, r->x + i * r->x_stride, lanes);
        v = NORMALISED(r, v);
        if (r->y) {
            load(&other, r->y + i * r->y_stride, lanes);
            v += other;
        }
        if (r->relu) v = (ln_vec)((ln_bits)v & ~(v < 0));
        if (past)
            store_past(&v, r->out + i * r->out_stride);
        else
            store(&v, r->out + i * r->out_stride, lanes);
    }
}

/* g = sum of dy where the output is positive; sum = sum of g, dot = sum of g (x - mean). */
INLINED void gradients_of(const struct rows *r, int64_t lanes, float *sum, float *dot) {
    ln_vec mean = CVECTOR(r->k[K_MEAN]), s = {0}, d = {0}, g, x, more;
    for (int64_t i = 0; i < r->rows; i++) {
        load(&g, r->dy[0] + i * r->dy_stride, lanes);
        for (int j = 1; j < r->douts; j++) {
            load(&more, r->dy[j] + i * r->dy_stride, lanes);
            g += more;
        }
        load(&x, r->x + i * r->x_stride, lanes);
        if (r->y) {
            load(&more, r->y + i * r->y_stride, lanes);
            g = (ln_vec)((ln_bits)g & (more > 0));
        } else if (r->mask) {
            more = NORMALISED(r, x);
            g = (ln_vec)((ln_bits)g & (more > 0));
        }
        s += g;
        d += g * (x - mean);
        if (r->out) store(&g, r->out + i * r->out_stride, lanes);
    }
    VECTOR(sum) = s;
    VECTOR(dot) = d;
}

/* dx = a g + b (x - mean) + c. */
INLINED void propagate_of(const struct rows *r, int64_t lanes, bool past) {
    ln_vec mean = CVECTOR(r->k[K_MEAN]), a = CVECTOR(r->k[K_A]), b = CVECTOR(r->k[K_B]),
           c = CVECTOR(r->k[K_C]);
    ln_vec g, x, y;
    for (int64_t i = 0; i < r->rows; i++) {
        load(&g, r->dy[0] + i * r->dy_stride, lanes);
        load(&x, r->x + i * r->x_stride, lanes);
        if (r->mask) {
            y = NORMALISED(r, x);
            g = (ln_vec)((ln_bits)g & (y > 0));
        }
        g = a * g + (b * (x - mean) + c);
        if (past)
            store_past(&g, r->out + i * r->out_stride);
        else
            store(&g, r->out + i * r->out_stride, lanes);
    }
}

LN_CLONES static void squares(const struct rows *r, const float *shift, float *sum, float *dot) {
    if (r->lanes == LN_LANES)
        squares_of(r, LN_LANES, shift, sum, dot);
    else
        squares_of(r, r->lanes, shift, sum, dot);
}

LN_CLONES static void apply(const struct rows *r) {
    if (goes_past(r)) {
        apply_of(r, LN_LANES, true);
        past_end();
    } else if (r->lanes == LN_LANES) {
        apply_of(r, LN_LANES, false);
    } else {
        apply_of(r, r->lanes, false);
    }
}

LN_CLONES static void gradients(const struct rows *r, float *sum, float *dot) {
    if (r->lanes == LN_LANES)
        gradients_of(r, LN_LANES, sum, dot);
    else
        gradients_of(r, r->lanes, sum, dot);
}

LN_CLONES static void propagate(const struct rows *r) {
    if (goes_past(r)) {
        propagate_of(r, LN_LANES, true);
        past_end();
    } else if (r->lanes == LN_LANES) {
        propagate_of(r, LN_LANES, false);
    } else {
        propagate_of(r, r->lanes, false);
    }
}

#endif
