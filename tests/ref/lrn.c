/* Local response normalisation, by the formulas in src/op/lrn.c; every window is summed from scratch. */
#include "ref/ref.h"

#include <math.h>
#include <string.h>

/* x[c] of pixel `at` has index at + c * d->pixels. */
static double base_of(const struct ref_lrn *d, const double *x, int c) {
    double sum = 0;
    for (int j = c - d->size / 2; j <= c + (d->size - 1) / 2; j++)
        if (j >= 0 && j < d->c) sum += x[(int64_t)j * d->pixels] * x[(int64_t)j * d->pixels];
    return d->k + d->alpha / d->size * sum;
}

void ref_lrn_forward(const struct ref_lrn *d, const double *x, double *y) {
    for (int n = 0; n < d->n; n++)
        for (int p = 0; p < d->pixels; p++) {
            int64_t at = (int64_t)n * d->c * d->pixels + p;
            for (int c = 0; c < d->c; c++) {
                int64_t i = at + (int64_t)c * d->pixels;
                y[i] = x[i] * pow(base_of(d, x + at, c), -d->beta);
            }
        }
}

/* Adds the contribution of dy[c] to the gradient of each x[j] in its window. */
static void spread(const struct ref_lrn *d, const double *x, double dy, int c, double *dx) {
    double s = base_of(d, x, c), xc = x[(int64_t)c * d->pixels];
    dx[(int64_t)c * d->pixels] += dy * pow(s, -d->beta);
    for (int j = c - d->size / 2; j <= c + (d->size - 1) / 2; j++)
        if (j >= 0 && j < d->c)
            dx[(int64_t)j * d->pixels] -=
                dy * xc * d->beta * pow(s, -d->beta - 1) * d->alpha / d->size * 2 * x[(int64_t)j * d->pixels];
}

void ref_lrn_backward(const struct ref_lrn *d, const double *x, const double *dy, double *dx) {
    memset(dx, 0, sizeof *dx * (size_t)((int64_t)d->n * d->c * d->pixels));
    for (int n = 0; n < d->n; n++)
        for (int p = 0; p < d->pixels; p++) {
            int64_t at = (int64_t)n * d->c * d->pixels + p;
            for (int c = 0; c < d->c; c++) spread(d, x + at, dy[at + (int64_t)c * d->pixels], c, dx + at);
        }
}
