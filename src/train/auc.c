/* AUC by mid-ranks, and its interval by the variance of DeLong, DeLong and Clarke-Pearson, "Comparing the
 * areas under two or more correlated receiver operating characteristic curves", Biometrics 44 (1988),
 * computed from ranks in O(n log n) after Sun and Xu, "Fast implementation of DeLong's algorithm", IEEE
 * Signal Processing Letters 21 (2014), section III.
 *
 * With m positive and n negative images, and R(x) the mid-rank of x among all of them, P(x) among its own
 * class:
 *     AUC   = (sum of R(x) over the positives - m (m + 1) / 2) / (m n)
 *     V10_i = (R(x_i) - P(x_i)) / n          share of the negatives below positive i
 *     V01_j = 1 - (R(y_j) - P(y_j)) / m      share of the positives above negative j
 *     var   = var(V10) / m + var(V01) / n    sample variances
 */
#include "train/auc.h"
#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

struct ranked {
    double score;
    int32_t label;
    double all, own; /* mid-ranks from 1: among all images, among those of its class */
};

static int by_score(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    return x->score < y->score ? -1 : x->score > y->score;
}

/* Items with equal scores share the mean of the ranks that they occupy. */
static void rank(struct ranked *items, size_t count) {
    size_t before[2] = {0, 0};
    for (size_t first = 0, last; first < count; first = last) {
        size_t tied[2] = {0, 0};
        for (last = first; last < count && items[last].score == items[first].score; last++)
            tied[items[last].label]++;
        for (size_t i = first; i < last; i++) {
            const int32_t k = items[i].label;
            items[i].all = (double)first + (double)(last - first + 1) / 2;
            items[i].own = (double)before[k] + (double)(tied[k] + 1) / 2;
        }
        before[0] += tied[0];
        before[1] += tied[1];
    }
}

/* Sum of squared deviations of the placements V of one class from their mean, which is the AUC. */
static double squares(const struct ranked *items, size_t count, int32_t label, double others, double auc) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double share = (items[i].all - items[i].own) / others;
        const double deviation = (label ? share : 1 - share) - auc;
        if (items[i].label == label) sum += deviation * deviation;
    }
    return sum;
}

/* The normal approximation may leave [0, 1], where an AUC cannot be, so it is clamped. */
static void interval(const struct ranked *items, size_t count, double m, double n, struct ln_auc *auc) {
    const double z = 1.959963984540054; /* the normal distribution's 97.5 % point */
    if (m < 2 || n < 2) return;
    const double variance = squares(items, count, 1, n, auc->value) / (m - 1) / m +
                            squares(items, count, 0, m, auc->value) / (n - 1) / n;
    if (variance <= 0) return;
    auc->low = fmax(auc->value - z * sqrt(variance), 0);
    auc->high = fmin(auc->value + z * sqrt(variance), 1);
}

int ln_auc_compute(const double *scores, const int32_t *labels, size_t count, struct ln_auc *auc) {
    struct ranked *items = ln_calloc(count, sizeof *items);
    double positives = 0, sum = 0;
    if (!items) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < count; i++) items[i] = (struct ranked){.score = scores[i], .label = labels[i]};
    qsort(items, count, sizeof *items, by_score);
    rank(items, count);
    for (size_t i = 0; i < count; i++) {
        positives += items[i].label;
        sum += items[i].label ? items[i].all : 0;
    }
    const double negatives = (double)count - positives;
    *auc = (struct ln_auc){NAN, NAN, NAN};
    if (positives > 0 && negatives > 0) {
        auc->value = (sum - positives * (positives + 1) / 2) / (positives * negatives);
        interval(items, count, positives, negatives, auc);
    }
    ln_free(items);
    return LINNET_OK;
}
