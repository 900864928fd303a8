/* The measured peak rates: within the bounds of any machine. */
#include "base/alloc.h"
#include "base/limits.h"
#include "base_test.h"

static void test_figures(void **state) {
    struct ln_limits limits;
    assert_int_equal(ln_limits_measure(&limits), LINNET_OK);
    assert_true(limits.flops > 1e8 && limits.flops < 1e15);
    assert_true(limits.bytes > 1e8 && limits.bytes < 1e14);
}

static void test_no_memory(void **state) {
    struct ln_limits limits;
    ln_alloc_fail_at(2);
    assert_int_equal(ln_limits_measure(&limits), LINNET_ERR_LIMIT);
    ln_alloc_fail_at(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_figures), cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
