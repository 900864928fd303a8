/* Plans in bf16: the results of fp32 up to rounding; the same bits every time; no buffer is read after its lifetime. */
#include "unit/graph/nets.h"

#include <math.h>

enum { BATCH = 16 };

static void need_bf16(void) {
    if (ln_dnn_has_bf16()) return;
    print_message("skipped: bf16, this processor has no instructions for it\n");
    skip();
}

static float *floats(size_t count) {
    float *data = calloc(count + 1, sizeof *data);
    assert_non_null(data);
    return data;
}

/* Results of a step: the loss; the logits, followed by the gradients of the parameters in plain order. */
struct outcome {
    double loss;
    float *numbers;
    size_t logits, count;
};

static void step(struct ln_plan *plan) {
    float *x = net_images(ln_plan_net(plan), BATCH);
    int32_t *labels = net_labels(ln_plan_net(plan), BATCH);
    nets_ok(ln_plan_forward(plan, x, labels, 3));
    nets_ok(ln_plan_backward(plan));
    free(x);
    free(labels);
}

static struct ln_plan *plan_of(const struct ln_net *net, const struct ln_plan_opts *opts) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, opts));
    if (!opts->like) nets_ok(ln_plan_init(plan, 11));
    return plan;
}

static struct outcome outcome_of(const struct ln_net *net, const struct ln_plan_opts *opts) {
    struct outcome o = {.logits = (size_t)(BATCH * ln_net_classes(net))};
    struct ln_plan *plan = plan_of(net, opts);
    step(plan);
    o.count = o.logits;
    for (size_t i = 0; i < net->param_count; i++) o.count += ln_net_param_size(net, i);
    o.numbers = floats(o.count);
    o.loss = ln_plan_loss(plan);
    memcpy(o.numbers, ln_plan_logits(plan), o.logits * sizeof(float));
    size_t at = o.logits;
    for (size_t i = 0; i < net->param_count; at += ln_net_param_size(net, i++))
        nets_ok(ln_plan_get_grad(plan, i, o.numbers + at));
    ln_plan_destroy(plan);
    return o;
}

static double off(const float *is, const float *want, size_t count) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        difference += ((double)is[i] - want[i]) * ((double)is[i] - want[i]);
        size += (double)want[i] * want[i];
    }
    return size > 0 ? sqrt(difference / size) : sqrt(difference);
}

static struct ln_plan_opts with(enum ln_dtype dtype, bool direct, bool poison) {
    struct ln_plan_opts opts = {.batch = BATCH, .train = true, .seed = 2};
    opts.dtype = dtype;
    opts.direct = direct;
    opts.poison = poison;
    return opts;
}

/* Compares parameter by parameter, so that small gradients count too. */
static void gradients_near(const struct ln_net *net, const struct outcome *is, const struct outcome *want,
                           double tolerance) {
    size_t at = is->logits;
    for (size_t i = 0; i < net->param_count; at += ln_net_param_size(net, i++)) {
        double error = off(is->numbers + at, want->numbers + at, ln_net_param_size(net, i));
        if (!(error < tolerance))
            fail_msg("%s: the gradient is off by %g in norm", net->params[i].name, error);
    }
}

/* Rounding changes numbers by one part in 2^9, several times between input and output. A few numbers then change sign at a
 * ReLU, or a pooling picks another pixel; both show in gradients of few numbers. net_odd is left out: its dropouts draw by the
 * position in memory, and in bf16 its layouts differ. */
static void test_as_in_fp32(void **state) {
    need_bf16();
    for (size_t i = 0; i < COUNT(nets_all) * 2; i++) {
        if (nets_all[i / 2] == net_odd) continue;
        struct ln_net *net = net_of(nets_all[i / 2]);
        struct ln_plan_opts narrow = with(LN_BF16, i % 2, false), wide = with(LN_F32, i % 2, false);
        struct outcome is = outcome_of(net, &narrow), want = outcome_of(net, &wide);
        assert_true(fabs(is.loss - want.loss) < 2e-3 * want.loss);
        assert_true(off(is.numbers, want.numbers, is.logits) < 0.03);
        assert_true(is.numbers[0] != want.numbers[0] || nets_all[i / 2] == net_bare); /* it was bf16 */
        gradients_near(net, &is, &want, 0.2);
        free(is.numbers);
        free(want.numbers);
        ln_net_destroy(net);
    }
}

/* Two plans of one network give the same bits, even if the second writes nan into each buffer whose lifetime has ended. */
static void test_same_bits(void **state) {
    need_bf16();
    for (size_t i = 0; i < COUNT(nets_all) * 2; i++) {
        struct ln_net *net = net_of(nets_all[i / 2]);
        struct ln_plan_opts plain = with(LN_BF16, false, false), again = with(LN_BF16, false, i % 2);
        struct outcome one = outcome_of(net, &plain), other = outcome_of(net, &again);
        assert_true(isfinite(one.loss));
        assert_memory_equal(&one.loss, &other.loss, sizeof one.loss);
        assert_memory_equal(one.numbers, other.numbers, one.count * sizeof(float));
        free(one.numbers);
        free(other.numbers);
        ln_net_destroy(net);
    }
}

/* An inference plan that shares the parameters of a training plan uses their new values after each step. */
static void test_shared(void **state) {
    need_bf16();
    struct ln_net *net = net_of(net_residual);
    struct ln_plan_opts opts = with(LN_BF16, false, false);
    struct ln_plan *train = plan_of(net, &opts);
    struct ln_plan *infer = plan_of(net, &(struct ln_plan_opts){.batch = 3, .dtype = LN_BF16, .like = train});
    struct ln_plan *apart = plan_of(net, &(struct ln_plan_opts){.batch = 3, .dtype = LN_F32});
    float *x = net_images(net, 3);
    for (int i = 0; i < 2; i++) {
        size_t count;
        step(train);
        float *values = ln_plan_values(train, &count), *grads = ln_plan_grads(train);
        for (size_t j = 0; j < count; j++) values[j] -= 0.1F * grads[j];
        nets_ok(ln_plan_copy_params(apart, train));
        nets_ok(ln_plan_forward(infer, x, NULL, 0));
        nets_ok(ln_plan_forward(apart, x, NULL, 0));
        assert_true(off(ln_plan_logits(infer), ln_plan_logits(apart), 18) < 0.03);
    }
    free(x);
    ln_plan_destroy(apart);
    ln_plan_destroy(infer);
    ln_plan_destroy(train);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_in_fp32), cmocka_unit_test(test_same_bits),
                                       cmocka_unit_test(test_shared)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
