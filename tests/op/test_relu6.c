/* ReLU up to 6. What neighbours do with it: unit/graph/test_plan_epilogue.c. */
#include "op/op_formulas.h"

#include <math.h>

static const struct ln_relu6_attrs none;

static const struct op_case cases[] = {
    {{1, 1, 1, 1}, &none},  {{3, 1, 5, 4}, &none},  {{3, 3, 3, 3}, &none},    {{16, 6, 5, 5}, &none},
    {{3, 17, 7, 3}, &none}, {{2, 16, 9, 9}, &none}, {{3, 32, 40, 40}, &none},
};

static void test_formulas(void **state) {
    op_check(&op_formulas_relu6, cases, COUNT(cases));
    const struct op_reference flattened = op_formulas_flat(op_formulas_relu6);
    op_check(&flattened, cases, COUNT(cases));
}

/* op_check's inputs stay below 1, so it does not reach the limit of 6. */
static void test_edges(void **state) {
    const struct ln_activation f = ln_op_activation(&ln_op_relu6, &none);
    float x[8] = {-1, 0, -0.0F, 3, 6, 7, INFINITY, NAN}, dy[8] = {1, 1, 1, 1, 1, 1, 1, 1}, y[8], dx[8];
    static const float want[7] = {0, 0, 0, 3, 6, 6, 6};
    f.forward(&f, x, y, 8);
    f.backward(&f, y, dy, dx, 8);
    for (int i = 0; i < 7; i++) assert_true(y[i] == want[i] && dx[i] == (i == 3));
    assert_true(isnan(y[7]));
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {{{1, 3, 4, 5}, &none, "layer = relu6(input)", {3, 4, 5}}};
    op_facts_check(&ln_op_relu6, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
