/* Flatten: the same numbers in the same order, whatever the layout before. */
#include "op/op_formulas.h"

#include <string.h>

static const struct ln_flatten_attrs none;

static void test_formulas(void **state) {
    const struct op_case cases[] = {
        {{1, 1, 1, 1}, &none},  {{3, 1, 5, 4}, &none},  {{3, 3, 3, 3}, &none},
        {{16, 6, 5, 5}, &none}, {{3, 17, 7, 3}, &none}, {{2, 16, 9, 9}, &none},
    };
    op_check(&op_formulas_flatten, cases, COUNT(cases));
    const struct op_reference twice = op_formulas_flat(op_formulas_flatten);
    op_check(&twice, cases, COUNT(cases));
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {{{1, 3, 4, 5}, &none, "layer = flatten(input)", {60}}};
    op_facts_check(&ln_op_flatten, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formulas), cmocka_unit_test(test_facts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
