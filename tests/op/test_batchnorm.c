/* Batch normalisation in every layout, and its running statistics: in training, in evaluation, and with
 * batches that must not change them.
 */
#include "kernel/planes.h"
#include "op/op_formulas.h"
#include "ref/ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NORM(...)                        \
    &(const struct ln_batchnorm_attrs) { \
        __VA_ARGS__                      \
    }

static void test_formulas(void **state) {
    const struct op_case cases[] = {
        {{7, 1, 1, 1}, NORM(.eps = 1e-5)},
        {{3, 1, 5, 4}, NORM(.momentum = 0.3)},
        {{2, 3, 4, 4}, NORM(.eps = 1e-3)},
        {{3, 17, 7, 3}, NORM(.momentum = LINNET_NONE)},
        {{16, 6, 5, 5}, NORM(.momentum = 1)}, /* sixteen images side by side */
        {{2, 16, 9, 9}, NORM(.zero_init = true)},
        {{5, 32, 1, 3}, NORM(.eps = 0.5)},
        {{2, 40, 20, 20}, NORM(0)}, /* more than one chunk of rows */
        {{70, 2, 3, 3}, NORM(0)},   /* more images than parts */
    };
    op_check(&op_formulas_batchnorm, cases, COUNT(cases));
}

static void ok(int status) {
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
}

/* c1 -> batchnorm -> flatten; the convolution copies (op_front_set). */
static struct ln_plan *plan_of(const struct ln_net *net, int batch, bool train, struct ln_plan *like) {
    struct ln_plan *plan = NULL;
    ok(ln_plan_create(
        &plan, net,
        &(struct ln_plan_opts){
            .batch = batch, .train = train, .no_loss = train, .input_grad = train, .like = like}));
    if (like) return plan;
    ok(ln_plan_init(plan, 1));
    op_front_set(plan);
    return plan;
}

enum { N = 3, C = 20, H = 5, W = 4, PIXELS = H * W, COUNTED = N * C * PIXELS };
static const struct op_case box = {{N, C, H, W}, NORM(0)};

