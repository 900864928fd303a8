/* The parameter-free shortcut: subsampling, and zeros as further channels. */
#include "op/op_formulas.h"

#define SHORTCUT(...)                       \
    &(const struct ln_pad_shortcut_attrs) { \
        __VA_ARGS__                         \
    }

static void test_formulas(void **state) {
    const struct op_case cases[] = {
        {{1, 1, 1, 1}, SHORTCUT(.out = 1)},
        {{2, 16, 8, 8}, SHORTCUT(.out = 32, .stride = {2})}, /* He and others, section 4.2 */
        {{2, 32, 8, 8}, SHORTCUT(.out = 64, .stride = {2})},
        {{2, 5, 7, 5}, SHORTCUT(.out = 9, .stride = {2})}, /* within one block; a last row that counts */
        {{1, 17, 5, 5}, SHORTCUT(.out = 40, .stride = {3, 2})},
        {{3, 20, 4, 4}, SHORTCUT(.out = 20)},
        {{2, 3, 2, 2}, SHORTCUT(.out = 50, .stride = {2})},
        {{16, 6, 6, 6}, SHORTCUT(.out = 12, .stride = {2})},
        {{32, 5, 3, 3}, SHORTCUT(.out = 8, .stride = {1, 3})},
    };
    op_check(&op_formulas_pad_shortcut, cases, COUNT(cases));
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 8, 8}, SHORTCUT(.stride = {2}), "op-attr", "out is missing"},
        {{1, 3, 8, 8}, SHORTCUT(.out = 4, .stride = {-2}), "op-attr", "stride -2"},
        {{1, 8, 8, 8}, SHORTCUT(.out = 4), "op-channels", "4 output channels, fewer than the input's 8"},
    };
    op_refuse(&ln_op_pad_shortcut, false, refusals, COUNT(refusals));
    const struct op_refusal flat[] = {{{1, 3, 8, 8}, SHORTCUT(.out = 4), "op-rank", "4 dimensions, got 2"}};
    op_refuse(&ln_op_pad_shortcut, true, flat, COUNT(flat));
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {
        {{1, 16, 32, 32},
         SHORTCUT(.out = 32, .stride = {2}),
         "layer = pad_shortcut(input) out=32 stride=2",
         {32, 16, 16},
         0,
         0},
        {{1, 2, 5, 4}, SHORTCUT(.out = 3), "layer = pad_shortcut(input) out=3", {3, 5, 4}, 0, 0},
    };
    op_facts_check(&ln_op_pad_shortcut, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
