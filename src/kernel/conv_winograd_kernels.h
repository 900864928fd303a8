/* The inner loops of conv_winograd.c, which includes them once for each set of instructions, with
 *
 *     FAMILY(name)    the name with the set's suffix
 *     TARGET          the attribute that lets the compiler use the set
 *     LANES           floats in a vector register
 *     WIDE_J          positions of a tile that is two vectors of channels wide, whose sums fit the registers
 *     LARGE_J         more positions, for counts that it divides; undefined if there are too few registers
 *     NARROW_J        positions of a tile that is one vector wide
 *
 * A piece is a strip of rows of one image. Its transformed rows are v [8e][c/16][rows][tiles][16c], so that
 * the positions of a strip, row after row, are evenly spaced; its sums are m [8e][positions][kb].
 */

typedef float FAMILY(vec)
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t FAMILY(bits) __attribute__((vector_size(LANES * sizeof(float))));
#define vec            FAMILY(vec)
#define bits           FAMILY(bits)
#define VECTOR(floats) (*(vec *)(floats))

/* out[e] = sum over i of B^T[e,i] d[i], by pairs of points that differ in sign. */
TARGET FORCED void FAMILY(input)(const vec d[POINTS], vec out[POINTS]) {
    vec even1 = d[2] + d[6] - 4.25F * d[4], odd1 = d[1] + d[5] - 4.25F * d[3];
    vec even2 = d[6] + 0.25F * d[2] - 1.25F * d[4], odd2 = 0.5F * d[1] - 2.5F * d[3] + 2 * d[5];
    vec even3 = d[6] + 4 * d[2] - 5 * d[4], odd3 = 2 * d[1] - 2.5F * d[3] + 0.5F * d[5];
    out[0] = d[0] - d[6] + 5.25F * (d[4] - d[2]);
    out[1] = even1 + odd1;
    out[2] = even1 - odd1;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = even3 + odd3;
    out[6] = even3 - odd3;
    out[7] = d[7] - d[1] + 5.25F * (d[3] - d[5]);
}

/* d[i] = sum over e of B[i,e] m[e]: the transpose of input(). */
TARGET FORCED void FAMILY(input_back)(const vec m[POINTS], vec d[POINTS]) {
    vec sum[3], difference[3];
    EACH(pair, 3) {
        sum[pair] = m[1 + 2 * pair] + m[2 + 2 * pair];
        difference[pair] = m[1 + 2 * pair] - m[2 + 2 * pair];
    }
    d[0] = m[0];
    d[1] = difference[0] + 0.5F * difference[1] + 2 * difference[2] - m[7];
    d[2] = sum[0] + 0.25F * sum[1] + 4 * sum[2] - 5.25F * m[0];
    d[3] = 5.25F * m[7] - 4.25F * difference[0] - 2.5F * (difference[1] + difference[2]);
    d[4] = 5.25F * m[0] - 4.25F * sum[0] - 1.25F * sum[1] - 5 * sum[2];
    d[5] = difference[0] + 2 * difference[1] + 0.5F * difference[2] - 5.25F * m[7];
    d[6] = sum[0] + sum[1] + sum[2] - m[0];
    d[7] = m[7];
}

/* out[e] = sum over i of G[e,i] g[i], for `taps` numbers g: scale[e] times the polynomial with those
 * coefficients at the point, and the last coefficient for the point at infinity. */
TARGET FORCED void FAMILY(filter)(int taps, bool scaled, const vec *g, vec out[POINTS]) {
    out[0] = g[0];
    EACH(pair, 3) {
        float a = points[pair], power = a;
        vec even = g[0], odd = a * g[1];
        for (int i = 2; i < taps; i++) {
            power *= a;
            if (i % 2)
                odd += power * g[i];
            else
                even += power * g[i];
        }
        float scale = scaled ? scales[pair] : 1;
        out[1 + 2 * pair] = scale * (even + odd);
        out[2 + 2 * pair] = scale * (even - odd);
    }
    out[7] = g[taps - 1];
}

