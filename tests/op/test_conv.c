/* Convolution. */
#include "op/op_formulas.h"

#define CONV(...)                   \
    &(const struct ln_conv_attrs) { \
        __VA_ARGS__                 \
    }

static void test_shapes(void **state) {
    const struct op_case cases[] = {
        {{1, 1, 1, 1}, CONV(.out = 1, .kernel = {1})},    {{1, 1, 5, 5}, CONV(.out = 6, .kernel = {5})},
        {{3, 1, 12, 11}, CONV(.out = 6, .kernel = {5})},  {{3, 3, 9, 14}, CONV(.out = 16, .kernel = {5})},
        {{16, 3, 8, 8}, CONV(.out = 16, .kernel = {3})},  {{3, 6, 7, 7}, CONV(.out = 16, .kernel = {5})},
        {{2, 16, 5, 5}, CONV(.out = 40, .kernel = {5})},  {{3, 16, 9, 7}, CONV(.out = 32, .kernel = {3})},
        {{16, 17, 6, 6}, CONV(.out = 17, .kernel = {3})}, {{1, 17, 1, 1}, CONV(.out = 3, .kernel = {1})},
        {{3, 32, 4, 4}, CONV(.out = 1, .kernel = {1})},   {{2, 5, 33, 3}, CONV(.out = 7, .kernel = {3, 1})},
    };
    op_check(&op_formulas_conv, cases, COUNT(cases));
}

static void test_attributes(void **state) {
    const struct op_case cases[] = {
        {{2, 3, 9, 8}, CONV(.out = 4, .kernel = {3}, .padding = {1})},
        {{2, 16, 9, 8}, CONV(.out = 16, .kernel = {3}, .padding = {1})},
        {{2, 3, 11, 12}, CONV(.out = 16, .kernel = {3}, .stride = {2}, .padding = {1})},
        {{2, 16, 12, 12}, CONV(.out = 16, .kernel = {3}, .stride = {2})}, /* the last row is not reached */
        {{2, 3, 23, 23}, CONV(.out = 8, .kernel = {11}, .stride = {4}, .padding = {2})},
        {{2, 16, 10, 10}, CONV(.out = 16, .kernel = {1}, .stride = {3})}, /* most pixels are skipped */
        {{2, 17, 8, 9}, CONV(.out = 5, .kernel = {3, 5}, .stride = {1, 2}, .padding = {2, 1})},
        {{2, 3, 9, 8}, CONV(.out = 4, .kernel = {3}, .padding = {LINNET_NONE, 2})},
        {{2, 16, 11, 10}, CONV(.out = 16, .kernel = {3}, .dilation = {2})},
        {{2, 3, 11, 12}, CONV(.out = 6, .kernel = {3, 2}, .dilation = {3, 4}, .padding = {3}, .stride = {2})},
        {{2, 16, 6, 6}, CONV(.out = 16, .kernel = {3}, .no_bias = true)},
        {{3, 1, 6, 6}, CONV(.out = 3, .kernel = {3}, .no_bias = true)},
        {{2, 2, 3, 3}, CONV(.out = 3, .kernel = {3}, .padding = {5})}, /* padding beyond the kernel */
    };
    op_check(&op_formulas_conv, cases, COUNT(cases));
}

static void test_groups(void **state) {
    const struct op_case cases[] = {
        {{2, 6, 6, 5}, CONV(.out = 4, .kernel = {3}, .groups = 2)},
        {{2, 32, 6, 5}, CONV(.out = 64, .kernel = {3}, .padding = {1}, .groups = 2)},
        {{2, 32, 4, 4}, CONV(.out = 64, .kernel = {5}, .padding = {2}, .groups = 2)},
        {{2, 17, 6, 6}, CONV(.out = 17, .kernel = {3}, .groups = 17)}, /* depthwise */
        {{2, 32, 6, 6}, CONV(.out = 32, .kernel = {3}, .padding = {1}, .groups = 32, .no_bias = true)},
        {{2, 3, 5, 5}, CONV(.out = 6, .kernel = {2}, .groups = 3)}, /* a multiplier of 2 */
    };
    op_check(&op_formulas_conv, cases, COUNT(cases));
}

/* Few channels in a batch of sixteens: the batch in the lanes (conv_lanes.h). */
static void test_lanes(void **state) {
    const struct op_case cases[] = {
        {{16, 1, 9, 8}, CONV(.out = 6, .kernel = {5})},
        {{32, 6, 7, 7}, CONV(.out = 16, .kernel = {5})},
        {{16, 17, 4, 6}, CONV(.out = 5, .kernel = {2, 3}, .no_bias = true)},
    };
    op_check(&op_formulas_conv, cases, COUNT(cases));
}

/* A kernel as large as the input: a matrix product. */
static void test_covering(void **state) {
    const struct op_case cases[] = {
        {{3, 6, 4, 5}, CONV(.out = 7, .kernel = {4, 5})},
        {{16, 17, 3, 3}, CONV(.out = 20, .kernel = {3}, .no_bias = true)},
        {{2, 16, 1, 1}, CONV(.out = 33, .kernel = {1})},
    };
    op_check(&op_formulas_conv, cases, COUNT(cases));
}

