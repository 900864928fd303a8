/* Checked sizes at their edges. */
#include "base/size.h"
#include "base_test.h"

static void test_mul(void **state) {
    size_t out = 7;
    assert_true(ln_size_mul((size_t)1 << 32, ((size_t)1 << 32) - 1, &out));
    assert_int_equal(out, SIZE_MAX - UINT32_MAX);
    assert_false(ln_size_mul((size_t)1 << 32, (size_t)1 << 32, &out));
    assert_int_equal(out, SIZE_MAX - UINT32_MAX); /* unchanged by a failure */
    assert_true(ln_size_mul(SIZE_MAX, 0, &out));
    assert_int_equal(out, 0);
}

static void test_add(void **state) {
    size_t out = 7;
    assert_false(ln_size_add(SIZE_MAX, 1, &out));
    assert_int_equal(out, 7);
    assert_true(ln_size_add(SIZE_MAX - 1, 1, &out));
    assert_int_equal(out, SIZE_MAX);
}

static void test_slice(void **state) {
    assert_true(ln_size_slice(10, 0, 10));
    assert_true(ln_size_slice(10, 10, 0));
    assert_false(ln_size_slice(10, 1, 10));
    assert_false(ln_size_slice(10, 11, 0));
    assert_false(ln_size_slice(10, 5, SIZE_MAX - 4)); /* the sum wraps to 0 */
    assert_false(ln_size_slice(10, SIZE_MAX, 1));
}

static void test_align(void **state) {
    assert_int_equal(ln_size_align(0, 64), 0);
    assert_int_equal(ln_size_align(1, 64), 64);
    assert_int_equal(ln_size_align(64, 64), 64);
    assert_int_equal(ln_size_align(65, 64), 128);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mul),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_slice),
        cmocka_unit_test(test_align),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
