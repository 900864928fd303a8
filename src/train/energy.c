/* The energy of an image, and the threshold from those of many. */
#include "train/energy.h"
#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

/* As in a softmax, the largest logit is taken out of the sum, so that exp() cannot overflow. */
double ln_energy(const float *logits, int classes, double temperature) {
    const double top = logits[ln_argmax(logits, classes)];
    double sum = 0;
    for (int k = 0; k < classes; k++) sum += exp((logits[k] - top) / temperature);
    return -(top + temperature * log(sum));
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int ln_unknown_energy_fit(const struct ln_scores *s, double temperature, double *energy) {
    *energy = INFINITY;
    if (s->count < LN_ENERGY_LEAST_IMAGES) return LINNET_OK;
    double *all = ln_calloc(s->count, sizeof *all);
    if (!all) return LINNET_ERR_LIMIT;
    bool finite = true;
    for (size_t i = 0; i < s->count; i++) {
        all[i] = ln_energy(s->logits + i * (size_t)s->classes, s->classes, temperature);
        finite &= isfinite(all[i]) != 0;
    }
    qsort(all, s->count, sizeof *all, by_value);
    /* The smallest count of images that is at least 95 %: 19 of 20, 96 of 101. */
    if (finite) *energy = all[(s->count * 19 + 19) / 20 - 1];
    ln_free(all);
    return LINNET_OK;
}
