/* loss = mean over counted rows of - sum over k of t[k] log p[k];  dx = (p - t) / rows. */
#include "ref/ref.h"

#include <math.h>

static double target(int j, int32_t label, int k, double smoothing) {
    return (j == label ? 1 - smoothing : 0) + smoothing / k;
}

double ref_softmax_xent(int n, int k, const double *x, const int32_t *labels, double smoothing, double *dx) {
    double loss = 0;
    int rows = 0;
    for (int i = 0; i < n; i++) rows += labels[i] >= 0;
    for (int i = 0; i < n; i++) {
        const double *row = x + (int64_t)i * k;
        double top = row[0], sum = 0;
        for (int j = 0; j < k; j++) top = fmax(top, row[j]);
        for (int j = 0; j < k; j++) sum += exp(row[j] - top);
        for (int j = 0; j < k; j++) {
            double log_p = row[j] - top - log(sum), t = target(j, labels[i], k, smoothing);
            bool counts = labels[i] >= 0;
            if (counts) loss -= t * log_p / rows;
            if (dx) dx[(int64_t)i * k + j] = counts ? (exp(log_p) - t) / rows : 0;
        }
    }
    return loss;
}

/* loss = - sum over rows and k of w[k] t[k] log p[k] / sum of w[label], each row's slope by the chain rule. */
double ref_weighted_xent(int n, int k, const double *x, const int32_t *labels, const float *weights,
                         double smoothing, double *dx) {
    double loss = 0, all = 0;
    for (int i = 0; i < n; i++) all += labels[i] >= 0 ? weights[labels[i]] : 0;
    for (int i = 0; i < n; i++) {
        const double *row = x + (int64_t)i * k;
        double sum = 0, top = row[0];
        for (int j = 0; j < k; j++) top = fmax(top, row[j]);
        for (int j = 0; j < k; j++) sum += exp(row[j] - top);
        for (int m = 0; m < k && dx; m++) dx[(int64_t)i * k + m] = 0;
        for (int j = 0; j < k && labels[i] >= 0; j++) {
            const double c = weights[j] * target(j, labels[i], k, smoothing) / all;
            loss -= c * (row[j] - top - log(sum));
            for (int m = 0; m < k && dx; m++)
                dx[(int64_t)i * k + m] += c * (exp(row[m] - top) / sum - (m == j));
        }
    }
    return loss;
}
