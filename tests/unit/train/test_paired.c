/* The difference of two accuracies on the same images. */
#include "unit/base/base_test.h"

#include "train/paired.h"

#include <math.h>

/* Agresti and Min (2005), formula of section 2: n = 100; only one model is right on 5 images, only the other on 15. */
static void test_gain(void **state) {
    double gain, low, high;
    ln_paired_gain(&(struct ln_paired){100, 80, 90, 5, 15}, &gain, &low, &high);
    const double middle = (5.5 - 15.5) / 102, error = 1.959963985 * sqrt(21 - 100.0 / 102) / 102;
    assert_true(fabs(gain + 0.1) < 1e-12);
    assert_true(fabs(low - (middle - error)) < 1e-9 && fabs(high - (middle + error)) < 1e-9);
    ln_paired_gain(&(struct ln_paired){0}, &gain, &low, &high);
    assert_true(gain == 0 && low == 0 && high == 0);
}

static void test_scores(void **state) {
    float a[] = {1, 0, 0, 1, 1, 0}, b[] = {1, 0, 1, 0, 0, 1};
    int32_t labels[] = {0, 1, 1};
    uint32_t indices[] = {4, 5, 6}, others[] = {4, 5, 7};
    struct ln_scores first = {.classes = 2, .count = 3, .logits = a, .labels = labels, .indices = indices},
                     second = first;
    struct ln_paired p;
    second.logits = b;
    assert_int_equal(ln_paired_of(&p, &first, &second), LINNET_OK);
    assert_int_equal(p.correct, 2);
    assert_int_equal(p.other, 2);
    assert_int_equal(p.only, 1);
    assert_int_equal(p.only_other, 1);
    second.indices = others;
    assert_int_equal(ln_paired_of(&p, &first, &second), LINNET_ERR_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gain), cmocka_unit_test(test_scores)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
