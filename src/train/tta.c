/* The mean of two predictions. With z = log(sum of exp(a / T)) the log-probabilities are a / T - z, and
 *
 *   mean / T = log((exp(a / T - z_a) + exp(b / T - z_b)) / 2) + (z_a + z_b) / 2
 *
 * The first term is the log of the mean probability; the second is the same for all classes, so that it changes no
 * probability, and makes the energy -T log(sum of exp(mean / T)) the mean of the two.
 */
#include "train/tta.h"

#include <math.h>

void ln_tta_mirror(const float *in, size_t rows, size_t width, float *out) {
    for (size_t y = 0; y < rows; y++, in += width, out += width)
        for (size_t x = 0; x < width; x++) out[x] = in[width - 1 - x];
}

static double log_sum_exp(const float *logits, size_t classes, double temperature) {
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < classes; i++) most = fmax(most, (double)logits[i]);
    for (size_t i = 0; i < classes; i++) sum += exp(((double)logits[i] - most) / temperature);
    return most / temperature + log(sum);
}

static void mean_of_row(float *a, const float *b, size_t classes, double temperature) {
    const double za = log_sum_exp(a, classes, temperature), zb = log_sum_exp(b, classes, temperature);
    for (size_t i = 0; i < classes; i++) {
        const double pa = (double)a[i] / temperature - za, pb = (double)b[i] / temperature - zb;
        const double mean = fmax(pa, pb) + log1p(exp(-fabs(pa - pb))) - log(2);
        a[i] = (float)(temperature * (mean + (za + zb) / 2));
    }
}

void ln_tta_mean(float *logits, const float *mirrored, size_t rows, size_t classes, double temperature) {
    for (size_t i = 0; i < rows; i++)
        mean_of_row(logits + i * classes, mirrored + i * classes, classes, temperature);
}
