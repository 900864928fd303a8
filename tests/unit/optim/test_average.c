/* The moving average of weights, against its formula in double precision. */
#include "unit/base/base_test.h"

#include "optim/average.h"

#include <math.h>

enum { COUNT = 40000, STEPS = 60 };

static float weight(size_t i, int t) {
    return (float)sin((double)i * 0.37 + t) + (float)t / 10;
}

static void test_formula(void **state) {
    static float w[COUNT];
    static double want[COUNT];
    struct ln_average a;
    for (size_t i = 0; i < COUNT; i++) want[i] = w[i] = weight(i, 0);
    assert_int_equal(ln_average_init(&a, w, COUNT, 0.8), LINNET_OK);
    for (int t = 1; t <= STEPS; t++) {
        double young = (1.0 + t) / (10.0 + t), d = young < 0.8 ? young : 0.8; /* the warm-up ends at t = 35 */
        for (size_t i = 0; i < COUNT; i++) {
            w[i] = weight(i, t);
            want[i] = d * want[i] + (1 - d) * (double)w[i];
        }
        ln_average_update(&a, (uint64_t)t);
    }
    for (size_t i = 0; i < COUNT; i++) assert_float_equal(a.values[i], want[i], 1e-5);

    ln_average_swap(&a, 0, a.count);
    for (size_t i = 0; i < COUNT; i++) {
        assert_float_equal(w[i], want[i], 1e-5);
        assert_true(a.values[i] == weight(i, STEPS));
    }
    ln_average_fini(&a);
}

static void test_none(void **state) {
    float w[2] = {1, 2};
    struct ln_average none = {.weights = w, .count = 2};
    ln_average_update(&none, 1);
    ln_average_swap(&none, 0, 0);
    assert_true(w[0] == 1 && w[1] == 2);
    ln_average_fini(&none);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formula), cmocka_unit_test(test_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
