/* Confident learning: thresholds and the joint are compared with values worked out by hand; flipped labels are found. */
#include "train/confident.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, not %.17g", got, want);
}

/* Thresholds: class 0 (0.9 + 0.7 + 0.2) / 3 = 0.6, class 1 (0.8 + 0.6 + 0.4) / 3 = 0.6. */
static void test_by_hand(void **state) {
    const float p[] = {0.9F, 0.1F, 0.7F, 0.3F, 0.2F, 0.8F, 0.2F, 0.8F, 0.4F, 0.6F, 0.6F, 0.4F};
    const int32_t labels[] = {0, 0, 0, 1, 1, 1};
    struct ln_confident r[6];
    assert_int_equal(ln_confident_rank(&(struct ln_opinions){p, NULL, labels, 6, 2}, r), LINNET_OK);
    /* Image 2 is 0.8 class 1, above 0.6. Image 5 is 0.6 class 0: at the threshold, within rounding. */
    assert_int_equal(r[0].image, 2);
    assert_true(r[0].named);
    assert_int_equal(r[0].given, 0);
    assert_int_equal(r[0].suggested, 1);
    near(r[0].given_probability, 0.2, 1e-6);
    near(r[0].suggested_probability, 0.8, 1e-6);
    near(r[0].confidence, 0.2 / 0.6, 1e-6);
    assert_int_equal(r[1].image, 5);
    near(r[1].confidence, 0.4 / 0.6, 1e-6);
    const size_t order[] = {2, 5, 4, 1, 3, 0}; /* 0.2, 0.4, 0.6, 0.7, 0.8, 0.9 */
    for (int i = 0; i < 6; i++) assert_int_equal(r[i].image, order[i]);
    for (int i = 2; i < 6; i++) assert_false(r[i].named);
}

/* A class that the models are never sure of: 0.45 is a high probability for it, 0.55 a low one for the other class. */
static void test_thresholds_differ(void **state) {
    const float p[] = {0.95F, 0.05F, 0.95F, 0.05F, 0.95F, 0.05F, 0.55F,
                       0.45F, 0.60F, 0.40F, 0.60F, 0.40F, 0.60F, 0.40F};
    const int32_t labels[] = {0, 0, 0, 0, 1, 1, 1};
    struct ln_confident r[7];
    assert_int_equal(ln_confident_rank(&(struct ln_opinions){p, NULL, labels, 7, 2}, r), LINNET_OK);
    assert_int_equal(r[0].image, 3);
    near(r[0].confidence, 0.55 / 0.85, 1e-6);
    assert_true(r[0].named);
    for (int i = 1; i < 7; i++) assert_false(r[i].named);
}

/* A class without images is never suggested. */
static void test_empty_class(void **state) {
    const float p[] = {0.1F, 0.2F, 0.7F, 0.6F, 0.4F, 0};
    const int32_t labels[] = {0, 1};
    struct ln_confident r[2];
    assert_int_equal(ln_confident_rank(&(struct ln_opinions){p, NULL, labels, 2, 3}, r), LINNET_OK);
    for (int i = 0; i < 2; i++) assert_int_not_equal(r[i].suggested, 2);
}

/* Models that are correct nine times in ten, and less sure when they are wrong; one label in twenty is flipped. */
static void test_flips(void **state) {
    enum { COUNT = 2000, CLASSES = 10, FLIPS = COUNT / 20 };
    static float p[COUNT * CLASSES];
    static int32_t labels[COUNT];
    static struct ln_confident r[COUNT];
    srand(5);
    for (int i = 0; i < COUNT; i++) {
        const int truth = i % CLASSES, said = rand() % 10 ? truth : rand() % CLASSES;
        const double sure = (said == truth ? 0.6 : 0.3) + 0.4 * rand() / RAND_MAX;
        for (int k = 0; k < CLASSES; k++)
            p[i * CLASSES + k] = (float)(k == said ? sure : (1 - sure) / (CLASSES - 1));
        labels[i] = i < FLIPS ? (truth + 1 + rand() % (CLASSES - 1)) % CLASSES : truth;
    }
    assert_int_equal(ln_confident_rank(&(struct ln_opinions){p, NULL, labels, COUNT, CLASSES}, r), LINNET_OK);
    int found = 0, right = 0;
    for (int i = 0; i < COUNT / 10; i++) {
        found += r[i].image < FLIPS;
        right += r[i].image < FLIPS && r[i].suggested == (int)(r[i].image % CLASSES);
    }
    assert_true(found >= FLIPS * 9 / 10);
    assert_true(right >= FLIPS * 8 / 10);
}

/* Networks that have not seen images 0 and 1 give both the same probabilities; networks trained on them do not. */
static void test_seen(void **state) {
    const float p[] = {0.4F, 0.6F, 0.4F, 0.6F, 0.7F, 0.3F, 0.1F, 0.9F}, seen[] = {0.9F, 0.3F, 0.9F, 0.8F};
    const int32_t labels[] = {0, 0, 0, 1};
    struct ln_confident r[4];
    assert_int_equal(ln_confident_rank(&(struct ln_opinions){p, seen, labels, 4, 2}, r), LINNET_OK);
    const size_t order[] = {1, 3, 0, 2};
    for (int i = 0; i < 4; i++) assert_int_equal(r[i].image, order[i]);
    near(r[0].confidence, sqrt(0.4 / 0.5 * 0.3 / 0.7),
         1e-6); /* (0.4 + 0.4 + 0.7) / 3, (0.9 + 0.3 + 0.9) / 3 */
    near(r[1].confidence, 1, 1e-6);
    near(r[0].given_probability, 0.4, 1e-6); /* from the networks that have not seen it */
}

static void test_one_class(void **state) {
    struct ln_confident r[1];
    assert_int_equal(
        ln_confident_rank(&(struct ln_opinions){(const float[]){1}, NULL, (const int32_t[]){0}, 1, 1}, r),
        LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "clean-classes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),     cmocka_unit_test(test_thresholds_differ),
        cmocka_unit_test(test_empty_class), cmocka_unit_test(test_flips),
        cmocka_unit_test(test_seen),        cmocka_unit_test(test_one_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
