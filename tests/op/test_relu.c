/* ReLU: alone, applied by the convolution before it, and before a pooling that masks the gradient
 * (test_maxpool.c). */
#include "op/op_formulas.h"

#include <math.h>

static const struct ln_relu_attrs none;

static const struct op_case cases[] = {
    {{1, 1, 1, 1}, &none},  {{3, 1, 5, 4}, &none},  {{3, 3, 3, 3}, &none},    {{16, 6, 5, 5}, &none},
    {{3, 17, 7, 3}, &none}, {{2, 16, 9, 9}, &none}, {{3, 32, 40, 40}, &none},
};

static void test_formulas(void **state) {
    op_check(&op_formulas_relu, cases, COUNT(cases));
    const struct op_reference flattened = op_formulas_flat(op_formulas_relu);
    op_check(&flattened, cases, COUNT(cases));
}

/* Zero, minus zero and not-a-number, on the plain input, where no layer before it applies the ReLU. */
static void test_edges(void **state) {
    float x[4] = {0.0F, -0.0F, NAN, -INFINITY};
    const struct op_case c = {{1, 4, 1, 1}, &none};
    struct ln_net *net = op_net(&ln_op_relu, false, &c, false);
    struct ln_plan *plan = NULL;
    struct ln_plan_opts opts = {.batch = 1, .train = true, .no_loss = true, .input_grad = true};
    assert_int_equal(ln_plan_create(&plan, net, &opts), LINNET_OK);
    assert_int_equal(ln_plan_forward(plan, x, NULL, 0), LINNET_OK);
    const float *y = ln_plan_logits(plan);
    assert_true(y[0] == 0 && y[1] == 0 && isnan(y[2]) && y[3] == 0);
    for (int i = 0; i < 4; i++) ln_plan_dout(plan)[i] = 1;
    assert_int_equal(ln_plan_backward(plan), LINNET_OK);
    const float *dx = ln_plan_din(plan);
    assert_true(dx[0] == 0 && dx[1] == 0 && dx[3] == 0);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {{{1, 3, 4, 5}, &none, "layer = relu(input)", {3, 4, 5}}};
    op_facts_check(&ln_op_relu, false, facts, COUNT(facts));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
