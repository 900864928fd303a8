/* Random numbers.
 *
 * ln_rng: Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3" (SC 2011), section 4.3. A stream is named, not stored: key = seed, counter =
 * (purpose, epoch, index), so that the numbers of image 17 in epoch 3 are the same in every thread and
 * order.
 *
 * ln_mt: MT19937 as Python's random module uses it (seed by init_by_array, shuffle by _randbelow), for
 * splits that agree with Python's to the item. Matsumoto and Nishimura, "Mersenne Twister" (1998).
 */
#ifndef LN_BASE_RNG_H
#define LN_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What a stream is for; streams of different purposes share no numbers. */
enum ln_rng_purpose {
    LN_RNG_INIT = 1, /* initial weights: index = parameter */
    LN_RNG_ORDER,    /* the order of an epoch */
    LN_RNG_AUGMENT,  /* one image's augmentation: index = image */
    LN_RNG_DROPOUT,  /* index = node, epoch = step */
    LN_RNG_BATCH,    /* mixup and cutmix: index = batch */
    LN_RNG_DATA,     /* synthetic data */
};

struct ln_rng {
    uint32_t key[2];
    uint32_t counter[4]; /* counter[0] counts blocks of four words */
    uint32_t block[4];
    unsigned left; /* unused words in block */
};

void ln_rng_init(struct ln_rng *rng, uint64_t seed, enum ln_rng_purpose purpose, uint32_t epoch,
                 uint32_t index);
uint32_t ln_rng_u32(struct ln_rng *rng);
uint64_t ln_rng_u64(struct ln_rng *rng);
float ln_rng_float(struct ln_rng *rng);                             /* [0, 1), 24 bits */
double ln_rng_double(struct ln_rng *rng);                           /* [0, 1), 53 bits */
double ln_rng_normal(struct ln_rng *rng);                           /* mean 0, variance 1 (Box and Muller) */
uint32_t ln_rng_below(struct ln_rng *rng, uint32_t n);              /* 0 .. n-1 without bias; n > 0 */
void ln_rng_shuffle(struct ln_rng *rng, uint32_t *items, size_t n); /* Fisher and Yates */

/* One block of Philox4x32-10, for loops that keep their own counter (dropout). */
void ln_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

struct ln_mt {
    uint32_t state[624];
    unsigned at;
};

void ln_mt_seed(struct ln_mt *mt, uint64_t seed);   /* Python: random.seed(seed) for a seed >= 0 */
uint32_t ln_mt_u32(struct ln_mt *mt);               /* getrandbits(32) */
uint32_t ln_mt_below(struct ln_mt *mt, uint32_t n); /* _randbelow(n), n > 0 */
void ln_mt_shuffle(struct ln_mt *mt, uint32_t *items, size_t n); /* random.shuffle */

#endif
