/* The inner loops of norm.c, which includes them once for each set of instructions (kernel/parts.h): some rows of one
 * plane, sixteen lanes side by side, each with its channel's coefficients. Every loop is compiled four times: for
 * both types of numbers, and for whole and incomplete rows.
 */
#include "kernel/parts.h"

/* Part p of a coefficient. */
#define OF(kind, p) CPART(r->k[kind] + (p)*LANES)

/* z without the other tensor: the same expression in both passes, so they agree where it is positive. */
#define NORMALISED(x, p) (((x)-OF(K_MEAN, p)) * OF(K_SCALE, p) + OF(K_SHIFT, p))

/* Part p of row i of a tensor. */
INLINED TARGET void FAMILY(read)(vec *v, const void *from, int64_t i, int64_t stride, int p, int64_t lanes,
                                 bool bf16) {
    load_part(v, from, i * stride + (int64_t)p * LANES, LANES_OF(p, lanes), bf16);
}

INLINED TARGET void FAMILY(write)(const vec *v, const struct rows *r, int64_t i, int p, int64_t lanes,
                                  bool bf16, bool past) {
    int64_t at = i * r->out_stride + (int64_t)p * LANES;
    if (past && bf16 && LANES * sizeof(ln_bf16) % PAST == 0) {
        ln_bf16 narrow[LANES];
        store_part(v, narrow, 0, LANES, true);
        store_past(narrow, (ln_bf16 *)r->out + at, sizeof narrow);
    } else if (past && !bf16) {
        store_past(v, (float *)r->out + at, sizeof *v);
    } else {
        store_part(v, r->out, at, LANES_OF(p, lanes), bf16);
    }
}

/* *v = row i's gradient, the sum of all of them. */
INLINED TARGET void FAMILY(read_dy)(vec *v, const struct rows *r, int64_t i, int p, int64_t lanes,
                                    bool bf16) {
    vec more;
    FAMILY(read)(v, r->dy[0], i, r->dy_stride, p, lanes, bf16);
    for (int j = 1; j < r->douts; j++) {
        FAMILY(read)(&more, r->dy[j], i, r->dy_stride, p, lanes, bf16);
        *v += more;
    }
}

/* *v = normalised x, plus other (r->y). */
INLINED TARGET void FAMILY(read_z)(vec *v, const struct rows *r, int64_t i, int p, int64_t lanes, bool bf16) {
    vec other;
    FAMILY(read)(v, r->x, i, r->x_stride, p, lanes, bf16);
    *v = NORMALISED(*v, p);
    if (!r->y) return;
    FAMILY(read)(&other, r->y, i, r->y_stride, p, lanes, bf16);
    *v += other;
}

/* sum = sum of x - shift, dot = sum of its squares. Even and odd rows have sums of their own: the next
 * addition to one sum must wait longer than a row takes. */
INLINED TARGET void FAMILY(squares_of)(int64_t lanes, bool bf16, const struct rows *r, const float *shift,
                                       float *sum, float *dot) {
    vec k[PARTS], s[2][PARTS], d[2][PARTS], v;
    EACH(p, PARTS) {
        k[p] = CPART(shift + p * LANES);
        EACH(odd, 2) s[odd][p] = d[odd][p] = (vec){0};
    }
    int64_t i = 0;
    for (; i + 2 <= r->rows; i += 2) EACH(p, PARTS) EACH(odd, 2) {
            FAMILY(read)(&v, r->x, i + odd, r->x_stride, p, lanes, bf16);
            v -= k[p];
            s[odd][p] += v;
            d[odd][p] += v * v;
        }
    if (i < r->rows) EACH(p, PARTS) {
            FAMILY(read)(&v, r->x, i, r->x_stride, p, lanes, bf16);
            v -= k[p];
            s[0][p] += v;
            d[0][p] += v * v;
        }
    EACH(p, PARTS) {
        PART(sum + p * LANES) = s[0][p] + s[1][p];
        PART(dot + p * LANES) = d[0][p] + d[1][p];
    }
}

