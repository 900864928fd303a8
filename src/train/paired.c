/* Paired accuracies. */
#include "train/paired.h"

#include <math.h>
#include <string.h>

int ln_paired_of(struct ln_paired *p, const struct ln_scores *a, const struct ln_scores *b) {
    const size_t classes = (size_t)a->classes;
    *p = (struct ln_paired){.count = (int64_t)a->count};
    if (a->count != b->count || memcmp(a->indices, b->indices, a->count * sizeof *a->indices) != 0)
        return ln_fail(LINNET_ERR_IO, "data-lost",
                       "the two models were not evaluated on the same images: some could no longer be read");
    for (size_t i = 0; i < a->count; i++) {
        const bool right = ln_argmax(a->logits + i * classes, a->classes) == a->labels[i],
                   other = ln_argmax(b->logits + i * classes, a->classes) == a->labels[i];
        p->correct += right;
        p->other += other;
        p->only += right && !other;
        p->only_other += other && !right;
    }
    return LINNET_OK;
}

void ln_paired_gain(const struct ln_paired *p, double *gain, double *low, double *high) {
    const double n = (double)p->count + 2, b = (double)p->only + 0.5, c = (double)p->only_other + 0.5,
                 middle = (b - c) / n, error = 1.959963985 * sqrt(b + c - (b - c) * (b - c) / n) / n;
    *gain = p->count ? (double)(p->correct - p->other) / (double)p->count : 0;
    *low = p->count ? fmax(middle - error, -1) : 0;
    *high = p->count ? fmin(middle + error, 1) : 0;
}
