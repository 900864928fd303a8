/* Local response normalisation: windows that extend past either end, even sizes, partly filled blocks. */
#include "op/op_formulas.h"

#define LRN(...)                   \
    &(const struct ln_lrn_attrs) { \
        __VA_ARGS__                \
    }

static void test_formulas(void **state) {
    const struct op_case cases[] = {
        {{1, 1, 1, 1}, LRN(.size = 5)},
        {{2, 96, 5, 4}, LRN(.size = 5, .alpha = 5e-4, .k = 2)}, /* Krizhevsky and others, section 3.3 */
        {{2, 3, 4, 5}, LRN(.size = 5, .alpha = 2)},             /* a window larger than the channels */
        {{1, 17, 3, 3}, LRN(.size = 4, .alpha = 1)},            /* one more before than after */
        {{2, 33, 3, 2}, LRN(.size = 2, .alpha = 3, .beta = 0.5)},
        {{3, 8, 2, 2}, LRN(.size = 1, .alpha = 3, .beta = 1)},
        {{1, 24, 4, 4}, LRN(.size = 7, .alpha = 1, .beta = LINNET_NONE)},
        {{2, 20, 3, 3}, LRN(.size = 3, .alpha = LINNET_NONE, .k = 0.5)},
        {{16, 6, 3, 3}, LRN(.size = 3, .alpha = 2)},
        {{2, 5, 3, 3}, LRN(.size = 41, .alpha = 10)},
    };
    op_check(&op_formulas_lrn, cases, COUNT(cases));
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 8, 8}, LRN(.alpha = 1), "op-attr", "size is missing"},
        {{1, 3, 8, 8}, LRN(.size = -5), "op-attr", "size -5"},
        {{1, 3, 8, 8}, LRN(.size = 5, .k = LINNET_NONE), "op-attr", "k 0"},
        {{1, 3, 8, 8}, LRN(.size = 5, .alpha = -2), "op-attr", "alpha -2"},
        {{1, 3, 8, 8}, LRN(.size = 5, .beta = 1e3), "op-attr", "beta 1000"},
    };
    op_refuse(&ln_op_lrn, false, refusals, COUNT(refusals));
    const struct op_refusal flat[] = {{{1, 3, 8, 8}, LRN(.size = 5), "op-rank", "4 dimensions, got 2"}};
    op_refuse(&ln_op_lrn, true, flat, COUNT(flat));
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {
        {{1, 3, 4, 5}, LRN(.size = 5), "layer = lrn(input) size=5", {3, 4, 5}, 0, 0},
        {{1, 3, 4, 5},
         LRN(.size = 3, .alpha = 0.5, .beta = 0.25, .k = 2),
         "layer = lrn(input) size=3 alpha=0.5 beta=0.25 k=2",
         {3, 4, 5},
         0,
         0},
    };
    op_facts_check(&ln_op_lrn, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
