/* The worst mistakes: which are kept, and in what order. */
#include "unit/base/base_test.h"

#include "train/mistakes.h"

#include <math.h>

static void test_right(void **state) {
    struct ln_mistakes m = {0};
    ln_mistakes_add(&m, 7, (const float[]){0, 3, 1}, 3, 1, 1);
    assert_int_equal(m.count, 0);
}

static void test_figures(void **state) {
    struct ln_mistakes m = {0};
    ln_mistakes_add(&m, 7, (const float[]){0, 3, 1}, 3, 2, 0);
    const double sum = 1 + exp(1.5) + exp(0.5); /* at a temperature of 2 */
    assert_int_equal(m.count, 1);
    assert_int_equal(m.items[0].index, 7);
    assert_int_equal(m.items[0].label, 0);
    assert_int_equal(m.items[0].predicted, 1);
    assert_true(fabs(m.items[0].probability - exp(1.5) / sum) < 1e-12);
    assert_true(fabs(m.items[0].loss - log(sum)) < 1e-12);
}

/* Thirty mistakes whose losses grow and fall: the ten largest remain, the largest first, equal ones in their order. */
static void test_order(void **state) {
    struct ln_mistakes m = {0};
    for (uint32_t i = 0; i < 30; i++) {
        const float size = (float)(i * 7 % 15) + 1;
        ln_mistakes_add(&m, i, (const float[]){0, size}, 2, 1, 0);
    }
    assert_int_equal(m.count, LN_MISTAKES);
    for (size_t i = 0; i < m.count; i++) {
        const uint32_t index = m.items[i].index;
        assert_int_equal(index * 7 % 15, 14 - i / 2);
        assert_int_equal(index >= 15, i % 2);
    }
}

static void test_not_finite(void **state) {
    struct ln_mistakes m = {0};
    ln_mistakes_add(&m, 1, (const float[]){NAN, NAN}, 2, 1, 1);
    ln_mistakes_add(&m, 2, (const float[]){INFINITY, 0}, 2, 1, 1);
    assert_int_equal(m.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
