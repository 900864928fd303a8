/* AUC and its interval compared with their definitions, which count every pair of a positive and a negative image. */
#include "train/auc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, not %.17g", got, want);
}

static double wins(double x, double y) {
    return x > y ? 1 : x == y ? 0.5 : 0;
}

/* Share of the images of the other class that image i beats (positive) or loses to (negative). */
static double placement(const double *scores, const int32_t *labels, int count, int i) {
    double sum = 0, others = 0;
    for (int j = 0; j < count; j++) {
        if (labels[j] == labels[i]) continue;
        sum += labels[i] ? wins(scores[i], scores[j]) : wins(scores[j], scores[i]);
        others++;
    }
    return sum / others;
}

/* DeLong's variance, straight from its definition. */
static struct ln_auc by_pairs(const double *scores, const int32_t *labels, int count) {
    double size[2] = {0}, mean[2] = {0}, squares[2] = {0};
    for (int i = 0; i < count; i++) size[labels[i]]++;
    for (int i = 0; i < count; i++) mean[labels[i]] += placement(scores, labels, count, i) / size[labels[i]];
    for (int i = 0; i < count; i++)
        squares[labels[i]] += pow(placement(scores, labels, count, i) - mean[labels[i]], 2);
    double deviation = sqrt(squares[1] / (size[1] - 1) / size[1] + squares[0] / (size[0] - 1) / size[0]);
    return (struct ln_auc){mean[1], fmax(mean[1] - 1.959963984540054 * deviation, 0),
                           fmin(mean[1] + 1.959963984540054 * deviation, 1)};
}

/* Scores on a coarse scale, so that there are ties within a class and between classes. */
static void test_by_pairs(void **state) {
    enum { COUNT = 137 };
    double scores[COUNT];
    int32_t labels[COUNT];
    srand(7);
    for (int round = 0; round < 20; round++) {
        struct ln_auc got, want;
        for (int i = 0; i < COUNT; i++) {
            labels[i] = rand() % (2 + round % 3) == 0;
            scores[i] = rand() % 12 + labels[i] * (round % 4);
        }
        assert_int_equal(ln_auc_compute(scores, labels, COUNT, &got), LINNET_OK);
        want = by_pairs(scores, labels, COUNT);
        near(got.value, want.value, 1e-12);
        near(got.low, want.low, 1e-12);
        near(got.high, want.high, 1e-12);
    }
}

/* scikit-learn's example: roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) is 0.75. */
static void test_known(void **state) {
    struct ln_auc auc;
    const double scores[] = {0.1, 0.4, 0.35, 0.8};
    assert_int_equal(ln_auc_compute(scores, (const int32_t[]){0, 0, 1, 1}, 4, &auc), LINNET_OK);
    near(auc.value, 0.75, 1e-15);
    assert_int_equal(ln_auc_compute(scores, (const int32_t[]){1, 1, 0, 0}, 4, &auc), LINNET_OK);
    near(auc.value, 0.25, 1e-15);
}

static void test_all_tied(void **state) {
    struct ln_auc auc;
    const double scores[] = {3, 3, 3, 3, 3};
    assert_int_equal(ln_auc_compute(scores, (const int32_t[]){0, 1, 0, 1, 0}, 5, &auc), LINNET_OK);
    near(auc.value, 0.5, 1e-15);
    assert_true(isnan(auc.low) && isnan(auc.high));
}

/* Completely separated classes: the area is 1 and the interval is nan. */
static void test_separated(void **state) {
    struct ln_auc auc;
    const double scores[] = {1, 2, 3, 4};
    assert_int_equal(ln_auc_compute(scores, (const int32_t[]){0, 0, 1, 1}, 4, &auc), LINNET_OK);
    near(auc.value, 1, 0);
    assert_true(isnan(auc.low) && isnan(auc.high));
}

static void test_one_class(void **state) {
    struct ln_auc auc;
    const double scores[] = {1, 2, 3};
    assert_int_equal(ln_auc_compute(scores, (const int32_t[]){1, 1, 1}, 3, &auc), LINNET_OK);
    assert_true(isnan(auc.value) && isnan(auc.low) && isnan(auc.high));
    assert_int_equal(ln_auc_compute(scores, (const int32_t[]){0}, 0, &auc), LINNET_OK);
    assert_true(isnan(auc.value));
    assert_int_equal(ln_auc_compute(scores, (const int32_t[]){1, 0, 0}, 3, &auc), LINNET_OK);
    near(auc.value, 0, 0); /* one positive: an area, but no variance */
    assert_true(isnan(auc.low));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_pairs),  cmocka_unit_test(test_known),     cmocka_unit_test(test_all_tied),
        cmocka_unit_test(test_separated), cmocka_unit_test(test_one_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