/* y = f(z), if f exists and rectifies. A nan stays a nan. */
INLINED TARGET void FAMILY(apply_of)(int64_t lanes, bool bf16, const struct rows *r, bool past) {
    vec v;
    for (int64_t i = 0; i < r->rows; i++) EACH(p, PARTS) {
            FAMILY(read_z)(&v, r, i, p, lanes, bf16);
            if (r->act.rectifies) v = WHERE(~(v < 0), v);
            FAMILY(write)(&v, r, i, p, lanes, bf16, past);
        }
}

/* g = sum of dy, where y is positive if f rectifies; sum = sum of g, dot = sum of g (x - mean). */
INLINED TARGET void FAMILY(gradients_of)(int64_t lanes, bool bf16, const struct rows *r, float *sum,
                                         float *dot) {
    vec s[PARTS], d[PARTS], g, x, y;
    EACH(p, PARTS) s[p] = d[p] = (vec){0};
    for (int64_t i = 0; i < r->rows; i++) EACH(p, PARTS) {
            FAMILY(read_dy)(&g, r, i, p, lanes, bf16);
            FAMILY(read)(&x, r->x, i, r->x_stride, p, lanes, bf16);
            if (r->y) {
                FAMILY(read)(&y, r->y, i, r->y_stride, p, lanes, bf16);
                g = WHERE(y > 0, g);
            } else if (r->act.rectifies) {
                y = NORMALISED(x, p);
                g = WHERE(y > 0, g);
            }
            s[p] += g;
            d[p] += g * (x - OF(K_MEAN, p));
            if (r->out) FAMILY(write)(&g, r, i, p, lanes, bf16, false);
        }
    EACH(p, PARTS) {
        PART(sum + p * LANES) = s[p];
        PART(dot + p * LANES) = d[p];
    }
}

/* ---- any other activation: some rows at a time, in the first-level cache ----------------------------- */

INLINED TARGET void FAMILY(apply_piece)(int64_t lanes, bool bf16, const struct rows *r, int64_t first,
                                        int64_t rows, bool past) {
    float z[PIECE * LN_LANES];
    vec v;
    for (int64_t i = 0; i < rows; i++) EACH(p, PARTS) {
            FAMILY(read_z)(&v, r, first + i, p, lanes, bf16);
            PART(z + i * LN_LANES + p * LANES) = v;
        }
    r->act.forward(&r->act, z, z, (size_t)(rows * LN_LANES));
    for (int64_t i = 0; i < rows; i++) EACH(p, PARTS) {
            v = CPART(z + i * LN_LANES + p * LANES);
            FAMILY(write)(&v, r, first + i, p, lanes, bf16, past);
        }
}

INLINED TARGET void FAMILY(apply_any_of)(int64_t lanes, bool bf16, const struct rows *r, bool past) {
    for (int64_t i = 0; i < r->rows; i += PIECE)
        FAMILY(apply_piece)(lanes, bf16, r, i, piece_rows(r, i), past);
}

/* g of some rows; kept: what the derivative needs. */
INLINED TARGET void FAMILY(derive_piece)(int64_t lanes, bool bf16, const struct rows *r, int64_t first,
                                         int64_t rows, float *g) {
    float kept[PIECE * LN_LANES];
    size_t count = (size_t)(rows * LN_LANES);
    vec v;
    for (int64_t i = 0; i < rows; i++) EACH(p, PARTS) {
            FAMILY(read_dy)(&v, r, first + i, p, lanes, bf16);
            PART(g + i * LN_LANES + p * LANES) = v;
            if (r->y) {
                FAMILY(read)(&v, r->y, first + i, r->y_stride, p, lanes, bf16);
            } else {
                FAMILY(read)(&v, r->x, first + i, r->x_stride, p, lanes, bf16);
                v = NORMALISED(v, p);
            }
            PART(kept + i * LN_LANES + p * LANES) = v;
        }
    if (!r->y && !r->act.by_input) r->act.forward(&r->act, kept, kept, count);
    r->act.backward(&r->act, kept, g, g, count);
}