/* y[j] = sum over e of A^T[j,e] m[e], for `count` outputs: the points' j-th powers. */
TARGET FORCED void FAMILY(output)(int count, const vec m[POINTS], vec *y) {
    vec sum[3], difference[3];
    EACH(pair, 3) {
        sum[pair] = m[1 + 2 * pair] + m[2 + 2 * pair];
        difference[pair] = m[1 + 2 * pair] - m[2 + 2 * pair];
    }
    float power[3] = {1, 1, 1};
    for (int j = 0; j < count; j++) {
        const vec *from = j % 2 ? difference : sum;
        y[j] = from[0] * power[0] + from[1] * power[1] + from[2] * power[2];
        EACH(pair, 3) power[pair] *= points[pair];
    }
    y[0] += m[0];
    y[count - 1] += m[7];
}

/* Strip rows [top, top + rows) of one image's channels, where rows and columns outside it are zeros: to
 * v [8e][c/16][rows][tiles][16c]; tile t begins at column t * step - pad. */
TARGET static void FAMILY(rows_in)(const struct problem *g, const float *x, int64_t top, int64_t rows,
                                   float *v, int64_t point) {
    for (int64_t cb = 0; cb < g->c / N; cb++)
        for (int64_t row = top; row < top + rows; row++) {
            const float *from = row >= 0 && row < g->h ? x + (cb * g->h + row) * g->w * N : NULL;
            for (int64_t t = 0; t < g->tiles; t++, v += N) {
                int64_t left = t * g->step - g->pad_w;
                for (int64_t lane = 0; lane < N; lane += LANES) {
                    vec d[POINTS], out[POINTS];
                    EACH(i, POINTS)
                    d[i] = from && left + i >= 0 && left + i < g->w ? VECTOR(from + (left + i) * N + lane)
                                                                    : (vec){0};
                    FAMILY(input)(d, out);
                    EACH(e, POINTS) VECTOR(v + e * point + lane) = out[e];
                }
            }
        }
}

/* m[position][ib vectors] for jb positions from v on: the sum over rows, blocks of sixteen channels and
 * channels of v u, added to m where `more`. u: [rows][blocks][16c][ib vectors]. */
TARGET FORCED void FAMILY(multiply_tile)(int jb, int ib, const struct depth *depth, const float *v,
                                         const float *u, float *m) {
    vec sum[TILE_J][2];
    EACH(j, jb) EACH(i, ib) sum[j][i] = depth->more ? VECTOR(m + (j * ib + i) * LANES) : (vec){0};
    for (int64_t r = 0; r < depth->rows; r++)
        for (int64_t block = 0; block < depth->blocks; block++) {
            const float *from = v + r * depth->row_stride + block * depth->block_stride;
            for (int64_t c = 0; c < N; c++, u += (int64_t)ib * LANES) {
                vec weight[2];
                EACH(i, ib) {
                    weight[i] = VECTOR(u + i * LANES);
                    IN_REGISTER(weight[i]);
                }
                EACH(j, jb) EACH(i, ib) sum[j][i] += weight[i] * from[j * N + c];
            }
        }
    EACH(j, jb) EACH(i, ib) VECTOR(m + (j * ib + i) * LANES) = sum[j][i];
}

TARGET FORCED void FAMILY(multiply_run)(int jb, int ib, const struct depth *depth, const float *v,
                                        const float *u, float *m, int64_t positions) {
    int64_t at = 0, kb = (int64_t)ib * LANES;
    for (; at + jb <= positions; at += jb) FAMILY(multiply_tile)(jb, ib, depth, v + at * N, u, m + at * kb);
    for (; at + 4 <= positions; at += 4) FAMILY(multiply_tile)(4, ib, depth, v + at * N, u, m + at * kb);
    for (; at + 2 <= positions; at += 2) FAMILY(multiply_tile)(2, ib, depth, v + at * N, u, m + at * kb);
    for (; at < positions; at++) FAMILY(multiply_tile)(1, ib, depth, v + at * N, u, m + at * kb);
}

TARGET static void FAMILY(multiply)(const struct depth *depth, int ib, const float *v, const float *u,
                                    float *m, int64_t positions) {
#if defined(LARGE_J)
    if (ib == 2 && positions % LARGE_J == 0) {
        FAMILY(multiply_run)(LARGE_J, 2, depth, v, u, m, positions);
        return;
    }
#endif
    if (ib == 2)
        FAMILY(multiply_run)(WIDE_J, 2, depth, v, u, m, positions);
    else
        FAMILY(multiply_run)(NARROW_J, 1, depth, v, u, m, positions);
}

