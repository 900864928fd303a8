/* ln_mt: MT19937 (Matsumoto and Nishimura 1998; seeding of 2002), used as Python's random module uses it. */
#include "base/rng.h"
#include <assert.h>

enum { N = 624, M = 397 };

static void state_init(uint32_t state[N], uint32_t seed) {
    state[0] = seed;
    for (uint32_t i = 1; i < N; i++) state[i] = 1812433253u * (state[i - 1] ^ state[i - 1] >> 30) + i;
}

/* i cycles through the state without word 0, which takes a copy of the last word after each cycle. */
static uint32_t next_index(uint32_t state[N], uint32_t i) {
    if (++i < N) return i;
    state[0] = state[N - 1];
    return 1;
}

/* init_by_array with the words of the seed as the key: one word below 2^32, else two. */
void ln_mt_seed(struct ln_mt *mt, uint64_t seed) {
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t words = key[1] ? 2 : 1;
    uint32_t *state = mt->state;
    uint32_t i = 1;
    state_init(state, 19650218u);
    for (uint32_t k = 0; k < N; k++) {
        state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) * 1664525u) + key[k % words] + k % words;
        i = next_index(state, i);
    }
    for (uint32_t k = 1; k < N; k++) {
        state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) * 1566083941u) - i;
        i = next_index(state, i);
    }
    state[0] = 0x80000000u;
    mt->at = N;
}

/* The recurrence, x[k+n] = x[k+m] ^ (upper bit of x[k] | lower bits of x[k+1]) A, for all n words. */
static void state_advance(uint32_t state[N]) {
    for (uint32_t k = 0; k < N; k++) {
        uint32_t y = (state[k] & 0x80000000u) | (state[(k + 1) % N] & 0x7fffffffu);
        state[k] = state[(k + M) % N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
}

uint32_t ln_mt_u32(struct ln_mt *mt) {
    if (mt->at >= N) {
        state_advance(mt->state);
        mt->at = 0;
    }
    uint32_t y = mt->state[mt->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

/* _randbelow: as many top bits as n has, drawn again until they are below n. */
uint32_t ln_mt_below(struct ln_mt *mt, uint32_t n) {
    assert(n > 0);
    int shift = __builtin_clz(n);
    uint32_t drawn;
    do drawn = ln_mt_u32(mt) >> shift;
    while (drawn >= n);
    return drawn;
}

void ln_mt_shuffle(struct ln_mt *mt, uint32_t *items, size_t n) {
    assert(n <= UINT32_MAX);
    for (size_t i = n; i-- > 1;) {
        size_t j = ln_mt_below(mt, (uint32_t)i + 1);
        uint32_t swapped = items[i];
        items[i] = items[j];
        items[j] = swapped;
    }
}
