/* The fully connected layer; behind a convolution its columns are permuted (linear.c). */
#include "op/op_formulas.h"

#define LINEAR(...)                   \
    &(const struct ln_linear_attrs) { \
        __VA_ARGS__                   \
    }

static void test_formulas(void **state) {
    const struct op_case cases[] = {
        {{1, 1, 1, 1}, LINEAR(.out = 1)},
        {{3, 1, 1, 1}, LINEAR(.out = 10)},
        {{16, 6, 1, 1}, LINEAR(.out = 3)},
        {{1, 3, 7, 5}, LINEAR(.out = 17)},
        {{3, 6, 5, 5}, LINEAR(.out = 84)},
        {{16, 16, 5, 5}, LINEAR(.out = 120)},
        {{3, 17, 3, 2}, LINEAR(.out = 16)},
        {{2, 32, 4, 4}, LINEAR(.out = 64)},
        {{3, 17, 3, 2}, LINEAR(.out = 5, .no_bias = true)},
        {{16, 8, 3, 3}, LINEAR(.out = 10)},
        {{2, 120, 1, 1}, LINEAR(.out = 84)},
        {{130, 20, 1, 1}, LINEAR(.out = 33)},
    };
    op_check(&op_formulas_linear, cases, COUNT(cases));
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 4, 4}, LINEAR(.no_bias = true), "op-attr", "out is missing"},
        {{1, 3, 4, 4}, LINEAR(.out = -5), "op-attr", "out -5"},
        {{1, 3, 4, 4}, LINEAR(.out = (1 << 24) + 1), "op-attr", "1.67772e+07"},
    };
    op_refuse(&ln_op_linear, true, refusals, COUNT(refusals));
    const struct op_refusal unflattened[] = {
        {{1, 3, 4, 4}, LINEAR(.out = 5), "op-rank", "flatten it first"},
    };
    op_refuse(&ln_op_linear, false, unflattened, COUNT(unflattened));
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {
        {{1, 3, 4, 4}, LINEAR(.out = 5), "layer = linear(before) out=5", {5}, 48 * 5 + 5, 48 * 5},
        {{1, 2, 1, 3},
         LINEAR(.out = 7, .no_bias = true),
         "layer = linear(before) out=7 no_bias",
         {7},
         42,
         42},
    };
    op_facts_check(&ln_op_linear, true, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
