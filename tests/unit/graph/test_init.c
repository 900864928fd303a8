/* How parameters start: each rule's mean and deviation, and names in scopes. */
#include "unit/graph/nets.h"

#include <math.h>

enum { CHANNELS = 64, OUT = 96, KERNEL = 3 };

static struct ln_net *one_conv(struct ln_value *x) {
    struct ln_net *net = ln_net_create(CHANNELS, 8, 8);
    assert_non_null(net);
    *x = ln_layer(net, conv, "c", ln_input(net), .out = OUT, .kernel = {KERNEL});
    return net;
}

static void moments_check(const struct ln_net *net, double mean, double deviation) {
    size_t count = ln_net_param_size(net, 0);
    float *w = malloc(count * sizeof *w);
    double sum = 0, square = 0;
    assert_non_null(w);
    ln_net_init_param(net, 0, 7, w);
    for (size_t i = 0; i < count; i++) sum += (double)w[i];
    for (size_t i = 0; i < count; i++) square += pow((double)w[i] - sum / (double)count, 2);
    assert_true(fabs(sum / (double)count - mean) <= 4 * deviation / sqrt((double)count) + 1e-7);
    assert_true(fabs(sqrt(square / (double)count) - deviation) <= 0.02 * deviation + 1e-9);
    free(w);
}

static void test_rules(void **state) {
    double fan_in = CHANNELS * KERNEL * KERNEL, fan_out = OUT * KERNEL * KERNEL;
    const struct {
        enum ln_init init;
        double value, mean, deviation;
    } cases[] = {
        {LN_INIT_ZERO, 5, 0, 0},
        {LN_INIT_ONE, 5, 1, 0},
        {LN_INIT_CONSTANT, 0.25, 0.25, 0},
        {LN_INIT_NORMAL, 0.01, 0, 0.01},
        {LN_INIT_UNIFORM_FAN_IN, 0, 0, 1 / sqrt(3 * fan_in)},
        {LN_INIT_KAIMING_FAN_IN, 0, 0, sqrt(2 / fan_in)},
        {LN_INIT_KAIMING_FAN_OUT, 0, 0, sqrt(2 / fan_out)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ln_value x;
        struct ln_net *net = one_conv(&x);
        ln_net_init_one(net, x, "weight", cases[i].init, cases[i].value);
        moments_check(net, cases[i].mean, cases[i].deviation);
        ln_net_destroy(net);
    }
}

/* A normal distribution's tails: 31.7 % beyond one deviation, 4.55 % beyond two, 0.27 % beyond three. */
static void test_tails(void **state) {
    struct ln_value x;
    struct ln_net *net = one_conv(&x);
    size_t count = ln_net_param_size(net, 0), beyond[4] = {0};
    float *w = malloc(count * sizeof *w);
    assert_non_null(w);
    ln_init_all(net, conv, "weight", LN_INIT_NORMAL, 1);
    ln_net_init_param(net, 0, 3, w);
    for (size_t i = 0; i < count; i++)
        for (int d = 1; d < 4; d++) beyond[d] += fabs((double)w[i]) > d;
    const double share[] = {1, 0.3173, 0.0455, 0.0027};
    for (int d = 1; d < 4; d++)
        assert_true(fabs((double)beyond[d] / (double)count - share[d]) < 5 * sqrt(share[d] / (double)count));
    free(w);
    ln_net_destroy(net);
}

/* A rule sets the parameter of its name in the layers of its kind, and no other. */
static void test_reach(void **state) {
    struct ln_value x;
    struct ln_net *net = one_conv(&x);
    x = ln_layer(net, flatten, NULL, x);
    x = ln_layer(net, linear, "l", x, .out = 3);
    ln_init_all(net, linear, "bias", LN_INIT_CONSTANT, 2);
    assert_string_equal(net->params[3].name, "l.bias");
    for (size_t i = 0; i < net->param_count; i++)
        assert_int_equal(net->params[i].spec.init, i == 3 ? LN_INIT_CONSTANT : LN_INIT_UNIFORM_FAN_IN);
    ln_net_destroy(net);
}

static void test_scopes(void **state) {
    struct ln_net *net = ln_net_create(1, 8, 8);
    struct ln_value x = ln_input(net);
    ln_scope_begin(net, "layer%d.%d", 2, 1);
    x = ln_layer(net, conv, "conv1", x, .out = 2, .kernel = {1});
    x = ln_layer(net, relu, NULL, x);
    ln_scope_begin(net, "branch");
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, relu, NULL, x);
    ln_scope_end(net);
    x = ln_layer(net, tanh, NULL, x);
    ln_scope_end(net);
    x = ln_layer(net, tanh, NULL, x);
    x = ln_layer(net, conv, "conv1", x, .out = 2, .kernel = {1});
    ln_output(net, ln_layer(net, flatten, NULL, x));
    nets_ok(ln_net_finish(net));
    static const char *const names[] = {"input",
                                        "layer2.1.conv1",
                                        "layer2.1.relu1",
                                        "layer2.1.branch.relu1",
                                        "layer2.1.branch.relu2",
                                        "layer2.1.tanh1",
                                        "tanh2",
                                        "conv1",
                                        "flatten1"};
    assert_int_equal(net->count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++) assert_string_equal(net->nodes[i].name, names[i]);
    ln_net_destroy(net);
}

static void test_scope_refusals(void **state) {
    struct ln_net *net = ln_net_create(1, 8, 8);
    for (int i = 0; i <= LN_NET_SCOPES; i++) ln_scope_begin(net, "s%d", i);
    for (int i = 0; i <= LN_NET_SCOPES; i++) ln_scope_end(net);
    ln_layer(net, relu, NULL, ln_input(net));
    assert_failure(ln_net_finish(net), LINNET_ERR_USAGE, "net-scope", "more than 8");
    ln_net_destroy(net);
    net = ln_net_create(1, 8, 8);
    ln_scope_begin(net, "%300d", 1);
    ln_scope_end(net);
    assert_failure(ln_net_finish(net), LINNET_ERR_USAGE, "net-scope", "too long");
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),  cmocka_unit_test(test_tails),          cmocka_unit_test(test_reach),
        cmocka_unit_test(test_scopes), cmocka_unit_test(test_scope_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
