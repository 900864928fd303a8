/* y[n,k] = b[k] + sum over c of x[n,c] w[k,c]. */
#include "ref/ref.h"

#include <string.h>

void ref_linear_forward(const struct ref_linear *d, const double *x, const double *w, const double *b,
                        double *y) {
    for (int n = 0; n < d->n; n++)
        for (int k = 0; k < d->k; k++) {
            double sum = b ? b[k] : 0;
            for (int c = 0; c < d->c; c++) sum += x[n * d->c + c] * w[k * d->c + c];
            y[n * d->k + k] = sum;
        }
}

void ref_linear_backward(const struct ref_linear *d, const double *x, const double *w, const double *dy,
                         double *dx, double *dw, double *db) {
    if (dx) memset(dx, 0, sizeof *dx * (size_t)d->n * (size_t)d->c);
    if (dw) memset(dw, 0, sizeof *dw * (size_t)d->k * (size_t)d->c);
    if (db) memset(db, 0, sizeof *db * (size_t)d->k);
    for (int n = 0; n < d->n; n++)
        for (int k = 0; k < d->k; k++) {
            double dyk = dy[n * d->k + k];
            if (db) db[k] += dyk;
            for (int c = 0; c < d->c; c++) {
                if (dx) dx[n * d->c + c] += dyk * w[k * d->c + c];
                if (dw) dw[k * d->c + c] += dyk * x[n * d->c + c];
            }
        }
}
