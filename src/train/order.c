/* A radix sort by digits of eleven bits, the least significant first. For 1,000 classes it takes a tenth of the time of qsort_r,
 * which was 1 % of resnet18's time for a picture. Few classes are sorted by insertion. */
#include "train/order.h"

#include <string.h>

enum { DIGITS = 3, BITS = 11, BUCKETS = 1 << BITS, FEW = 64 };

/* The key is smaller for a larger logit and, among equal logits, for a smaller label. 0 equals -0. */
static uint64_t key_of(float logit, int label) {
    uint32_t bits;
    logit += 0.0F; /* -0 becomes 0 */
    memcpy(&bits, &logit, sizeof bits);
    bits = bits >> 31 ? bits : ~bits & 0x7fffffff;
    return (uint64_t)bits << 32 | (uint32_t)label;
}

static void insert(uint64_t *keys, int count) {
    for (int i = 1; i < count; i++) {
        const uint64_t key = keys[i];
        int at = i;
        for (; at > 0 && keys[at - 1] > key; at--) keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static uint32_t digit_of(uint64_t key, int digit) {
    return (uint32_t)(key >> (32 + digit * BITS)) & (BUCKETS - 1);
}

/* Returns where the sorted keys are: keys or other. */
static const uint64_t *radix(uint64_t *keys, uint64_t *other, int count) {
    uint32_t places[DIGITS][BUCKETS] = {0};
    for (int i = 0; i < count; i++)
        for (int d = 0; d < DIGITS; d++) places[d][digit_of(keys[i], d)]++;
    for (int d = 0; d < DIGITS; d++) {
        uint32_t before = 0;
        for (int b = 0; b < BUCKETS; b++) {
            const uint32_t here = places[d][b];
            places[d][b] = before;
            before += here;
        }
        for (int i = 0; i < count; i++) other[places[d][digit_of(keys[i], d)]++] = keys[i];
        uint64_t *kept = keys;
        keys = other;
        other = kept;
    }
    return keys;
}

void ln_order(const float *logits, int count, uint64_t *scratch, int *order) {
    const uint64_t *sorted = scratch;
    for (int i = 0; i < count; i++) scratch[i] = key_of(logits[i], i);
    if (count <= FEW)
        insert(scratch, count);
    else
        sorted = radix(scratch, scratch + count, count);
    for (int i = 0; i < count; i++) order[i] = (int)(uint32_t)sorted[i];
}
