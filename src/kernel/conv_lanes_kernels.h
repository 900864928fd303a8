/* The inner loops of conv_lanes.c, which includes them once for each set of instructions, with
 *
 *     FAMILY(name)    the name with the set's suffix
 *     TARGET          the attribute that lets the compiler use the set
 *     LANES           floats in a vector register
 *     TALL_K, TALL_J, FLAT_K, FLAT_J   two tiles, channels by positions, whose sums fit the registers
 *
 * kb and jb are a tile's sides: constants to the compiler, which unrolls their loops and keeps sum[][] in
 * registers over the loops inside.
 */

/* LANES floats, aligned as one float: scratch and gradients of small layers may have no greater alignment. */
typedef float FAMILY(vec)
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t FAMILY(bits) __attribute__((vector_size(LANES * sizeof(float))));
#define vec            FAMILY(vec)
#define bits           FAMILY(bits)
#define VECTOR(floats) (*(vec *)(floats))

/* y[k0..][q..]: kb channels at jb positions of one row, of which `used` channels are stored. Position q's tap
 * (0, 0) of channel 0 is x[first]; only taps [r0, r1) x [s0, s1) lie inside the image. w: [c][r][s][kb]. */
TARGET FORCED void FAMILY(row_tile)(int kb, int jb, const struct problem *g, struct taps t, const float *x,
                                    int64_t first, const float *w, const float *bias, float *y,
                                    int64_t used) {
    vec sum[TILE_K][TILE_J];
    EACH(i, kb) EACH(j, jb) sum[i][j] = (vec){0} + bias[i];
    for (int64_t c = 0; c < g->c; c++)
        for (int64_t r = t.r0; r < t.r1; r++) {
            const float *from = x + (first + (c * g->h + r) * g->w + t.s0) * N;
            const float *weight = w + ((c * g->r + r) * g->s + t.s0) * kb;
            for (int64_t s = t.s0; s < t.s1; s++, from += N, weight += kb) {
                vec v[TILE_J];
                EACH(j, jb) v[j] = VECTOR(from + j * N);
                EACH(i, kb) EACH(j, jb) sum[i][j] += v[j] * weight[i];
            }
        }
    EACH(i, kb) EACH(j, jb) {
        bits negative = sum[i][j] < 0;
        if (g->relu) sum[i][j] = (vec)((bits)sum[i][j] & ~negative); /* a nan stays one */
        if (i < used) VECTOR(y + (i * g->p * g->q + j) * N) = sum[i][j];
    }
}

/* Row p of y for all channels, in tiles of jb positions if all their taps are inside the image, else of
 * one. */
TARGET FORCED void FAMILY(row)(int kb, int jb, const struct problem *g, const float *x, const float *w,
                               const float *bias, float *y, int64_t p) {
    int64_t top = p - g->pad_r;
    struct taps t = {.r0 = top < 0 ? -top : 0, .r1 = top + g->r > g->h ? g->h - top : g->r};
    for (int64_t k = 0; k < g->k; k += kb, w += g->c * g->r * g->s * kb, bias += kb)
        for (int64_t q = 0, step; q < g->q; q += step) {
            int64_t left = q - g->pad_s, first = top * g->w + left;
            float *to = y + ((k * g->p + p) * g->q + q) * N;
            bool inside = left >= 0 && left + jb - 1 + g->s <= g->w;
            t.s0 = left < 0 ? -left : 0;
            t.s1 = left + g->s > g->w ? g->w - left : g->s;
            step = inside ? jb : 1;
            for (int64_t lane = 0; lane < N; lane += LANES)
                if (inside)
                    FAMILY(row_tile)(kb, jb, g, t, x + lane, first, w, bias, to + lane, g->k - k);
                else
                    FAMILY(row_tile)(kb, 1, g, t, x + lane, first, w, bias, to + lane, g->k - k);
        }
}

/* Adds dw[k0..][t0..], lane by lane, to total [k][taps][16n]: kb channels by jb taps over rows [p0, p1).
 * Channels and taps past the last repeat it, and are not stored. */
