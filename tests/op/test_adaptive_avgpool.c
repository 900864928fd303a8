/* Average pooling to a given size: windows that touch, overlap, and repeat. */
#include "op/op_formulas.h"

#define POOL(...)                               \
    &(const struct ln_adaptive_avgpool_attrs) { \
        __VA_ARGS__                             \
    }

static void test_formulas(void **state) {
    const struct op_case cases[] = {
        {{1, 1, 1, 1}, POOL(.out = {1})},
        {{3, 5, 7, 7}, POOL(.out = {1})}, /* global */
        {{2, 64, 7, 7}, POOL(.out = {1})},
        {{2, 17, 13, 13}, POOL(.out = {6})}, /* AlexNet's, overlapping */
        {{2, 16, 6, 6}, POOL(.out = {6})},   /* nothing to do */
        {{2, 20, 1, 1}, POOL(.out = {6})},   /* larger than the input */
        {{1, 33, 5, 3}, POOL(.out = {7, 2})},
        {{3, 8, 14, 14}, POOL(.out = {4})}, /* GoogLeNet's heads */
        {{16, 3, 9, 4}, POOL(.out = {2, 3})},
        {{32, 6, 5, 5}, POOL(.out = {2})},
    };
    op_check(&op_formulas_adaptive_avgpool, cases, COUNT(cases));
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 8, 8}, POOL(.out = {0}), "op-attr", "out is missing"},
        {{1, 3, 8, 8}, POOL(.out = {-3}), "op-attr", "out -3"},
        {{1, 3, 8, 8}, POOL(.out = {5000}), "op-attr", "out 5000"},
    };
    op_refuse(&ln_op_adaptive_avgpool, false, refusals, COUNT(refusals));
    const struct op_refusal flat[] = {{{1, 3, 8, 8}, POOL(.out = {1}), "op-rank", "4 dimensions, got 2"}};
    op_refuse(&ln_op_adaptive_avgpool, true, flat, COUNT(flat));
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {
        {{1, 3, 8, 9}, POOL(.out = {1}), "layer = adaptive_avgpool(input) out=1", {3, 1, 1}, 0, 0},
        {{1, 3, 8, 9}, POOL(.out = {2, 5}), "layer = adaptive_avgpool(input) out=2x5", {3, 2, 5}, 0, 0},
    };
    op_facts_check(&ln_op_adaptive_avgpool, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
