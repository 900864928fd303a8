/* Histograms of magnitudes, and the range that 8 bits should cover. */
#include "unit/base/base_test.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "train/quant_observer.h"

#include <math.h>

static struct ln_observer *observer(void) {
    struct ln_observer *o = ln_calloc(1, sizeof *o);
    assert_non_null(o);
    return o;
}

/* Numbers of any size fit: bins are merged, and none is lost. */
static void test_growth(void **state) {
    struct ln_observer *o = observer();
    for (int i = -20; i <= 20; i++) ln_observer_add(o, (float[]){0, ldexpf(1, i), -ldexpf(1, i)}, 3);
    uint64_t sum = o->zeros;
    for (int i = 0; i < LN_OBSERVER_BINS; i++) sum += o->bins[i];
    assert_int_equal(sum, 123);
    assert_int_equal(o->count, 123);
    assert_int_equal(o->zeros, 41);
    assert_true(o->negative && !o->infinite);
    assert_true(ln_observer_reach(o, LN_QUANT_MINMAX) == ldexpf(1, 20));
    ln_free(o);
}

/* 100,000 numbers below 1.5 and five of 50: both the percentile and kl leave out the five. */
static void test_outliers(void **state) {
    struct ln_observer *o = observer();
    struct ln_rng rng;
    ln_rng_init(&rng, 3, LN_RNG_DATA, 0, 0);
    for (int i = 0; i < 100000; i++) {
        float sum = 0;
        for (int k = 0; k < 12; k++) sum += ln_rng_float(&rng);
        sum = fmaxf(sum - 6, 0) / 4; /* half a normal distribution, and as many zeros */
        ln_observer_add(o, &sum, 1);
    }
    for (int i = 0; i < 5; i++) ln_observer_add(o, (float[]){50}, 1);
    assert_false(o->negative);
    assert_true(ln_observer_reach(o, LN_QUANT_MINMAX) == 50);
    const float percentile = ln_observer_reach(o, LN_QUANT_PERCENTILE),
                kl = ln_observer_reach(o, LN_QUANT_KL);
    if (!(percentile > 0.7F && percentile < 1.5F)) fail_msg("percentile %g", (double)percentile);
    if (!(kl > 0.5F && kl < 25)) fail_msg("kl %g", (double)kl);
    ln_free(o);
}

static void test_edges(void **state) {
    struct ln_observer *o = observer();
    ln_observer_add(o, (float[]){0, 0}, 2);
    for (int m = LN_QUANT_MINMAX; m <= LN_QUANT_KL; m++)
        assert_true(ln_observer_reach(o, (enum ln_quant_method)m) == 0);
    ln_observer_add(o, (float[]){1e-3F}, 1);
    for (int m = LN_QUANT_MINMAX; m <= LN_QUANT_KL; m++) {
        const float reach = ln_observer_reach(o, (enum ln_quant_method)m);
        assert_true(reach > 0.9e-3F && reach <= 1e-3F);
    }
    ln_observer_add(o, (float[]){NAN, INFINITY, -INFINITY}, 3);
    assert_true(o->infinite);
    assert_true(o->most == 1e-3F);
    ln_free(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_growth), cmocka_unit_test(test_outliers),
                                       cmocka_unit_test(test_edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
