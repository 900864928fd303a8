/* Observed magnitudes. */
#include "train/quant_observer.h"

#include <math.h>
#include <string.h>

enum { BINS = LN_OBSERVER_BINS, KL_STEP = 16 };

static float top_of(const struct ln_observer *o) {
    return o->width * BINS;
}

static void widen(struct ln_observer *o) {
    for (int i = 0; i < BINS / 2; i++) o->bins[i] = o->bins[2 * i] + o->bins[2 * i + 1];
    memset(o->bins + BINS / 2, 0, BINS / 2 * sizeof *o->bins);
    o->width *= 2;
}

static float largest(struct ln_observer *o, const float *values, size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++) {
        const float x = fabsf(values[i]);
        if (!isfinite(x))
            o->infinite = true;
        else if (x > most)
            most = x;
        o->negative |= values[i] < 0;
    }
    return most;
}

void ln_observer_add(struct ln_observer *o, const float *values, size_t count) {
    const float most = largest(o, values, count);
    if (most > o->most) o->most = most;
    if (o->width == 0 && most > 0) o->width = fmaxf(most * 1.001F / BINS, 1e-36F);
    while (most >= top_of(o) && most > 0) widen(o);
    const float inverse = most > 0 ? 1 / o->width : 0;
    for (size_t i = 0; i < count; i++) {
        const float x = fabsf(values[i]);
        if (!isfinite(x)) continue;
        o->count++;
        if (x == 0) {
            o->zeros++;
            continue;
        }
        const int bin = (int)(x * inverse);
        o->bins[bin < BINS ? bin : BINS - 1]++;
    }
}

static float percentile(const struct ln_observer *o) {
    const double wanted = 0.9999 * (double)o->count;
    uint64_t below = o->zeros;
    int i = 0;
    while (i < BINS && (double)below < wanted) below += o->bins[i++];
    return fminf((float)i * o->width, o->most);
}

/* The Kullback-Leibler divergence of p from q. p: the first `bins` bins, with all larger numbers in the last one. q: these bins
 * merged to `levels` levels, each of which spreads its numbers evenly over its bins that are not empty. */
static double divergence(const struct ln_observer *o, int bins, int levels) {
    uint64_t inside = 0, all = o->count - o->zeros;
    for (int i = 0; i < bins; i++) inside += o->bins[i];
    if (inside == 0) return INFINITY;
    double sum = 0;
    for (int level = 0; level < levels; level++) {
        const int from = level * bins / levels, to = (level + 1) * bins / levels;
        uint64_t numbers = 0;
        int filled = 0;
        for (int i = from; i < to; i++) {
            numbers += o->bins[i];
            filled += o->bins[i] > 0;
        }
        for (int i = from; i < to; i++) {
            const double p = ((double)o->bins[i] + (i == bins - 1 ? (double)(all - inside) : 0)) /
                             (double)all,
                         q = o->bins[i] ? (double)numbers / filled / (double)inside : 1e-9;
            if (p > 0) sum += p * log(p / q);
        }
    }
    return sum;
}

static float least_divergence(const struct ln_observer *o) {
    const int levels = o->negative ? 128 : 256;
    double best = INFINITY;
    int chosen = BINS;
    for (int bins = BINS; bins >= levels; bins -= KL_STEP) {
        const double d = divergence(o, bins, levels);
        if (d < best) {
            best = d;
            chosen = bins;
        }
    }
    return fminf((float)chosen * o->width, o->most);
}

float ln_observer_reach(const struct ln_observer *o, enum ln_quant_method method) {
    if (o->most == 0 || method == LN_QUANT_MINMAX) return o->most;
    const float reach = method == LN_QUANT_PERCENTILE ? percentile(o) : least_divergence(o);
    return reach > 0 ? reach : o->most; /* nearly all numbers are 0 */
}