TARGET FORCED void FAMILY(weights_tile)(int kb, int jb, const struct problem *g, const float *x,
                                        const float *dy, int64_t p0, int64_t p1, int64_t k0, int64_t t0,
                                        float *total) {
    int64_t taps = g->c * g->r * g->s;
    const float *from[TILE_J], *d[TILE_K];
    vec sum[TILE_K][TILE_J];
    EACH(j, jb) {
        int64_t t = t0 + j < taps ? t0 + j : taps - 1, c = t / (g->r * g->s), r = t / g->s % g->r;
        from[j] = x + ((c * g->h + r) * g->w + t % g->s) * N;
    }
    EACH(i, kb) d[i] = dy + (k0 + i < g->k ? k0 + i : g->k - 1) * g->p * g->q * N;
    EACH(i, kb) EACH(j, jb) sum[i][j] = (vec){0};
    for (int64_t p = p0; p < p1; p++)
        for (int64_t q = 0; q < g->q; q++) {
            vec v[TILE_J];
            EACH(j, jb) v[j] = VECTOR(from[j] + (p * g->w + q) * N);
            EACH(i, kb) {
                vec e = VECTOR(d[i] + (p * g->q + q) * N);
                IN_REGISTER(e);
                EACH(j, jb) sum[i][j] += e * v[j];
            }
        }
    EACH(i, kb) EACH(j, jb) {
        if (k0 + i < g->k && t0 + j < taps) VECTOR(total + ((k0 + i) * taps + t0 + j) * N) += sum[i][j];
    }
}

/* Adds db[k0..], lane by lane, to total [k][16n]. */
TARGET FORCED void FAMILY(bias_tile)(int kb, const struct problem *g, const float *dy, int64_t p0, int64_t p1,
                                     int64_t k0, float *total) {
    vec sum[TILE_K];
    EACH(i, kb) sum[i] = (vec){0};
    for (int64_t at = p0 * g->q; at < p1 * g->q; at++)
        EACH(i, kb) sum[i] += VECTOR(dy + ((k0 + i < g->k ? k0 + i : g->k - 1) * g->p * g->q + at) * N);
    EACH(i, kb) {
        if (k0 + i < g->k) VECTOR(total + (k0 + i) * N) += sum[i];
    }
}

/* The part of dw and db that comes from rows [p0, p1) of sixteen images. */
TARGET FORCED void FAMILY(weights)(int kb, int jb, const struct problem *g, const float *x, const float *dy,
                                   int64_t p0, int64_t p1, float *dw, float *db) {
    int64_t taps = g->c * g->r * g->s;
    for (int64_t lane = 0; lane < N; lane += LANES)
        for (int64_t k = 0; k < g->k; k += kb) {
            for (int64_t t = 0; t < taps; t += jb)
                FAMILY(weights_tile)(kb, jb, g, x + lane, dy + lane, p0, p1, k, t, dw + lane);
            FAMILY(bias_tile)(kb, g, dy + lane, p0, p1, k, db + lane);
        }
}

TARGET static void FAMILY(tall_row)(const struct problem *g, const float *x, const float *w,
                                    const float *bias, float *y, int64_t p) {
    FAMILY(row)(TALL_K, TALL_J, g, x, w, bias, y, p);
}

TARGET static void FAMILY(flat_row)(const struct problem *g, const float *x, const float *w,
                                    const float *bias, float *y, int64_t p) {
    FAMILY(row)(FLAT_K, FLAT_J, g, x, w, bias, y, p);
}

TARGET static void FAMILY(tall_weights)(const struct problem *g, const float *x, const float *dy, int64_t p0,
                                        int64_t p1, float *dw, float *db) {
    FAMILY(weights)(TALL_K, TALL_J, g, x, dy, p0, p1, dw, db);
}

TARGET static void FAMILY(flat_weights)(const struct problem *g, const float *x, const float *dy, int64_t p0,
                                        int64_t p1, float *dw, float *db) {
    FAMILY(weights)(FLAT_K, FLAT_J, g, x, dy, p0, p1, dw, db);
}

static const struct tile FAMILY(tiles)[TILES] = {
    {TALL_K, FAMILY(tall_row), FAMILY(tall_weights)},
    {FLAT_K, FAMILY(flat_row), FAMILY(flat_weights)},
};

#undef vec
#undef bits
#undef VECTOR
#undef FAMILY
#undef TARGET
#undef LANES
#undef TALL_K
#undef TALL_J
#undef FLAT_K
#undef FLAT_J
