/* Batch normalisation with the statistics of the batch. */
#include "ref/ref.h"

#include <math.h>

/* Element i of a channel: image i / pixels, pixel i % pixels. */
static int64_t at(const struct ref_batchnorm *d, int c, int64_t i) {
    return (i / d->pixels * d->c + c) * d->pixels + i % d->pixels;
}

static void moments(const struct ref_batchnorm *d, const double *x, int c, double *mean, double *var) {
    int64_t m = (int64_t)d->n * d->pixels;
    *mean = *var = 0;
    for (int64_t i = 0; i < m; i++) *mean += x[at(d, c, i)] / (double)m;
    for (int64_t i = 0; i < m; i++) *var += pow(x[at(d, c, i)] - *mean, 2) / (double)m;
}

void ref_batchnorm_forward(const struct ref_batchnorm *d, const double *x, const double *weight,
                           const double *bias, double *y) {
    for (int c = 0; c < d->c; c++) {
        double mean, var;
        moments(d, x, c, &mean, &var);
        for (int64_t i = 0; i < (int64_t)d->n * d->pixels; i++)
            y[at(d, c, i)] = (x[at(d, c, i)] - mean) / sqrt(var + d->eps) * weight[c] + bias[c];
    }
}

void ref_batchnorm_track(const struct ref_batchnorm *d, const double *x, double *running_mean,
                         double *running_var) {
    double m = (double)d->n * d->pixels;
    for (int c = 0; c < d->c; c++) {
        double mean, var;
        moments(d, x, c, &mean, &var);
        running_mean[c] += d->momentum * (mean - running_mean[c]);
        running_var[c] += d->momentum * (var * m / (m - 1) - running_var[c]);
    }
}

void ref_batchnorm_backward(const struct ref_batchnorm *d, const double *x, const double *weight,
                            const double *dy, double *dx, double *dweight, double *dbias) {
    double m = (double)d->n * d->pixels;
    for (int c = 0; c < d->c; c++) {
        double mean, var, sum = 0, dot = 0;
        moments(d, x, c, &mean, &var);
        for (int64_t i = 0; i < (int64_t)m; i++) {
            sum += dy[at(d, c, i)];
            dot += dy[at(d, c, i)] * (x[at(d, c, i)] - mean) / sqrt(var + d->eps);
        }
        for (int64_t i = 0; i < (int64_t)m; i++) {
            double normal = (x[at(d, c, i)] - mean) / sqrt(var + d->eps);
            dx[at(d, c, i)] = weight[c] / sqrt(var + d->eps) * (dy[at(d, c, i)] - sum / m - normal * dot / m);
        }
        dweight[c] = dot;
        dbias[c] = sum;
    }
}

void ref_batchnorm_infer(const struct ref_batchnorm *d, const double *x, const double *weight,
                         const double *bias, const double *mean, const double *var, double *y) {
    for (int c = 0; c < d->c; c++)
        for (int64_t i = 0; i < (int64_t)d->n * d->pixels; i++)
            y[at(d, c, i)] = (x[at(d, c, i)] - mean[c]) / sqrt(var[c] + d->eps) * weight[c] + bias[c];
}

void ref_batchnorm_infer_backward(const struct ref_batchnorm *d, const double *weight, const double *var,
                                  const double *dy, double *dx) {
    for (int c = 0; c < d->c; c++)
        for (int64_t i = 0; i < (int64_t)d->n * d->pixels; i++)
            dx[at(d, c, i)] = dy[at(d, c, i)] * weight[c] / sqrt(var[c] + d->eps);
}
