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
