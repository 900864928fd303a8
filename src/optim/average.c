/* The average is updated in one pass over flat memory, in the same order as the weights. */
#include "optim/average.h"
#include "base/alloc.h"
#include "base/simd.h"

#include <string.h>

enum { PART = 16384 };

int ln_average_init(struct ln_average *a, float *weights, size_t count, double decay) {
    *a = (struct ln_average){ln_alloc(count * sizeof *weights), weights, count, decay};
    if (!a->values) return LINNET_ERR_LIMIT;
    memcpy(a->values, weights, count * sizeof *weights);
    return LINNET_OK;
}

void ln_average_fini(struct ln_average *a) {
    ln_free(a->values);
}

static size_t part_of(const struct ln_average *a, size_t from) {
    return a->count - from < PART ? a->count - from : PART;
}

LN_KERNEL(void, pull, (float *a, const float *w, float share, size_t n), (a, w, share, n)) {
    for (size_t i = 0; i < n; i++) a[i] += share * (w[i] - a[i]);
}

void ln_average_update(const struct ln_average *a, uint64_t t) {
    if (!a->values) return;
    const double young = (1 + (double)t) / (10 + (double)t);
    const float share = (float)(1 - (young < a->decay ? young : a->decay));
#pragma omp parallel for schedule(static)
    for (size_t from = 0; from < a->count; from += PART)
        pull(a->values + from, a->weights + from, share, part_of(a, from));
}

static void swap(float *a, float *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

void ln_average_swap(const struct ln_average *a, size_t first, size_t end) {
    if (!a->values) return;
    for (size_t from = first; from < end; from += PART)
        swap(a->values + from, a->weights + from, end - from < PART ? end - from : PART);
}
