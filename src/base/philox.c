/* ln_rng: Philox4x32-10 (Salmon and others, SC 2011, section 4.3) and the distributions drawn from it. */
#include "base/rng.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* Table 2 of the paper: the multipliers; and the Weyl steps of the key, from the golden ratio and sqrt(3). */
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u
enum { PHILOX_ROUNDS = 10 };

void ln_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]) {
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)PHILOX_M0 * x0;
        uint64_t p1 = (uint64_t)PHILOX_M1 * x2;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        x1 = (uint32_t)p1;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = x0, out[1] = x1, out[2] = x2, out[3] = x3;
}

void ln_rng_init(struct ln_rng *rng, uint64_t seed, enum ln_rng_purpose purpose, uint32_t epoch,
                 uint32_t index) {
    *rng = (struct ln_rng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, (uint32_t)purpose, epoch, index},
    };
}

uint32_t ln_rng_u32(struct ln_rng *rng) {
    if (rng->left == 0) {
        ln_philox(rng->key, rng->counter, rng->block);
        rng->counter[0]++;
        rng->left = 4;
    }
    return rng->block[4 - rng->left--];
}

uint64_t ln_rng_u64(struct ln_rng *rng) {
    uint64_t low = ln_rng_u32(rng);
    return (uint64_t)ln_rng_u32(rng) << 32 | low;
}

float ln_rng_float(struct ln_rng *rng) {
    return (float)(ln_rng_u32(rng) >> 8) * 0x1p-24f;
}

double ln_rng_double(struct ln_rng *rng) {
    return (double)(ln_rng_u64(rng) >> 11) * 0x1p-53;
}

double ln_rng_normal(struct ln_rng *rng) {
    double radius = sqrt(-2 * log(1 - ln_rng_double(rng))); /* 1 - u lies in (0, 1] */
    return radius * cos(2 * M_PI * ln_rng_double(rng));
}

/* Lemire, "Fast random integer generation in an interval" (2019), algorithm 5: the high half of a product,
 * redrawn if the low half is one of the 2^32 mod n surplus values. */
uint32_t ln_rng_below(struct ln_rng *rng, uint32_t n) {
    assert(n > 0);
    uint64_t product = (uint64_t)ln_rng_u32(rng) * n;
    if ((uint32_t)product < n) {
        uint32_t surplus = -n % n;
        while ((uint32_t)product < surplus) product = (uint64_t)ln_rng_u32(rng) * n;
    }
    return (uint32_t)(product >> 32);
}

void ln_rng_shuffle(struct ln_rng *rng, uint32_t *items, size_t n) {
    assert(n <= UINT32_MAX);
    for (size_t i = n; i-- > 1;) {
        size_t j = ln_rng_below(rng, (uint32_t)i + 1);
        uint32_t swapped = items[i];
        items[i] = items[j];
        items[j] = swapped;
    }
}
