/* McNemar's exact test compared with sums of binomial coefficients and with known values. */
#include "train/mcnemar.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, not %.17g", got, want);
}

/* Pascal's rule in doubles is exact up to n = 50. */
static double by_coefficients(int first, int second) {
    double row[64] = {1};
    const int n = first + second, k = first < second ? first : second;
    double sum = 0;
    for (int i = 1; i <= n; i++)
        for (int j = i; j > 0; j--) row[j] += row[j - 1];
    for (int j = 0; j <= k; j++) sum += row[j];
    return fmin(1, 2 * sum / exp2(n));
}

static void test_small(void **state) {
    for (int first = 0; first < 25; first++)
        for (int second = 0; second < 25; second++)
            near(ln_mcnemar(first, second), by_coefficients(first, second), 1e-12);
}

static void test_known(void **state) {
    near(ln_mcnemar(0, 0), 1, 0);
    near(ln_mcnemar(5, 5), 1, 0);
    near(ln_mcnemar(7, 5), 0.774414062500, 1e-12);         /* 3172 / 4096 */
    near(ln_mcnemar(0, 6), 0.03125, 1e-15);                /* 2 / 64 */
    near(ln_mcnemar(12, 0), 0.00048828125, 1e-15);         /* 2 / 4096 */
    near(ln_mcnemar(59, 6), 4.964650327128617e-12, 1e-20); /* summed in exact fractions */
}

/* Many images; the value was summed in exact fractions. */
static void test_large(void **state) {
    near(ln_mcnemar(5000, 5200), 0.04878796312682245, 1e-10);
    assert_true(ln_mcnemar(100000, 0) >= 0 && ln_mcnemar(100000, 0) < 1e-300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
