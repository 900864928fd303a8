/* Average pooling to a given size. */
#include "ref/ref.h"

#include <math.h>
#include <string.h>

struct range {
    int from, to;
};

static struct range range_of(int i, int in, int out) {
    return (struct range){(int)floor((double)i * in / out), (int)ceil((double)(i + 1) * in / out)};
}

static void window(const struct ref_adaptive *d, struct range rows, struct range columns, const double *x,
                   double *y, const double *dy, double *dx) {
    int cells = (rows.to - rows.from) * (columns.to - columns.from);
    for (int r = rows.from; r < rows.to; r++)
        for (int c = columns.from; c < columns.to; c++)
            if (y)
                *y += x[r * d->w + c] / cells;
            else
                dx[r * d->w + c] += *dy / cells;
}

static void visit(const struct ref_adaptive *d, const double *x, double *y, const double *dy, double *dx) {
    for (int64_t plane = 0; plane < (int64_t)d->n * d->c; plane++)
        for (int i = 0; i < d->p; i++)
            for (int j = 0; j < d->q; j++) {
                int64_t in = plane * d->h * d->w, out = (plane * d->p + i) * d->q + j;
                window(d, range_of(i, d->h, d->p), range_of(j, d->w, d->q), x ? x + in : NULL,
                       y ? y + out : NULL, dy ? dy + out : NULL, dx ? dx + in : NULL);
            }
}

void ref_adaptive_forward(const struct ref_adaptive *d, const double *x, double *y) {
    memset(y, 0, sizeof *y * (size_t)((int64_t)d->n * d->c * d->p * d->q));
    visit(d, x, y, NULL, NULL);
}

void ref_adaptive_backward(const struct ref_adaptive *d, const double *dy, double *dx) {
    memset(dx, 0, sizeof *dx * (size_t)((int64_t)d->n * d->c * d->h * d->w));
    visit(d, NULL, NULL, dy, dx);
}
