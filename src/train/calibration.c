/* Expected calibration error, and the temperature.
 *
 * With b = 1 / T, the cross-entropy of one image is log(sum of exp(b z_k)) - b z_label: a log-sum-exp of
 * linear functions, so convex in b, with
 *     first derivative   E[z] - z_label     under p = softmax(b z)
 *     second derivative  Var[z]
 * and the prior adds (b - expected)^2 / (2 s^2). Newton's method finds the minimum of the sum. A step that would leave
 * the interval known to contain the minimum is replaced by the interval's geometric mean.
 */
#include "train/calibration.h"

#include <math.h>
#include <string.h>

bool ln_calibration_fill(const struct ln_scores *s, double temperature,
                         struct ln_calibration_bin bins[LN_CALIBRATION_BINS]) {
    memset(bins, 0, LN_CALIBRATION_BINS * sizeof *bins);
    for (size_t i = 0; i < s->count; i++) {
        const float *row = s->logits + i * (size_t)s->classes;
        const int predicted = ln_argmax(row, s->classes), right = predicted == s->labels[i];
        double sum = 0;
        for (int k = 0; k < s->classes; k++) sum += exp(((double)row[k] - row[predicted]) / temperature);
        const double probability = 1 / sum;
        if (!(probability > 0)) return false; /* nan: the conversion to int is undefined */
        int bin = (int)ceil(probability * LN_CALIBRATION_BINS) - 1; /* a bin is open below, closed above */
        if (bin >= LN_CALIBRATION_BINS) bin = LN_CALIBRATION_BINS - 1;
        bins[bin].count++;
        bins[bin].right += right;
        bins[bin].probability += probability;
        bins[bin].gap += right - probability;
    }
    return true;
}

double ln_calibration_error(const struct ln_scores *s, double temperature) {
    struct ln_calibration_bin bins[LN_CALIBRATION_BINS];
    double error = 0;
    if (!ln_calibration_fill(s, temperature, bins)) return NAN;
    for (int b = 0; b < LN_CALIBRATION_BINS; b++) error += fabs(bins[b].gap);
    return s->count ? error / (double)s->count : NAN;
}

/* Derivatives of the sum by b. */
struct slope {
    double first, second;
};

static void add_image(struct slope *total, const float *z, int classes, int32_t label, double b) {
    const double top = z[ln_argmax(z, classes)];
    double sum = 0, mean = 0, square = 0; /* of exp, and of z - top under p */
    for (int k = 0; k < classes; k++) {
        const double shifted = z[k] - top, weight = exp(b * shifted);
        sum += weight;
        mean += weight * shifted;
        square += weight * shifted * shifted;
    }
    mean /= sum;
    total->first += mean - (z[label] - top);
    total->second += square / sum - mean * mean;
}

static struct slope slope_at(const struct ln_scores *s, double b, double expected) {
    static const double deviation = 0.3;
    const double weight = 1 / (deviation * deviation);
    struct slope total = {(b - expected) * weight, weight};
    for (size_t i = 0; i < s->count; i++)
        add_image(&total, s->logits + i * (size_t)s->classes, s->classes, s->labels[i], b);
    return total;
}

double ln_inverse_temperature_expected(double label_smoothing) {
    return 1 + 10 * label_smoothing;
}

double ln_temperature_fit(const struct ln_scores *s, double expected) {
    enum { STEPS_MOST = 100 };
    double low = 1 / LN_TEMPERATURE_MOST, high = 1 / LN_TEMPERATURE_LEAST, b = 1;
    if (s->count == 0) return 1;
    if (slope_at(s, low, expected).first >= 0) return LN_TEMPERATURE_MOST;
    if (slope_at(s, high, expected).first <= 0) return LN_TEMPERATURE_LEAST;
    for (int i = 0; i < STEPS_MOST; i++) {
        const struct slope at = slope_at(s, b, expected);
        if (!isfinite(at.first)) return 1;
        if (at.first > 0)
            high = b;
        else
            low = b;
        double next = b - at.first / at.second;
        if (!(next > low && next < high)) next = sqrt(low * high);
        const bool done = fabs(next - b) <= 1e-10 * b;
        b = next;
        if (done) break;
    }
    return 1 / b;
}
