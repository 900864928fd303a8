/* Hyperbolic tangent. */
#include "op/op_formulas.h"

#include <math.h>

static const struct ln_tanh_attrs none;

static const struct op_case cases[] = {
    {{1, 1, 1, 1}, &none},  {{3, 1, 5, 4}, &none},  {{3, 3, 3, 3}, &none},    {{16, 6, 5, 5}, &none},
    {{3, 17, 7, 3}, &none}, {{2, 16, 9, 9}, &none}, {{3, 32, 40, 40}, &none},
};

static void test_formulas(void **state) {
    op_check(&op_formulas_tanh, cases, COUNT(cases));
    const struct op_reference flattened = op_formulas_flat(op_formulas_tanh);
    op_check(&flattened, cases, COUNT(cases));
}

/* Distance in units in the last place of `want`. */
static double ulps(float got, double want) {
    float rounded = (float)want;
    double unit = (double)nextafterf(fabsf(rounded), INFINITY) - (double)fabsf(rounded);
    return fabs((double)got - want) / unit;
}

enum { SWEEP = 1 << 16 };

static struct ln_plan *plan_of(struct ln_net **net, int count) {
    const struct op_case c = {{1, 1, 1, count}, &none};
    struct ln_plan *plan = NULL;
    *net = op_net(&ln_op_tanh, false, &c, false);
    assert_int_equal(ln_plan_create(&plan, *net, &(struct ln_plan_opts){.batch = 1}), LINNET_OK);
    return plan;
}

/* Within three units in the last place everywhere, odd, never beyond one. */
static void test_accuracy(void **state) {
    static float x[SWEEP];
    struct ln_net *net;
    struct ln_plan *plan = plan_of(&net, SWEEP);
    for (int i = 0; i < SWEEP / 2;
         i++) { /* from 1e-20 to 100, evenly in the logarithm; then their opposites */
        x[i] = (float)pow(10, -20 + 22.0 * i / (SWEEP / 2));
        x[i + SWEEP / 2] = -x[i];
    }
    assert_int_equal(ln_plan_forward(plan, x, NULL, 0), LINNET_OK);
    const float *y = ln_plan_logits(plan);
    for (int i = 0; i < SWEEP / 2; i++) {
        if (!(ulps(y[i], tanh((double)x[i])) <= 3) || y[i] > 1)
            fail_msg("tanh(%.9g) is %.9g, not %.9g", (double)x[i], (double)y[i], tanh((double)x[i]));
        assert_true(y[i + SWEEP / 2] == -y[i]);
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

static void test_edges(void **state) {
    float x[6] = {0.0F, -0.0F, NAN, INFINITY, -INFINITY, 3e38F};
    struct ln_net *net;
    struct ln_plan *plan = plan_of(&net, 6);
    assert_int_equal(ln_plan_forward(plan, x, NULL, 0), LINNET_OK);
    const float *y = ln_plan_logits(plan);
    assert_true(y[0] == 0 && y[1] == 0 && isnan(y[2]));
    assert_true(y[3] == 1 && y[4] == -1 && y[5] == 1);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {{{1, 3, 4, 5}, &none, "layer = tanh(input)", {3, 4, 5}}};
    op_facts_check(&ln_op_tanh, false, facts, COUNT(facts));
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
