/* Building a network: names, shapes, parameters, costs; the first error is the one that is reported. */
#include "unit/graph/nets.h"

static struct ln_value small(struct ln_net *net, struct ln_value x) {
    x = ln_layer(net, conv, "stem", x, .out = 4, .kernel = {3});
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, flatten, NULL, x);
    return ln_layer(net, linear, "head", x, .out = 5);
}

static void test_builder(void **state) {
    struct ln_net *net = ln_net_create(2, 6, 5);
    ln_output(net, small(net, ln_input(net)));
    nets_ok(ln_net_finish(net));
    static const char *const names[] = {"input", "stem", "relu1", "flatten1", "head"};
    assert_int_equal(net->count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++) assert_string_equal(net->nodes[i].name, names[i]);
    static const char *const params[] = {"stem.weight", "stem.bias", "head.weight", "head.bias"};
    assert_int_equal(net->param_count, COUNT(params));
    for (size_t i = 0; i < COUNT(params); i++) assert_string_equal(net->params[i].name, params[i]);
    assert_int_equal(ln_net_parameters(net), 4 * 2 * 9 + 4 + 5 * 48 + 5);
    assert_int_equal(ln_net_param_size(net, 2), 5 * 48);
    assert_int_equal(ln_net_largest_param(net), 5 * 48);
    assert_int_equal(ln_net_macs(net), 12 * 4 * 2 * 9 + 5 * 48);
    assert_int_equal(ln_net_classes(net), 5);
    ln_net_destroy(net);
    ln_net_destroy(NULL);
}

/* Given names take precedence over numbered ones. */
static void test_names(void **state) {
    struct ln_net *net = ln_net_create(1, 4, 4);
    struct ln_value x = ln_layer(net, relu, "relu2", ln_input(net));
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, tanh, NULL, x);
    x = ln_layer(net, relu, "relu4", x);
    x = ln_layer(net, relu, NULL, x);
    static const char *const names[] = {"relu2", "relu3", "tanh1", "relu4", "relu5"};
    assert_int_equal(net->status, LINNET_OK);
    for (size_t i = 0; i < COUNT(names); i++)
        if (i != 1) assert_string_equal(net->nodes[i + 1].name, names[i]);
    for (size_t i = 1; i < net->count; i++)
        for (size_t j = 1; j < i; j++) assert_string_not_equal(net->nodes[i].name, net->nodes[j].name);
    ln_net_destroy(net);
}

/* Auxiliary heads are not needed in inference and do not count as cost. */
static void test_auxiliary(void **state) {
    struct ln_net *net = net_of(net_heads);
    bool needed[32];
    ln_net_needed(net, needed);
    for (size_t i = 0; i < net->count; i++) {
        const char *name = net->nodes[i].name;
        bool main_path = strcmp(name, "input") == 0 || strcmp(name, "c1") == 0 || strcmp(name, "r1") == 0 ||
                         strcmp(name, "p1") == 0 || strcmp(name, "c2") == 0 || strcmp(name, "f2") == 0 ||
                         strcmp(name, "a2") == 0;
        assert_int_equal(needed[i], main_path);
    }
    assert_int_equal(ln_net_macs(net), 10 * 8 * 17 * 2 * 9 + 3 * 2 * 16 * 17 * 9 + 5 * 96);
    ln_net_destroy(net);
}

/* ---- refusals ------------------------------------------------------------------------------------------ */

typedef void build_fn(struct ln_net *net);

static void no_output(struct ln_net *net) {
    small(net, ln_input(net));
}

static void twice(struct ln_net *net) {
    struct ln_value x = ln_layer(net, relu, "a", ln_input(net));
    ln_output(net, ln_layer(net, relu, "a", x));
}

static void bad_name(struct ln_net *net) {
    ln_output(net, ln_layer(net, relu, "a b", ln_input(net)));
}

static void no_name(struct ln_net *net) {
    ln_output(net, ln_layer(net, relu, "", ln_input(net)));
}

static void long_name(struct ln_net *net) {
    char name[LN_NET_NAME_MAX + 2];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ln_output(net, ln_layer(net, relu, name, ln_input(net)));
}

static void many_inputs(struct ln_net *net) {
    struct ln_value in[LN_OP_INPUTS + 1] = {{0}};
    ln_output(net, ln_join(net, relu, "a", in, LN_OP_INPUTS + 1, ));
}

static void two_inputs(struct ln_net *net) {
    struct ln_value in[2] = {{0}};
    ln_output(net, ln_join(net, relu, "a", in, 2, ));
}

static void many_outputs(struct ln_net *net) {
    struct ln_value x = small(net, ln_input(net));
    for (int i = 0; i <= LN_NET_OUTPUTS; i++) ln_output_aux(net, x, 1);
}

static void planes_out(struct ln_net *net) {
    ln_output(net, ln_layer(net, relu, "a", ln_input(net)));
}

static void other_classes(struct ln_net *net) {
    struct ln_value x = small(net, ln_input(net));
    ln_output(net, x);
    ln_output_aux(net, ln_layer(net, linear, "side", x, .out = 4), 0.5);
}

static void large_param(struct ln_net *net) {
    struct ln_value x = ln_layer(net, conv, "a", ln_input(net), .out = 1 << 20, .kernel = {1});
    x = ln_layer(net, conv, "b", x, .out = 1 << 14, .kernel = {1});
    ln_output(net, ln_layer(net, flatten, "f", x));
}

static void large_value(struct ln_net *net) {
    struct ln_value x =
        ln_layer(net, conv, "a", ln_input(net), .out = 1 << 20, .kernel = {1}, .padding = {100});
    ln_output(net, ln_layer(net, flatten, "f", x));
}