/* Numbers far from zero: a variance computed from a sum of squares would be lost in rounding. */
static void test_far_from_zero(void **state) {
    struct ln_net *net = op_net(&ln_op_batchnorm, false, &box, true);
    struct ln_plan *plan = plan_of(net, N, true, NULL);
    struct ref_batchnorm d = {N, C, PIXELS, 1e-5, 0.1};
    float x[COUNTED];
    double wide[COUNTED], y[COUNTED], ones[C], zeros[C] = {0};
    op_fill(x, COUNTED, 1);
    for (int i = 0; i < C; i++) ones[i] = 1;
    for (int i = 0; i < COUNTED; i++) wide[i] = x[i] = (float)(x[i] + 1000 * (1 + i / PIXELS % C));
    x[0] += 4;
    wide[0] = x[0];
    ref_batchnorm_forward(&d, wide, ones, zeros, y);
    ok(ln_plan_forward(plan, x, NULL, 0));
    for (int i = 0; i < COUNTED; i++)
        if (fabs((double)ln_plan_logits(plan)[i] - y[i]) > 2e-3) /* half a unit of 20000 in the mean */
            fail_msg("y[%d] is %g, not %g", i, (double)ln_plan_logits(plan)[i], y[i]);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

static float param(const struct ln_plan *plan, size_t i, size_t at) {
    float plain[C * C];
    ok(ln_plan_get_param(plan, i, plain));
    return plain[at];
}

/* Parameters of the net: the convolution's, then these. */
enum { WEIGHT = 1, BIAS, MEAN, VAR, BATCHES };

/* Evaluation shares the statistics that training has gathered, and gathers none. */
static void test_evaluation(void **state) {
    struct ln_net *net = op_net(&ln_op_batchnorm, false, &box, true);
    struct ln_plan *train = plan_of(net, N, true, NULL), *infer = plan_of(net, 2, false, train);
    float x[COUNTED], weight[C], bias[C], mean[C], var[C];
    double wide[COUNTED], y[COUNTED], w[C], b[C], m[C] = {0}, v[C];
    struct ref_batchnorm d = {N, C, PIXELS, 1e-5, 0.1};
    op_fill(weight, C, 4);
    op_fill(bias, C, 5);
    ok(ln_plan_set_param(train, WEIGHT, weight));
    ok(ln_plan_set_param(train, BIAS, bias));
    for (int i = 0; i < C; i++) {
        w[i] = weight[i];
        b[i] = bias[i];
        v[i] = 1;
    }
    for (uint32_t step = 0; step < 3; step++) {
        op_fill(x, COUNTED, 7 + step);
        for (int i = 0; i < COUNTED; i++) wide[i] = x[i];
        ok(ln_plan_forward(train, x, NULL, step));
        ref_batchnorm_track(&d, wide, m, v);
    }
    ok(ln_plan_get_param(train, MEAN, mean));
    ok(ln_plan_get_param(train, VAR, var));
    for (int i = 0; i < C; i++) {
        assert_true(fabs((double)mean[i] - m[i]) < 1e-6);
        assert_true(fabs((double)var[i] - v[i]) < 1e-6);
    }
    assert_true(param(train, BATCHES, 0) == 3);
    d.n = 2;
    ref_batchnorm_infer(&d, wide, w, b, m, v, y);
    ok(ln_plan_forward(infer, x, NULL, 0));
    for (int i = 0; i < 2 * C * PIXELS; i++)
        assert_true(fabs((double)ln_plan_logits(infer)[i] - y[i]) < 1e-5);
    assert_true(param(infer, BATCHES, 0) == 3 && param(infer, MEAN, 1) == mean[1]);
    ln_plan_destroy(infer);
    ln_plan_destroy(train);
    ln_net_destroy(net);
}

/* A step with a nan is not applied, so the nan must not stay in the running statistics either. */
static void test_not_finite(void **state) {
    struct ln_net *net = op_net(&ln_op_batchnorm, false, &box, false);
    struct ln_plan *plan = plan_of(net, N, true, NULL);
    float x[COUNTED], mean[C], var[C];
    op_fill(x, COUNTED, 1);
    x[3 * PIXELS] = NAN;
    x[5 * PIXELS + 2] = INFINITY;
    ok(ln_plan_forward(plan, x, NULL, 0));
    assert_true(isnan(ln_plan_logits(plan)[3 * PIXELS + 1]) && !isnan(ln_plan_logits(plan)[0]));
    ok(ln_plan_get_param(plan, MEAN - 1, mean));
    ok(ln_plan_get_param(plan, VAR - 1, var));
    for (int i = 0; i < C; i++) {
        bool kept = mean[i] == 0 && var[i] == 1;
        assert_true(kept == (i == 3 || i == 5) && isfinite(mean[i]) && isfinite(var[i]));
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

/* One number per channel: its deviation from the mean is 0, which says nothing about the variance. */
static void test_single_number(void **state) {
    const struct op_case one = {{1, 3, 1, 1}, NORM(0)};
    struct ln_net *net = op_net(&ln_op_batchnorm, false, &one, false);
    struct ln_plan *plan = plan_of(net, 1, true, NULL);
    const float x[3] = {5, -2, 0}, bias[3] = {1, 2, 3};
    ok(ln_plan_set_param(plan, BIAS - 1, bias));
    ok(ln_plan_forward(plan, x, NULL, 0));
    for (int i = 0; i < 3; i++) ln_plan_dout(plan)[i] = 1;
    ok(ln_plan_backward(plan));
    for (int i = 0; i < 3; i++) {
        assert_true(ln_plan_logits(plan)[i] == bias[i] && ln_plan_din(plan)[i] == 0);
        assert_true(param(plan, VAR - 1, (size_t)i) == 1 && param(plan, MEAN - 1, (size_t)i) == 0);
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 8, 8}, NORM(.eps = 2), "op-attr", "eps 2"},
        {{1, 3, 8, 8}, NORM(.eps = LINNET_NONE), "op-attr", "eps 0"},
        {{1, 3, 8, 8}, NORM(.momentum = 1.5), "op-attr", "momentum 1.5"},
    };
    op_refuse(&ln_op_batchnorm, false, refusals, COUNT(refusals));
    const struct op_refusal flat[] = {{{1, 3, 8, 8}, NORM(0), "op-rank", "4 dimensions, got 2"}};
    op_refuse(&ln_op_batchnorm, true, flat, COUNT(flat));
}

static void test_facts(void **state) {
    const struct op_facts facts[] = {
        {{1, 3, 4, 5}, NORM(0), "layer = batchnorm(input)", {3, 4, 5}, 6},
        {{1, 3, 4, 5},
         NORM(.eps = 0.5, .momentum = LINNET_NONE, .zero_init = true),
         "layer = batchnorm(input) eps=0.5 momentum=0 zero_init",
         {3, 4, 5},
         6},
    };
    op_facts_check(&ln_op_batchnorm, false, facts, COUNT(facts));
}

/* The names, types and first values that a state_dict has. */
static void test_parameters(void **state) {
    static const char *const names[] = {"weight", "bias", "running_mean", "running_var",
                                        "num_batches_tracked"};
    for (int zero = 0; zero < 2; zero++) {
        const struct ln_shape in = ln_shape_of(1, 7, 2, 2);
        struct ln_param_spec p[LN_OP_PARAMS];
        assert_int_equal(ln_op_batchnorm.params(NORM(.zero_init = zero), &in, p), 5);
        for (int i = 0; i < 5; i++) {
            bool one = i == 3 || (i == 0 && !zero);
            assert_string_equal(p[i].name, names[i]);
            assert_int_equal(p[i].init, one ? LN_INIT_ONE : LN_INIT_ZERO);
            assert_int_equal(p[i].dtype, i == 4 ? LN_I64 : LN_F32);
            assert_int_equal(p[i].buffer, i >= 2);
            assert_int_equal(p[i].shape.rank, i == 4 ? 0 : 1);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),      cmocka_unit_test(test_far_from_zero),
        cmocka_unit_test(test_evaluation),    cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_single_number), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_facts),         cmocka_unit_test(test_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