/* kb channels from k on of rows [p0, p0 + rows) of y, from m [8e][rows][tiles][kb]. */
TARGET FORCED void FAMILY(rows_out_of)(int step, const struct problem *g, const float *m, int64_t point,
                                       int64_t kb, int64_t k, const float *bias, float *y, int64_t p0,
                                       int64_t rows) {
    for (int64_t p = p0; p < p0 + rows; p++)
        for (int64_t t = 0; t < g->tiles; t++, m += kb)
            for (int64_t lane = 0; lane < kb; lane += LANES) {
                vec sums[POINTS], out[POINTS];
                int64_t channel = k + lane, q = t * step;
                float *to = y + (((channel / N) * g->p + p) * g->q + q) * N + channel % N;
                vec add = bias ? VECTOR(bias + channel) : (vec){0};
                EACH(e, POINTS) sums[e] = VECTOR(m + e * point + lane);
                FAMILY(output)(step, sums, out);
                EACH(j, step) {
                    vec value = out[j] + add;
                    bits negative = value < 0;
                    if (g->relu) value = (vec)((bits)value & ~negative); /* a nan stays one */
                    if (q + j < g->q) VECTOR(to + j * N) = value;
                }
            }
}

TARGET static void FAMILY(rows_out)(const struct problem *g, const float *m, int64_t point, int64_t kb,
                                    int64_t k, const float *bias, float *y, int64_t p0, int64_t rows) {
    if (g->step == 4)
        FAMILY(rows_out_of)(4, g, m, point, kb, k, bias, y, p0, rows);
    else
        FAMILY(rows_out_of)(6, g, m, point, kb, k, bias, y, p0, rows);
}

/* The gradient's rows [p0, p0 + rows), kb channels from k on, as filters of `step` taps: to
 * d [8e][rows][tiles][kb]; their sum is added to db[k...], where it is not NULL. */
TARGET FORCED void FAMILY(gradient_in_of)(int step, const struct problem *g, const float *dy, int64_t k,
                                          int64_t kb, int64_t p0, int64_t rows, float *d, int64_t point,
                                          float *db) {
    for (int64_t p = p0; p < p0 + rows; p++)
        for (int64_t t = 0; t < g->tiles; t++, d += kb)
            for (int64_t lane = 0; lane < kb; lane += LANES) {
                int64_t channel = k + lane, q = t * step;
                const float *from = dy + (((channel / N) * g->p + p) * g->q + q) * N + channel % N;
                vec taps[POINTS], out[POINTS], sum = {0};
                EACH(j, step) {
                    taps[j] = q + j < g->q ? VECTOR(from + j * N) : (vec){0};
                    sum += taps[j];
                }
                if (db) VECTOR(db + channel) += sum;
                FAMILY(filter)(step, true, taps, out);
                EACH(e, POINTS) VECTOR(d + e * point + lane) = out[e];
            }
}

TARGET static void FAMILY(gradient_in)(const struct problem *g, const float *dy, int64_t k, int64_t kb,
                                       int64_t p0, int64_t rows, float *d, int64_t point, float *db) {
    if (g->step == 4)
        FAMILY(gradient_in_of)(4, g, dy, k, kb, p0, rows, d, point, db);
    else
        FAMILY(gradient_in_of)(6, g, dy, k, kb, p0, rows, d, point, db);
}

/* kb channels from c on of rows [top, top + rows) of dx, from m [8e][rows][tiles][kb]: each tile is eight
 * columns wide, and the columns that overlap the next tile are kept in `carried`. */
TARGET FORCED void FAMILY(data_out_of)(int step, const struct problem *g, const float *m, int64_t point,
                                       int64_t kb, int64_t c, float *dx, int64_t top, int64_t rows) {
    for (int64_t lane = 0; lane < kb; lane += LANES)
        for (int64_t row = 0; row < rows; row++) {
            const float *from = m + row * g->tiles * kb + lane;
            float *to = dx + ((c + lane) / N * g->h + top + row) * g->w * N + (c + lane) % N;
            vec carried[POINTS];
            EACH(i, POINTS - step) carried[i] = (vec){0};
            for (int64_t t = 0; t <= g->tiles; t++, from += kb) {
                vec sums[POINTS], out[POINTS];
                int64_t left = t * step - g->pad_w;
                bool last = t == g->tiles;
                EACH(e, POINTS) sums[e] = last ? (vec){0} : VECTOR(from + e * point);
                FAMILY(input_back)(sums, out);
                EACH(i, POINTS - step) {
                    out[i] += carried[i];
                    carried[i] = out[step + i];
                }
                EACH(i, step) {
                    if (left + i >= 0 && left + i < g->w) VECTOR(to + (left + i) * N) = out[i];
                }
            }
        }
}