/* 3x3 on small maps: tiles of 4 x 4 outputs (conv_tiles.h), if oneDNN has no Winograd here. */
static void test_tiles(void **state) {
    const struct op_case cases[] = {
        {{16, 16, 4, 4}, CONV(.out = 32, .kernel = {3}, .padding = {1}, .no_bias = true)},
        {{4, 16, 7, 8}, CONV(.out = 16, .kernel = {3}, .padding = {1})},
        {{16, 16, 6, 6}, CONV(.out = 16, .kernel = {3})},
        {{2, 16, 11, 11}, CONV(.out = 16, .kernel = {3}, .padding = {1})},
        {{4, 16, 6, 8}, CONV(.out = 16, .kernel = {3}, .padding = {2, 1})},
    };
    op_check(&op_formulas_conv, cases, COUNT(cases));
}

/* Small maps of many channels: the product of the windows (columns.h), if oneDNN has no Winograd here. */
static void test_columns(void **state) {
    const struct op_case cases[] = {
        {{8, 32, 2, 2}, CONV(.out = 32, .kernel = {3}, .padding = {1}, .no_bias = true)},
        {{3, 33, 3, 4}, CONV(.out = 32, .kernel = {3}, .padding = {1})},
        {{3, 32, 7, 6}, CONV(.out = 32, .kernel = {3}, .stride = {2}, .padding = {1})},
        {{1, 32, 7, 7}, CONV(.out = 32, .kernel = {3}, .dilation = {2}, .padding = {2})},
        {{1, 32, 8, 9}, CONV(.out = 32, .kernel = {1, 5}, .stride = {2, 1}, .padding = {LINNET_NONE, 2})},
        {{32, 32, 1, 1}, CONV(.out = 32, .kernel = {5}, .padding = {2})}, /* most taps lie outside */
    };
    op_check(&op_formulas_conv, cases, COUNT(cases));
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 8, 8}, CONV(.kernel = {3}), "op-attr", "out is missing"},
        {{1, 3, 8, 8}, CONV(.out = 4), "op-attr", "kernel is missing"},
        {{1, 3, 8, 8}, CONV(.out = -1, .kernel = {3}), "op-attr", "out -1"},
        {{1, 3, 8, 8}, CONV(.out = 4, .kernel = {1025}), "op-attr", "kernel 1025"},
        {{1, 3, 8, 8}, CONV(.out = 4, .kernel = {3, -2}), "op-attr", "kernel -2"},
        {{1, 3, 8, 8}, CONV(.out = 4, .kernel = {3}, .stride = {-3}), "op-attr", "stride -3"},
        {{1, 3, 8, 8}, CONV(.out = 4, .kernel = {3}, .stride = {2, LINNET_NONE}), "op-attr", "stride 0"},
        {{1, 3, 8, 8}, CONV(.out = 4, .kernel = {3}, .padding = {2000}), "op-attr", "padding 2000"},
        {{1, 3, 8, 8}, CONV(.out = 4, .kernel = {3}, .groups = -4), "op-attr", "groups -4"},
        {{1, 3, 5, 8}, CONV(.out = 4, .kernel = {7}), "op-kernel", "kernel 7 larger than input 5"},
        {{1, 3, 8, 5}, CONV(.out = 4, .kernel = {7}), "op-kernel", "kernel 7 larger than input 5 (columns"},
        {{1, 3, 3, 8}, CONV(.out = 4, .kernel = {7}, .padding = {1}), "op-kernel", "input 5"},
        {{1, 3, 4, 4}, CONV(.out = 4, .kernel = {3}, .dilation = {2}), "op-kernel", "kernel 5 (dilated)"},
        {{1, 3, 8, 8}, CONV(.out = 4, .kernel = {3}, .groups = 2), "op-groups", "2 groups"},
        {{1, 4, 8, 8}, CONV(.out = 3, .kernel = {3}, .groups = 2), "op-groups", "4 and 3 channels"},
    };
    op_refuse(&ln_op_conv, false, refusals, COUNT(refusals));
    const struct op_refusal flat[] = {
        {{1, 3, 8, 8}, CONV(.out = 4, .kernel = {3}), "op-rank", "4 dimensions, got 2"},
    };
    op_refuse(&ln_op_conv, true, flat, COUNT(flat));
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {
        {{1, 3, 8, 8},
         CONV(.out = 4, .kernel = {3}),
         "layer = conv(input) out=4 kernel=3",
         {4, 6, 6},
         4 * 27 + 4,
         36 * 4 * 27},
        {{1, 4, 9, 8},
         CONV(.out = 6, .kernel = {3, 1}, .stride = {2, 3}, .padding = {1, LINNET_NONE}, .dilation = {2},
              .groups = 2, .no_bias = true),
         "layer = conv(input) out=6 kernel=3x1 stride=2x3 padding=1x0 dilation=2 groups=2 no_bias",
         {6, 4, 3},
         6 * 2 * 3,
         12 * 6 * 2 * 3},
    };
    op_facts_check(&ln_op_conv, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),   cmocka_unit_test(test_attributes), cmocka_unit_test(test_groups),
        cmocka_unit_test(test_lanes),    cmocka_unit_test(test_tiles),      cmocka_unit_test(test_columns),
        cmocka_unit_test(test_covering), cmocka_unit_test(test_refusals),   cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
