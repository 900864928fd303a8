/* A run that has not left chance. */
#include "unit/base/base_test.h"

#include "train/chance.h"
#include <math.h>

static void test_epoch(void **state) {
    assert_int_equal(ln_chance_epoch(1), 0);
    assert_int_equal(ln_chance_epoch(3), 0);
    assert_int_equal(ln_chance_epoch(4), 3);
    assert_int_equal(ln_chance_epoch(60), 3);
    assert_int_equal(ln_chance_epoch(200), 10);
}

static void test_acc(void **state) {
    assert_true(ln_chance_acc(0.50, 0.5, 20000));
    assert_true(ln_chance_acc(0.51, 0.5, 20000)); /* three errors are 1.06 points */
    assert_false(ln_chance_acc(0.515, 0.5, 20000));
    assert_true(ln_chance_acc(0.60, 0.5, 100));
    assert_false(ln_chance_acc(0.66, 0.5, 100));
    assert_true(ln_chance_acc(0.9, 0.9, 1000)); /* nine in ten are of one class */
    assert_true(ln_chance_acc(0.3, 0.5, 100));  /* below it is not better */
    assert_true(ln_chance_acc(NAN, 0.5, 100));
    assert_true(ln_chance_acc(1, 0.5, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epoch),
        cmocka_unit_test(test_acc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