static void many_nodes(struct ln_net *net) {
    struct ln_value x = ln_input(net);
    for (int i = 0; i < LN_NET_NODES_MAX; i++) x = ln_layer(net, relu, NULL, x);
    ln_output(net, ln_layer(net, flatten, "f", x));
}

/* Calls after the first error do nothing and do not replace it. */
static void error_kept(struct ln_net *net) {
    struct ln_value x = ln_layer(net, conv, "first", ln_input(net), .out = 3, .kernel = {9});
    x = ln_layer(net, conv, "second", x, .kernel = {99}, .out = 3);
    x = ln_layer(net, relu, "bad name", x);
    for (int i = 0; i < 9; i++) ln_output(net, x);
}

static void test_refusals(void **state) {
    static const struct {
        build_fn *build;
        int status;
        const char *code, *part;
    } cases[] = {
        {no_output, LINNET_ERR_INPUT, "net-output", "no output"},
        {twice, LINNET_ERR_INPUT, "net-name", "'a' is used twice"},
        {bad_name, LINNET_ERR_INPUT, "net-name", "'a b'"},
        {no_name, LINNET_ERR_INPUT, "net-name", "''"},
        {long_name, LINNET_ERR_INPUT, "net-name", "at most 200"},
        {many_inputs, LINNET_ERR_USAGE, "net-inputs", "5 inputs, must be 1 to 4"},
        {two_inputs, LINNET_ERR_USAGE, "net-inputs", "relu takes 1 inputs, not 2"},
        {many_outputs, LINNET_ERR_USAGE, "net-output", "more than 4"},
        {planes_out, LINNET_ERR_INPUT, "net-output", "a has 4 dimensions"},
        {other_classes, LINNET_ERR_INPUT, "net-output", "side has 4 classes, the main one 5"},
        {large_param, LINNET_ERR_LIMIT, "net-param",
         "b: weight [16384, 1048576, 1, 1] has 17179869184 numbers; the limit is 2147483648"},
        {large_value, LINNET_ERR_LIMIT, "net-size",
         "a: the output of one image [1, 1048576, 206, 206] has 44497371136 numbers; the limit is 67108864"},
        {many_nodes, LINNET_ERR_LIMIT, "net-nodes", "more than 10000"},
        {error_kept, LINNET_ERR_USAGE, "op-kernel", "first: kernel 9 larger than input 6"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t live = ln_alloc_live();
        struct ln_net *net = ln_net_create(2, 6, 6);
        cases[i].build(net);
        assert_failure(ln_net_finish(net), cases[i].status, cases[i].code, cases[i].part);
        ln_net_destroy(net);
        assert_int_equal(ln_alloc_live(), live);
    }
}

static void test_input_sizes(void **state) {
    static const struct {
        int c, h, w, status;
        const char *code, *part;
    } cases[] = {{0, 8, 8, LINNET_ERR_USAGE, "net-input", "input"},
                 {1, -1, 8, LINNET_ERR_USAGE, "net-input", "input"},
                 {1, 8, 65537, LINNET_ERR_USAGE, "net-input", "input"},
                 {4097, 8, 8, LINNET_ERR_USAGE, "net-input", "input"},
                 {1, 4096, 4096, LINNET_ERR_LIMIT, "net-size",
                  "input: an image of [1, 1, 4096, 4096] has 16777216 numbers; the limit is 16000000"},
                 {4096, 65536, 65536, LINNET_ERR_LIMIT, "net-size", "has 17592186044416 numbers"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ln_net *net = ln_net_create(cases[i].c, cases[i].h, cases[i].w);
        assert_failure(ln_net_finish(net), cases[i].status, cases[i].code, cases[i].part);
        ln_net_destroy(net);
    }
}

/* A cost beyond 64 bits becomes INT64_MAX, not a negative number. */
static void test_cost_limit(void **state) {
    assert_true(ln_macs_sum(1, 2, 3) == 7);
    assert_true(ln_macs_sum(0, INT64_MAX / 2, 3) == INT64_MAX);
    assert_true(ln_macs_sum(INT64_MAX - 5, 6, 1) == INT64_MAX);
}

static int build_and_finish(const void *arg) {
    struct ln_net *net = ln_net_create(2, 6, 6);
    if (!net) return LINNET_ERR_LIMIT;
    ln_output(net, small(net, ln_input(net)));
    int status = ln_net_finish(net);
    ln_net_destroy(net);
    return status;
}

static void test_out_of_memory(void **state) {
    assert_true(allocations_fail(build_and_finish, NULL) > 10);
}

static void test_summary(void **state) {
    struct ln_net *net = net_of(net_lenet);
    char *text;
    nets_ok(ln_net_summary(net, 32, false, &text));
    assert_non_null(strstr(text, "Conv2d"));
    assert_non_null(strstr(text, "[32, 16, 24, 24]"));
    assert_non_null(strstr(text, "12,832")); /* conv2: 32*16*25 + 32 */
    ln_free(text);
    nets_ok(ln_net_summary(net, 1, true, &text));
    assert_non_null(strstr(text, "{\"name\": \"conv2\", \"kind\": \"Conv2d\", \"shape\": [1, 32, 8, 8], "
                                 "\"parameters\": 12832, \"macs\": 819200}"));
    ln_free(text);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builder),       cmocka_unit_test(test_names),
        cmocka_unit_test(test_auxiliary),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_input_sizes),   cmocka_unit_test(test_cost_limit),
        cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_summary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