TARGET static void FAMILY(data_out)(const struct problem *g, const float *m, int64_t point, int64_t kb,
                                    int64_t c, float *dx, int64_t top, int64_t rows) {
    if (g->step == 4)
        FAMILY(data_out_of)(4, g, m, point, kb, c, dx, top, rows);
    else
        FAMILY(data_out_of)(6, g, m, point, kb, c, dx, top, rows);
}

/* sum[16c][ib vectors] += over positions of v[position][16c] d[position][ib vectors]. */
TARGET FORCED void FAMILY(outer_tile)(int jb, int ib, const float *v, const float *d, int64_t positions,
                                      float *total) {
    vec sum[TILE_J][2];
    EACH(j, jb) EACH(i, ib) sum[j][i] = VECTOR(total + (j * ib + i) * LANES);
    for (int64_t at = 0; at < positions; at++, v += N, d += (int64_t)ib * LANES) {
        vec e[2];
        EACH(i, ib) {
            e[i] = VECTOR(d + i * LANES);
            IN_REGISTER(e[i]);
        }
        EACH(j, jb) EACH(i, ib) sum[j][i] += e[i] * v[j];
    }
    EACH(j, jb) EACH(i, ib) VECTOR(total + (j * ib + i) * LANES) = sum[j][i];
}

TARGET static void FAMILY(outer)(int ib, const float *v, const float *d, int64_t positions, float *total) {
    if (ib == 1 && LANES == N) {
        FAMILY(outer_tile)(N, 1, v, d, positions, total);
        return;
    }
    int jb = LANES == N ? 8 : 4; /* divides the sixteen channels */
    for (int64_t c = 0; c < N; c += jb, v += jb, total += (int64_t)jb * ib * LANES)
        if (LANES == N)
            FAMILY(outer_tile)(8, 2, v, d, positions, total);
        else
            FAMILY(outer_tile)(4, 2, v, d, positions, total);
}

/* u[8e][16] of sixteen channels' rows of weights, w [taps][16]. */
TARGET FORCED void FAMILY(weights_in_of)(int taps, bool scaled, const float *w, float *u) {
    for (int64_t lane = 0; lane < N; lane += LANES) {
        vec g[POINTS], out[POINTS];
        EACH(i, taps) g[i] = VECTOR(w + i * N + lane);
        FAMILY(filter)(taps, scaled, g, out);
        EACH(e, POINTS) VECTOR(u + e * N + lane) = out[e];
    }
}

TARGET static void FAMILY(weights_in)(int taps, bool scaled, const float *w, float *u) {
    if (taps == 5)
        FAMILY(weights_in_of)(5, scaled, w, u);
    else
        FAMILY(weights_in_of)(3, scaled, w, u);
}

/* The inverse transform for the gradient of the weights: m [8e][16] to w [taps][16]. */
TARGET FORCED void FAMILY(weights_out_of)(int taps, const float *m, float *w) {
    for (int64_t lane = 0; lane < N; lane += LANES) {
        vec sums[POINTS], out[POINTS];
        EACH(e, POINTS) sums[e] = VECTOR(m + e * N + lane);
        FAMILY(output)(taps, sums, out);
        EACH(i, taps) VECTOR(w + i * N + lane) = out[i];
    }
}

TARGET static void FAMILY(weights_out)(int taps, const float *m, float *w) {
    if (taps == 5)
        FAMILY(weights_out_of)(5, m, w);
    else
        FAMILY(weights_out_of)(3, m, w);
}

static const struct family FAMILY(family) = {
    LANES,
    FAMILY(rows_in),
    FAMILY(multiply),
    FAMILY(rows_out),
    FAMILY(gradient_in),
    FAMILY(data_out),
    FAMILY(outer),
    FAMILY(weights_in),
    FAMILY(weights_out),
};

#undef vec
#undef bits
#undef VECTOR
#undef FAMILY
#undef TARGET
#undef LANES
#undef WIDE_J
#undef LARGE_J
#undef NARROW_J
