/* Philox4x32-10 against its authors' known answers (Random123, kat_vectors), named streams, and the
 * distributions against their moments.
 */
#include "base/rng.h"
#include "base_test.h"
#include <math.h>

static void test_known_answers(void **state) {
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } answers[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, /* pi */
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        uint32_t out[4];
        ln_philox(answers[i].key, answers[i].counter, out);
        assert_memory_equal(out, answers[i].out, sizeof out);
    }
}

/* The stream is the blocks at (0, purpose, epoch, index), (1, ...), ... under the seed's two words. */
static void test_stream_is_counter_blocks(void **state) {
    struct ln_rng rng;
    ln_rng_init(&rng, 0x123456789abcdef0, LN_RNG_AUGMENT, 3, 17);
    for (uint32_t block = 0; block < 5; block++) {
        uint32_t out[4];
        ln_philox((uint32_t[]){0x9abcdef0, 0x12345678}, (uint32_t[]){block, LN_RNG_AUGMENT, 3, 17}, out);
        for (int i = 0; i < 4; i++) assert_int_equal(ln_rng_u32(&rng), out[i]);
    }
}

static uint64_t first_of(uint64_t seed, enum ln_rng_purpose purpose, uint32_t epoch, uint32_t index) {
    struct ln_rng rng;
    ln_rng_init(&rng, seed, purpose, epoch, index);
    return ln_rng_u64(&rng);
}

static void test_every_part_of_the_name_matters(void **state) {
    uint64_t first = first_of(1, LN_RNG_ORDER, 2, 3);
    assert_true(first == first_of(1, LN_RNG_ORDER, 2, 3));
    assert_true(first != first_of(2, LN_RNG_ORDER, 2, 3));
    assert_true(first != first_of(1 + ((uint64_t)1 << 32), LN_RNG_ORDER, 2, 3));
    assert_true(first != first_of(1, LN_RNG_INIT, 2, 3));
    assert_true(first != first_of(1, LN_RNG_ORDER, 3, 3));
    assert_true(first != first_of(1, LN_RNG_ORDER, 2, 4));
}

static void test_u64_is_two_words(void **state) {
    struct ln_rng words, doubles;
    ln_rng_init(&words, 5, LN_RNG_DATA, 0, 0);
    ln_rng_init(&doubles, 5, LN_RNG_DATA, 0, 0);
    uint64_t low = ln_rng_u32(&words), high = ln_rng_u32(&words);
    assert_true(ln_rng_u64(&doubles) == (high << 32 | low));
}

enum { DRAWS = 1 << 20 };

static void test_uniform(void **state) {
    struct ln_rng rng;
    ln_rng_init(&rng, 42, LN_RNG_DATA, 0, 0);
    double sum = 0, squares = 0, float_sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        double u = ln_rng_double(&rng);
        float f = ln_rng_float(&rng);
        assert_true(u >= 0 && u < 1 && f >= 0 && f < 1);
        sum += u;
        squares += u * u;
        float_sum += f;
    }
    /* five standard errors: sqrt(1/12)/1024 = 0.00028 and sqrt(4/45)/1024 = 0.00029 */
    assert_true(fabs(sum / DRAWS - 0.5) < 0.0015);
    assert_true(fabs(float_sum / DRAWS - 0.5) < 0.0015);
    assert_true(fabs(squares / DRAWS - 1.0 / 3) < 0.0015);
}

static void test_normal(void **state) {
    struct ln_rng rng;
    ln_rng_init(&rng, 43, LN_RNG_DATA, 0, 0);
    double moment[5] = {0}, within = 0;
    for (int i = 0; i < DRAWS; i++) {
        double z = ln_rng_normal(&rng), power = 1;
        assert_true(isfinite(z));
        for (int k = 1; k < 5; k++) moment[k] += (power *= z) / DRAWS;
        within += (fabs(z) < 1) / (double)DRAWS;
    }
    /* standard errors of the moments: 1, sqrt 2, sqrt 15, sqrt 96, all over 1024; five of them allowed */
    assert_true(fabs(moment[1]) < 0.005);
    assert_true(fabs(moment[2] - 1) < 0.007);
    assert_true(fabs(moment[3]) < 0.019);
    assert_true(fabs(moment[4] - 3) < 0.048);
    assert_true(fabs(within - 0.682689) < 0.0023);
}

static void test_below_is_even(void **state) {
    struct ln_rng rng;
    ln_rng_init(&rng, 44, LN_RNG_DATA, 0, 0);
    int count[7] = {0};
    for (int i = 0; i < 700000; i++) count[ln_rng_below(&rng, 7)]++;
    double chi2 = 0;
    for (int i = 0; i < 7; i++) chi2 += (count[i] - 1e5) * (count[i] - 1e5) / 1e5;
    assert_true(chi2 < 27.9); /* 6 degrees of freedom: 1 in 10,000 */
    for (int i = 0; i < 100; i++) assert_int_equal(ln_rng_below(&rng, 1), 0);
}

/* For n = 3 * 2^30, a multiply and shift without rejection would give every third number twice as often. */
static void test_below_large_is_even(void **state) {
    struct ln_rng rng;
    ln_rng_init(&rng, 45, LN_RNG_DATA, 0, 0);
    const uint32_t n = 3u << 30;
    int third[3] = {0};
    for (int i = 0; i < 300000; i++) {
        uint32_t drawn = ln_rng_below(&rng, n);
        assert_true(drawn < n);
        third[drawn % 3]++;
    }
    for (int i = 0; i < 3; i++) assert_true(abs(third[i] - 100000) < 1300); /* five of sqrt(300000 * 2/9) */
}

static void test_shuffle(void **state) {
    struct ln_rng rng;
    uint32_t items[1000], seen[1000] = {0}, fixed = 0;
    for (uint32_t i = 0; i < 1000; i++) items[i] = i;
    ln_rng_init(&rng, 46, LN_RNG_ORDER, 0, 0);
    ln_rng_shuffle(&rng, items, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        seen[items[i]]++;
        fixed += items[i] == i;
    }
    for (int i = 0; i < 1000; i++) assert_int_equal(seen[i], 1);
    assert_true(fixed < 8);
    ln_rng_shuffle(&rng, items, 1); /* nothing to do, nothing touched */
    ln_rng_shuffle(&rng, NULL, 0);
}

/* Each of the 24 permutations of four items is equally frequent. */
static void test_shuffle_is_even(void **state) {
    struct ln_rng rng;
    int count[256] = {0};
    ln_rng_init(&rng, 47, LN_RNG_ORDER, 0, 0);
    for (int i = 0; i < 240000; i++) {
        uint32_t items[4] = {0, 1, 2, 3};
        ln_rng_shuffle(&rng, items, 4);
        count[items[0] << 6 | items[1] << 4 | items[2] << 2 | items[3]]++;
    }
    double chi2 = 0;
    int orders = 0;
    for (int i = 0; i < 256; i++) {
        if (!count[i]) continue;
        orders++;
        chi2 += (count[i] - 1e4) * (count[i] - 1e4) / 1e4;
    }
    assert_int_equal(orders, 24);
    assert_true(chi2 < 56); /* 23 degrees of freedom: 1 in 7,000 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_stream_is_counter_blocks),
        cmocka_unit_test(test_every_part_of_the_name_matters),
        cmocka_unit_test(test_u64_is_two_words),
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_below_is_even),
        cmocka_unit_test(test_below_large_is_even),
        cmocka_unit_test(test_shuffle),
        cmocka_unit_test(test_shuffle_is_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
