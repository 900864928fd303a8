/* Windows to rows of a matrix, and back. A thread takes whole images, so that no two write to one place, and each
 * sum has one order. */
#include "kernel/columns.h"
#include "base/size.h"

#include <string.h>

int64_t ln_columns_rows(const struct ln_columns *g) {
    return g->n * g->p * g->q;
}

int64_t ln_columns_width(const struct ln_columns *g) {
    return g->c * g->r * g->s;
}

/* Where tap t of the window at (p, q) reads: a pixel of the image, or -1 outside. */
static int64_t pixel_of(const struct ln_columns *g, int64_t p, int64_t q, int64_t t) {
    const int64_t h = p * g->stride[0] - g->padding[0] + t / g->s * g->dilation[0];
    const int64_t w = q * g->stride[1] - g->padding[1] + t % g->s * g->dilation[1];
    return h < 0 || h >= g->h || w < 0 || w >= g->w ? -1 : h * g->w + w;
}

static const float zeros[LN_COLUMNS_CHANNELS]; /* a pixel outside the image */

/* The taps of a window side by side, channel after channel, because the weights lie as [k][c][r][s]. The
 * compiler unrolls the loop if the number of taps is a constant. */
static inline void interleave(const float *const *from, int64_t taps, int64_t channels, float *row) {
    for (int64_t c = 0; c < channels; c++)
        for (int64_t t = 0; t < taps; t++) *row++ = from[t][c];
}

static void unfold_image(const struct ln_columns *g, const float *x, float *columns) {
    const int64_t taps = g->r * g->s;
    const float *from[LN_COLUMNS_TAPS];
    for (int64_t place = 0; place < g->p * g->q; place++, columns += g->c * taps) {
        for (int64_t t = 0; t < taps; t++) {
            const int64_t pixel = pixel_of(g, place / g->q, place % g->q, t);
            from[t] = pixel < 0 ? zeros : x + pixel * g->c;
        }
        if (taps == 9)
            interleave(from, 9, g->c, columns);
        else
            interleave(from, taps, g->c, columns);
    }
}

static void fold_image(const struct ln_columns *g, const float *dcolumns, float *dx) {
    const int64_t taps = g->r * g->s, width = ln_columns_width(g);
    memset(dx, 0, (size_t)(g->h * g->w * g->c) * sizeof *dx);
    for (int64_t place = 0; place < g->p * g->q; place++, dcolumns += width)
        for (int64_t t = 0; t < taps; t++) {
            const int64_t pixel = pixel_of(g, place / g->q, place % g->q, t);
            if (pixel < 0) continue;
            float *to = dx + pixel * g->c;
            for (int64_t c = 0; c < g->c; c++) to[c] += dcolumns[c * taps + t];
        }
}

void ln_columns_unfold(const struct ln_columns *g, const float *x, float *columns) {
    const int64_t image = g->h * g->w * g->c, rows = g->p * g->q * ln_columns_width(g);
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < g->n; n++) unfold_image(g, x + n * image, columns + n * rows);
}

void ln_columns_fold(const struct ln_columns *g, const float *dcolumns, float *dx) {
    const int64_t image = g->h * g->w * g->c, rows = g->p * g->q * ln_columns_width(g);
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < g->n; n++) fold_image(g, dcolumns + n * rows, dx + n * image);
}
