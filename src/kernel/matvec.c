/* Dot products of rows: sixteen sums side by side for each y, of columns i, i + 16, i + 32, ..., which are
 * added at the end.
 *
 * Four rows of weights at a time are four streams that the processor's prefetcher follows (explicit prefetching
 * was slower by a tenth or more), and x is loaded once for all four. A word holds a pair of
 * bf16: masking the lower half leaves the upper number as an fp32, shifting left makes the lower one an fp32;
 * x and w are split in the same way.
 */
#include "kernel/matvec.h"
#include "kernel/row.h"
#include "kernel/tuning.h"
#include "kernel/unroll.h"

enum { ROWS = LN_TUNE_MATVEC_ROWS };

/* Sixteen fp32, or sixteen pairs of bf16, as fp32 in one vector or two. */
typedef uint32_t words __attribute__((vector_size(LN_LANES * sizeof(uint32_t)), aligned(2), may_alias));

struct piece {
    ln_vec part[2];
};

INLINED void load_piece(struct piece *p, const void *from, int64_t at, int64_t count, bool bf16) {
    if (!bf16) {
        load_floats(&p->part[0], (const float *)from + at, count);
        return;
    }
    ln_words pairs = {0};
    if (count == 2 * LN_LANES)
        pairs = *(const words *)((const ln_bf16 *)from + at);
    else
        memcpy(&pairs, (const ln_bf16 *)from + at, (size_t)count * sizeof(ln_bf16));
    p->part[0] = (ln_vec)(pairs << 16);
    p->part[1] = (ln_vec)(pairs & 0xffff0000U);
}

/* sum[row][i] += the products of `count` columns. */
INLINED void add_piece(int rows, int n, bool bf16, const struct ln_matvec *m, const void *x, const void *w,
                       int64_t at, int64_t count, ln_vec sum[ROWS][LN_MATVEC_MOST]) {
    struct piece px[LN_MATVEC_MOST], pw;
    EACH(i, n) load_piece(&px[i], x, i * m->c + at, count, bf16);
    EACH(row, rows) {
        load_piece(&pw, w, row * m->c + at, count, bf16);
        EACH(i, n) {
            sum[row][i] += pw.part[0] * px[i].part[0];
            if (bf16) sum[row][i] += pw.part[1] * px[i].part[1];
        }
    }
}

/* y[i][k .. k+rows) of all n. rows, n and bf16 are constants to the compiler. */
INLINED void dot_rows(int rows, int n, bool bf16, const struct ln_matvec *m, const void *x, const void *w,
                      const float *bias, void *y, int64_t k) {
    ln_vec sum[ROWS][LN_MATVEC_MOST] = {0};
    int64_t at = 0, whole = bf16 ? 2 * LN_LANES : LN_LANES;
    for (; at + whole <= m->c; at += whole) add_piece(rows, n, bf16, m, x, w, at, whole, sum);
    if (at < m->c) add_piece(rows, n, bf16, m, x, w, at, m->c - at, sum);
    EACH(row, rows) {
        EACH(i, n) {
            float total = bias ? bias[k + row] : 0;
            for (int lane = 0; lane < LN_LANES; lane++) total += sum[row][i][lane];
            if (m->relu && total < 0) total = 0;
            ln_put(y, i * m->k + k + row, total, bf16 && !m->wide);
        }
    }
}

INLINED void dot(int rows, const struct ln_matvec *m, const void *x, const void *w, const float *bias,
                 void *y, int64_t k) {
    w = ln_at(w, k * m->c, m->bf16 ? sizeof(ln_bf16) : sizeof(float));
#define OF(n)                                                    \
    case n:                                                      \
        m->bf16 ? dot_rows(rows, n, true, m, x, w, bias, y, k)   \
                : dot_rows(rows, n, false, m, x, w, bias, y, k); \
        return;
    switch (m->n) { OF(1) OF(2) OF(3) OF(4) }
#undef OF
}

/* Rows [k, k+ROWS), or the last ones if fewer are left. */
LN_KERNEL(void, dot_group,
          (const struct ln_matvec *m, const void *x, const void *w, const float *bias, void *y, int64_t k),
          (m, x, w, bias, y, k)) {
    if (k + ROWS <= m->k)
        dot(ROWS, m, x, w, bias, y, k);
    else
        for (; k < m->k; k++) dot(1, m, x, w, bias, y, k);
}

void ln_matvec_run(const struct ln_matvec *m, const void *x, const void *w, const float *bias, void *y) {
#pragma omp parallel for schedule(static) if (m->k * m->c > LN_TUNE_MATVEC_PARALLEL)
    for (int64_t k = 0; k < m->k; k += ROWS) dot_group(m, x, w, bias, y, k);
}
