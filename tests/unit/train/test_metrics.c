/* Metrics: softmax, top-1 and top-5, means, and Wilson's interval compared with published values. */
#include "train/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, not %.17g", got, want);
}

static void test_softmax(void **state) {
    float p[3];
    ln_softmax((const float[]){0, 0, 0}, 3, 1, p);
    for (int i = 0; i < 3; i++) near(p[i], 1.0 / 3, 1e-7);
    ln_softmax((const float[]){1, 2, 3}, 3, 1, p);
    near(p[0], 0.09003057317038046, 1e-8);
    near(p[1], 0.24472847105479767, 1e-8);
    near(p[2], 0.6652409557748219, 1e-7);
}

/* Logits far apart and far from zero must give neither overflow nor NaN. */
static void test_softmax_far(void **state) {
    float p[2];
    ln_softmax((const float[]){1e30F, -1e30F}, 2, 1, p);
    assert_true(p[0] == 1 && p[1] == 0);
    ln_softmax((const float[]){-1e4F, -1e4F}, 2, 1, p);
    near(p[0], 0.5, 1e-7);
    ln_softmax((const float[]){5}, 1, 1, p);
    assert_true(p[0] == 1);
}

/* softmax(z / 2) of 2, 4, 6 is softmax of 1, 2, 3. */
static void test_softmax_at_a_temperature(void **state) {
    float p[3];
    ln_softmax((const float[]){2, 4, 6}, 3, 2, p);
    near(p[0], 0.09003057317038046, 1e-8);
    near(p[2], 0.6652409557748219, 1e-7);
    ln_softmax((const float[]){1e30F, -1e30F}, 2, 0.1, p);
    assert_true(p[0] == 1 && p[1] == 0);
}

static void test_argmax(void **state) {
    assert_int_equal(ln_argmax((const float[]){3}, 1), 0);
    assert_int_equal(ln_argmax((const float[]){1, 4, 2}, 3), 1);
    assert_int_equal(ln_argmax((const float[]){-2, -1, -1}, 3), 1); /* the first of equal values */
}

static void test_tally(void **state) {
    struct ln_tally tally = {0};
    assert_true(isnan(ln_tally_loss(&tally)) && isnan(ln_tally_acc(&tally)));
    ln_tally_add(&tally, (const float[]){1, 2, 3}, 3, 2);
    near(ln_tally_loss(&tally), 0.40760596444438, 1e-7);
    ln_tally_add(&tally, (const float[]){0, 0, 0}, 3, 1);
    ln_tally_add(&tally, (const float[]){100, 0, 0}, 3, 1);
    assert_int_equal(tally.count, 3);
    assert_int_equal(tally.correct, 1); /* of equal logits the first is the prediction */
    near(ln_tally_acc(&tally), 1.0 / 3, 1e-15);
    near(ln_tally_loss(&tally), (0.40760596444438 + log(3) + 100) / 3, 1e-6);
    assert_true(isnan(ln_tally_top5(&tally, 3)));
}

static void test_top5(void **state) {
    const float logits[7] = {7, 6, 5, 4, 3, 2, 1};
    struct ln_tally tally = {0};
    for (int label = 0; label < 7; label++) ln_tally_add(&tally, logits, 7, label);
    assert_int_equal(tally.correct, 1);
    assert_int_equal(tally.top5, 5);
    near(ln_tally_top5(&tally, 7), 5.0 / 7, 1e-15);
}

/* Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
 * table I. */
static void test_wilson(void **state) {
    static const struct {
        int correct, count;
        double low, high;
    } cases[] = {
        {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    double low, high, mirrored_low, mirrored_high;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int r = cases[i].correct, n = cases[i].count;
        ln_wilson(r, n, &low, &high);
        near(low, cases[i].low, 5e-5);
        near(high, cases[i].high, 5e-5);
        ln_wilson(n - r, n, &mirrored_low, &mirrored_high);
        near(mirrored_low, 1 - high, 1e-12);
        near(mirrored_high, 1 - low, 1e-12);
    }
    ln_wilson(0, 0, &low, &high);
    assert_true(isnan(low) && isnan(high));
}

static void test_wilson_stays_inside(void **state) {
    for (int n = 1; n < 200; n++)
        for (int r = 0; r <= n; r++) {
            double low, high, p = (double)r / n;
            ln_wilson(r, n, &low, &high);
            assert_true(0 <= low && low <= p && p <= high && high <= 1 && low < high);
        }
}

/* Mixed images: the loss is the weighted mean for both labels; a prediction is correct if it is the label
 * with the larger share. */
static void test_mixed(void **state) {
    const float logits[3] = {1, 2, -1};
    static const float shares[] = {0, 0.3F, 0.5F, 0.8F, 1};
    struct ln_tally first = {0}, second = {0};
    ln_tally_add(&first, logits, 3, 0);
    ln_tally_add(&second, logits, 3, 1);
    for (int i = 0; i < 5; i++) {
        struct ln_tally mixed = {0};
        ln_tally_add_mixed(&mixed, logits, 3, 0, 1, shares[i]);
        assert_true(fabs(mixed.loss - (shares[i] * first.loss + (1.0 - shares[i]) * second.loss)) < 1e-6);
        assert_int_equal(mixed.count, 1);
        assert_int_equal(mixed.correct, shares[i] < 0.5F);
    }
    struct ln_tally plain = {0};
    ln_tally_add_mixed(&plain, logits, 3, 0, -1, 0);
    assert_true(plain.loss == first.loss && plain.correct == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_softmax_far),
        cmocka_unit_test(test_softmax_at_a_temperature),
        cmocka_unit_test(test_argmax),
        cmocka_unit_test(test_tally),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_top5),
        cmocka_unit_test(test_wilson),
        cmocka_unit_test(test_wilson_stays_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
