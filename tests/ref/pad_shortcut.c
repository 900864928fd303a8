/* The subsampled input with zeros as further channels. */
#include "ref/ref.h"

#include <string.h>

typedef void visit_fn(int64_t y, int64_t x, const double *from, double *to);

static void to_y(int64_t y, int64_t x, const double *from, double *to) {
    to[y] = from[x];
}

static void to_x(int64_t y, int64_t x, const double *from, double *to) {
    to[x] = from[y];
}

static void each(const struct ref_pad_shortcut *d, visit_fn *visit, const double *from, double *to) {
    for (int n = 0; n < d->n; n++)
        for (int c = 0; c < d->c; c++)
            for (int p = 0; p < d->p; p++)
                for (int q = 0; q < d->q; q++)
                    visit((((int64_t)n * d->k + c) * d->p + p) * d->q + q,
                          (((int64_t)n * d->c + c) * d->h + p * d->stride[0]) * d->w + q * d->stride[1], from,
                          to);
}

void ref_pad_shortcut_forward(const struct ref_pad_shortcut *d, const double *x, double *y) {
    memset(y, 0, sizeof *y * (size_t)((int64_t)d->n * d->k * d->p * d->q));
    each(d, to_y, x, y);
}

void ref_pad_shortcut_backward(const struct ref_pad_shortcut *d, const double *dy, double *dx) {
    memset(dx, 0, sizeof *dx * (size_t)((int64_t)d->n * d->c * d->h * d->w));
    each(d, to_x, dy, dx);
}
