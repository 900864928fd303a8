/* Activations. */
#include "ref/ref.h"

#include <math.h>

void ref_relu_forward(int64_t count, const double *x, double *y) {
    for (int64_t i = 0; i < count; i++) y[i] = x[i] > 0 ? x[i] : 0;
}

void ref_relu_backward(int64_t count, const double *x, const double *dy, double *dx) {
    for (int64_t i = 0; i < count; i++) dx[i] = x[i] > 0 ? dy[i] : 0;
}

void ref_tanh_forward(int64_t count, const double *x, double *y) {
    for (int64_t i = 0; i < count; i++) y[i] = tanh(x[i]);
}

void ref_tanh_backward(int64_t count, const double *x, const double *dy, double *dx) {
    for (int64_t i = 0; i < count; i++) dx[i] = dy[i] / (cosh(x[i]) * cosh(x[i]));
}

void ref_relu6_forward(int64_t count, const double *x, double *y) {
    for (int64_t i = 0; i < count; i++) y[i] = fmin(fmax(x[i], 0), 6);
}

void ref_relu6_backward(int64_t count, const double *x, const double *dy, double *dx) {
    for (int64_t i = 0; i < count; i++) dx[i] = x[i] > 0 && x[i] < 6 ? dy[i] : 0;
}

void ref_silu_forward(int64_t count, const double *x, double *y) {
    for (int64_t i = 0; i < count; i++) y[i] = x[i] / (1 + exp(-x[i]));
}

void ref_silu_backward(int64_t count, const double *x, const double *dy, double *dx) {
    for (int64_t i = 0; i < count; i++) {
        double s = 1 / (1 + exp(-x[i]));
        dx[i] = dy[i] * s * (1 + x[i] * (1 - s));
    }
}