INLINED TARGET void FAMILY(gradients_any_of)(int64_t lanes, bool bf16, const struct rows *r, float *sum,
                                             float *dot) {
    vec s[PARTS], d[PARTS], v, x;
    float g[PIECE * LN_LANES];
    EACH(p, PARTS) s[p] = d[p] = (vec){0};
    for (int64_t first = 0; first < r->rows; first += PIECE) {
        int64_t rows = piece_rows(r, first);
        FAMILY(derive_piece)(lanes, bf16, r, first, rows, g);
        for (int64_t i = 0; i < rows; i++) EACH(p, PARTS) {
                v = CPART(g + i * LN_LANES + p * LANES);
                FAMILY(read)(&x, r->x, first + i, r->x_stride, p, lanes, bf16);
                s[p] += v;
                d[p] += v * (x - OF(K_MEAN, p));
                if (r->out) FAMILY(write)(&v, r, first + i, p, lanes, bf16, false);
            }
    }
    EACH(p, PARTS) {
        PART(sum + p * LANES) = s[p];
        PART(dot + p * LANES) = d[p];
    }
}

/* ------------------------------------------------------------------------------------------------------ */

/* dx = a g + b (x - mean) + c. */
INLINED TARGET void FAMILY(propagate_of)(int64_t lanes, bool bf16, const struct rows *r, bool past) {
    vec g, x, y;
    for (int64_t i = 0; i < r->rows; i++) EACH(p, PARTS) {
            FAMILY(read)(&g, r->dy[0], i, r->dy_stride, p, lanes, bf16);
            FAMILY(read)(&x, r->x, i, r->x_stride, p, lanes, bf16);
            if (r->mask) {
                y = NORMALISED(x, p);
                g = WHERE(y > 0, g);
            }
            g = OF(K_A, p) * g + (OF(K_B, p) * (x - OF(K_MEAN, p)) + OF(K_C, p));
            FAMILY(write)(&g, r, i, p, lanes, bf16, past);
        }
}

TARGET static void FAMILY(squares)(const struct rows *r, const float *shift, float *sum, float *dot) {
    IN_EACH_KIND(FAMILY(squares_of), r->lanes, r->bf16, r, shift, sum, dot);
}

TARGET static void FAMILY(apply_any)(const struct rows *r) {
    if (goes_past(r)) {
        IN_EACH_TYPE(FAMILY(apply_any_of), r->bf16, r, true);
        past_end();
    } else {
        IN_EACH_KIND(FAMILY(apply_any_of), r->lanes, r->bf16, r, false);
    }
}

TARGET static void FAMILY(gradients_any)(const struct rows *r, float *sum, float *dot) {
    IN_EACH_KIND(FAMILY(gradients_any_of), r->lanes, r->bf16, r, sum, dot);
}

TARGET static void FAMILY(apply)(const struct rows *r) {
    if (goes_past(r)) {
        IN_EACH_TYPE(FAMILY(apply_of), r->bf16, r, true);
        past_end();
    } else {
        IN_EACH_KIND(FAMILY(apply_of), r->lanes, r->bf16, r, false);
    }
}

TARGET static void FAMILY(gradients)(const struct rows *r, float *sum, float *dot) {
    IN_EACH_KIND(FAMILY(gradients_of), r->lanes, r->bf16, r, sum, dot);
}

TARGET static void FAMILY(propagate)(const struct rows *r) {
    if (goes_past(r)) {
        IN_EACH_TYPE(FAMILY(propagate_of), r->bf16, r, true);
        past_end();
    } else {
        IN_EACH_KIND(FAMILY(propagate_of), r->lanes, r->bf16, r, false);
    }
}

static const struct passes FAMILY(passes) = {FAMILY(squares),   FAMILY(apply),         FAMILY(apply_any),
                                             FAMILY(gradients), FAMILY(gradients_any), FAMILY(propagate)};

#undef OF
#undef NORMALISED
#include "kernel/parts_end.h"
