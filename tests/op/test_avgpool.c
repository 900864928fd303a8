/* Average pooling. */
#include "op/op_formulas.h"

#define POOL(...)                      \
    &(const struct ln_avgpool_attrs) { \
        __VA_ARGS__                    \
    }

static void test_formulas(void **state) {
    const struct op_case cases[] = {
        {{1, 1, 1, 1}, POOL(.kernel = {1})},
        {{3, 1, 4, 6}, POOL(.kernel = {2})},
        {{3, 6, 7, 5}, POOL(.kernel = {2})}, /* the last row and column are dropped */
        {{3, 6, 7, 5}, POOL(.kernel = {2}, .ceil = true)},
        {{2, 16, 9, 8}, POOL(.kernel = {3}, .stride = {2})},
        {{2, 16, 9, 8}, POOL(.kernel = {3}, .stride = {2}, .ceil = true)},
        {{1, 17, 9, 8}, POOL(.kernel = {3}, .stride = {2}, .padding = {1})},
        {{2, 17, 8, 8}, POOL(.kernel = {3}, .stride = {2}, .padding = {1}, .ceil = true)},
        {{2, 33, 5, 5}, POOL(.kernel = {3}, .stride = {1}, .padding = {1})},
        {{16, 3, 6, 6}, POOL(.kernel = {2, 3}, .stride = {1, 2}, .padding = {1, LINNET_NONE})},
        {{2, 3, 5, 9}, POOL(.kernel = {5, 9})},             /* global */
        {{2, 8, 7, 7}, POOL(.kernel = {2}, .stride = {3})}, /* gaps between windows */
        {{2, 16, 4, 4}, POOL(.kernel = {2}, .stride = {4}, .padding = {1}, .ceil = true)},
        {{2, 5, 6, 7}, POOL(.kernel = {4}, .stride = {3}, .padding = {2}, .ceil = true)},
        {{32, 6, 7, 5}, POOL(.kernel = {3}, .stride = {2}, .padding = {1}, .ceil = true)},
        {{130, 2, 3, 3}, POOL(.kernel = {2}, .stride = {1})},
        {{2, 20, 2, 1}, POOL(.kernel = {3, 2}, .stride = {2}, .ceil = true)}, /* hangs over the end */
    };
    op_check(&op_formulas_avgpool, cases, COUNT(cases));
}

static void test_padding_left_out(void **state) {
    const struct op_case cases[] = {
        {{2, 6, 7, 5}, POOL(.kernel = {3}, .padding = {1}, .exclude_pad = true)},
        {{1, 17, 9, 8}, POOL(.kernel = {3}, .stride = {2}, .padding = {1}, .exclude_pad = true)},
        {{2, 16, 8, 8},
         POOL(.kernel = {3}, .stride = {2}, .padding = {1}, .ceil = true, .exclude_pad = true)},
        {{2, 3, 7, 5}, POOL(.kernel = {2}, .ceil = true, .exclude_pad = true)},
        {{2, 3, 6, 6},
         POOL(.kernel = {4, 2}, .stride = {1}, .padding = {2, LINNET_NONE}, .exclude_pad = true)},
    };
    op_check(&op_formulas_avgpool, cases, COUNT(cases));
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 8, 8}, POOL(.stride = {2}), "op-attr", "kernel is missing"},
        {{1, 3, 8, 8}, POOL(.kernel = {-2}), "op-attr", "kernel -2"},
        {{1, 3, 8, 8}, POOL(.kernel = {2000}), "op-attr", "kernel 2000"},
        {{1, 3, 8, 8}, POOL(.kernel = {2}, .stride = {-7}), "op-attr", "stride -7"},
        {{1, 3, 8, 8},
         POOL(.kernel = {3}, .padding = {2}),
         "op-padding",
         "2x2 is more than half the kernel 3x3"},
        {{1, 3, 8, 8}, POOL(.kernel = {2, 4}, .padding = {2}), "op-padding", "2x2 is more than half"},
        {{1, 3, 4, 8}, POOL(.kernel = {5}), "op-kernel", "kernel 5 larger than input 4 (rows"},
        {{1, 3, 8, 4}, POOL(.kernel = {5}), "op-kernel", "kernel 5 larger than input 4 (columns"},
    };
    op_refuse(&ln_op_avgpool, false, refusals, COUNT(refusals));
    const struct op_refusal flat[] = {
        {{1, 3, 8, 8}, POOL(.kernel = {2}), "op-rank", "4 dimensions, got 2"},
    };
    op_refuse(&ln_op_avgpool, true, flat, COUNT(flat));
}

/* Sizes as torch.nn.AvgPool2d gives them. */
static void test_facts(void **state) {
    const struct op_facts facts[] = {
        {{1, 3, 8, 9}, POOL(.kernel = {2}), "layer = avgpool(input) kernel=2", {3, 4, 4}, 0, 0},
        {{1, 3, 8, 9}, POOL(.kernel = {2}, .ceil = true), "layer = avgpool(input) kernel=2 ceil", {3, 4, 5}},
        {{1, 2, 13, 6},
         POOL(.kernel = {3, 2}, .stride = {2, 3}, .padding = {LINNET_NONE, 1}, .exclude_pad = true),
         "layer = avgpool(input) kernel=3x2 stride=2x3 padding=0x1 exclude_pad",
         {2, 6, 3}},
        /* the third window would start in the right padding */
        {{1, 1, 3, 3},
         POOL(.kernel = {2}, .stride = {2}, .padding = {1}, .ceil = true),
         "layer = avgpool(input) kernel=2 stride=2 padding=1 ceil",
         {1, 2, 2}},
    };
    op_facts_check(&ln_op_avgpool, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_padding_left_out),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
