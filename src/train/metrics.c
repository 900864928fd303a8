/* Counting, with sums in double: a million losses in single precision would lose their last three digits. */
#include "train/metrics.h"

#include <math.h>

int ln_argmax(const float *values, int count) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

/* log of the sum of exp(x[i] / temperature). The largest one is taken out first, so that exp() cannot
 * overflow. */
static double log_sum_exp(const float *x, int classes, double temperature) {
    double top = x[ln_argmax(x, classes)] / temperature, sum = 0;
    for (int i = 0; i < classes; i++) sum += exp(x[i] / temperature - top);
    return top + log(sum);
}

void ln_softmax(const float *logits, int classes, double temperature, float *probabilities) {
    double log_sum = log_sum_exp(logits, classes, temperature);
    for (int i = 0; i < classes; i++) probabilities[i] = (float)exp(logits[i] / temperature - log_sum);
}

double ln_log_softmax(const float *logits, int classes, int label) {
    return logits[label] - log_sum_exp(logits, classes, 1);
}

/* top5 counts the classes with larger logits instead of sorting them; an equal logit counts for the label. */
void ln_tally_add(struct ln_tally *tally, const float *logits, int classes, int32_t label) {
    int larger = 0;
    for (int i = 0; i < classes; i++) larger += logits[i] > logits[label];
    tally->count++;
    tally->correct += ln_argmax(logits, classes) == label;
    tally->top5 += larger < 5;
    tally->loss += log_sum_exp(logits, classes, 1) - logits[label];
}

/* The loss of two labels is share * (L - z_a) + (1 - share) * (L - z_b), L the log-sum-exp: ln_tally_add has
 * counted L - z for the label with the larger share, and the difference to the other one is added. */
void ln_tally_add_mixed(struct ln_tally *tally, const float *logits, int classes, int32_t label,
                        int32_t other, float share) {
    const bool first = other < 0 || share >= 0.5F;
    ln_tally_add(tally, logits, classes, first ? label : other);
    if (other < 0) return;
    const int32_t lesser = first ? other : label, larger = first ? label : other;
    const double lesser_share = first ? 1.0 - share : share;
    tally->loss += lesser_share * ((double)logits[larger] - logits[lesser]);
}

static double mean(double sum, int64_t count) {
    return count > 0 ? sum / (double)count : NAN;
}

double ln_tally_loss(const struct ln_tally *tally) {
    return mean(tally->loss, tally->count);
}

double ln_tally_acc(const struct ln_tally *tally) {
    return mean((double)tally->correct, tally->count);
}

double ln_tally_top5(const struct ln_tally *tally, int classes) {
    return classes < 5 ? NAN : mean((double)tally->top5, tally->count);
}

void ln_wilson(int64_t correct, int64_t count, double *low, double *high) {
    const double z = 1.959963984540054; /* the normal distribution's 97.5 % point */
    if (count == 0) {
        *low = *high = NAN;
        return;
    }
    double n = (double)count, p = (double)correct / n;
    double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    *low = correct > 0 ? middle - half : 0; /* exactly: rounding must not leave 1e-17 */
    *high = correct < count ? middle + half : 1;
}

static double share(int64_t part, int64_t whole) {
    return whole ? (double)part / (double)whole : (double)NAN;
}

struct linnet_class_metrics ln_class_metrics(const struct linnet_metrics *m, int label) {
    const int64_t *row = m->confusion + (size_t)label * (size_t)m->classes, right = row[label];
    struct linnet_class_metrics c = {0};
    for (int i = 0; i < m->classes; i++) {
        c.count += row[i];
        c.predicted += m->confusion[(size_t)i * (size_t)m->classes + (size_t)label];
    }
    c.precision = share(right, c.predicted);
    c.recall = share(right, c.count);
    c.f1 = share(2 * right, c.count + c.predicted);
    return c;
}
