/* Sigmoid-weighted linear unit. What neighbours do with it: unit/graph/test_plan_epilogue.c. */
#include "op/op_formulas.h"

#include <math.h>

static const struct ln_silu_attrs none;

static const struct op_case cases[] = {
    {{1, 1, 1, 1}, &none},  {{3, 1, 5, 4}, &none},  {{3, 3, 3, 3}, &none},    {{16, 6, 5, 5}, &none},
    {{3, 17, 7, 3}, &none}, {{2, 16, 9, 9}, &none}, {{3, 32, 40, 40}, &none},
};

static void test_formulas(void **state) {
    op_check(&op_formulas_silu, cases, COUNT(cases));
    const struct op_reference flattened = op_formulas_flat(op_formulas_silu);
    op_check(&flattened, cases, COUNT(cases));
}

/* Both passes on n numbers, without a plan. */
static void run(const float *x, float *y, float *dx, size_t n) {
    const struct ln_activation f = ln_op_activation(&ln_op_silu, &none);
    float dy[64];
    assert_true(n <= COUNT(dy));
    for (size_t i = 0; i < n; i++) dy[i] = 1;
    f.forward(&f, x, y, n);
    f.backward(&f, x, dy, dx, n);
}

/* The relative error for inputs from -80 to 86. */
static void test_accuracy(void **state) {
    for (int k = -800; k <= 800; k += 64) {
        float x[64], y[64], dx[64];
        for (int i = 0; i < 64; i++) x[i] = (float)(k + i) / 10;
        run(x, y, dx, 64);
        for (int i = 0; i < 64; i++) {
            double s = 1 / (1 + exp(-(double)x[i])), slope = s * (1 + x[i] * (1 - s));
            if (!(fabs((double)y[i] - x[i] * s) <= 1e-5 * fabs(x[i] * s)))
                fail_msg("silu(%.9g) is %.9g, not %.9g", (double)x[i], (double)y[i], x[i] * s);
            if (!(fabs((double)dx[i] - slope) <= 1e-6 + 1e-5 * fabs(slope)))
                fail_msg("silu'(%.9g) is %.9g, not %.9g", (double)x[i], (double)dx[i], slope);
        }
    }
}

static void test_edges(void **state) {
    float x[8] = {0.0F, -0.0F, NAN, INFINITY, -INFINITY, 3e38F, -3e38F, -88}, y[8], dx[8];
    run(x, y, dx, 8);
    assert_true(y[0] == 0 && y[1] == 0 && isnan(y[2]) && y[3] == INFINITY && y[5] == 3e38F);
    assert_true(y[4] == 0 && y[6] == 0 && fabsf(y[7]) < 1e-30F);
    assert_true(dx[0] == 0.5F && isnan(dx[2]) && dx[3] == 1 && dx[5] == 1);
    assert_true(fabsf(dx[4]) < 1e-30F && fabsf(dx[6]) < 1e-30F);
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {{{1, 3, 4, 5}, &none, "layer = silu(input)", {3, 4, 5}}};
    op_facts_check(&ln_op_silu, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
