/* One set of weights at several sizes of input, and which of the weights decay. */
#include "unit/graph/nets.h"

#include "graph/plan_impl.h"

static const char *const net_any_size = "linnet 1\n"
                                        "input 3x16x16\n"
                                        "c1 = conv(input) out=16 kernel=3 padding=1 no_bias\n"
                                        "b1 = batchnorm(c1)\n"
                                        "r1 = relu(b1)\n"
                                        "c2 = conv(r1) out=16 kernel=3 stride=2\n"
                                        "p = adaptive_avgpool(c2) out=1\n"
                                        "f = flatten(p)\n"
                                        "fc = linear(f) out=5\n"
                                        "output fc\n";

static void test_resized_has_the_same_parameters(void **state) {
    struct ln_net *net = net_of(net_any_size), *larger = NULL;
    nets_ok(ln_net_resized(net, 24, 40, &larger));
    assert_int_equal(larger->nodes[0].out.dim[2], 24);
    assert_int_equal(larger->nodes[0].out.dim[3], 40);
    assert_int_equal(larger->param_count, net->param_count);
    for (size_t i = 0; i < net->param_count; i++) {
        assert_string_equal(larger->params[i].name, net->params[i].name);
        assert_true(ln_shape_equal(&larger->params[i].spec.shape, &net->params[i].spec.shape));
    }
    ln_net_destroy(larger);
    ln_net_destroy(net);
}

static void test_a_flattened_map_has_one_size(void **state) {
    struct ln_net *net = net_of(net_lenet), *other = NULL;
    assert_int_equal(ln_net_resized(net, 32, 32, &other), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "net-size");
    assert_null(other);
    ln_net_destroy(net);
}

static void test_too_small_is_refused_as_by_the_layers(void **state) {
    struct ln_net *net = net_of(net_any_size), *other = NULL;
    assert_int_equal(ln_net_resized(net, 1, 1, &other), LINNET_ERR_INPUT);
    ln_net_destroy(net);
}

/* A step at one size changes the weights that the other sizes compute with. */
static void test_plans_of_two_sizes_share_parameters(void **state) {
    struct ln_net *net = net_of(net_any_size), *smaller = NULL;
    struct ln_plan *plan = NULL, *small = NULL;
    nets_ok(ln_net_resized(net, 8, 8, &smaller));
    nets_ok(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = 2, .train = true}));
    nets_ok(ln_plan_create(&small, smaller, &(struct ln_plan_opts){.batch = 2, .train = true, .like = plan}));
    nets_ok(ln_plan_init(plan, 1));
    static float images[2 * 3 * 8 * 8];
    for (size_t i = 0; i < COUNT(images); i++) images[i] = (float)(i % 7) - 3;
    const int32_t labels[2] = {1, 4};
    nets_ok(ln_plan_forward(small, images, labels, 0));
    nets_ok(ln_plan_backward(small));
    size_t count, small_count;
    assert_ptr_equal(ln_plan_values(plan, &count), ln_plan_values(small, &small_count));
    assert_int_equal(count, small_count);
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += ln_plan_grads(plan)[i] != 0;
    assert_true(sum > 0);
    ln_plan_destroy(small);
    ln_plan_destroy(plan);
    ln_net_destroy(smaller);
    ln_net_destroy(net);
}

static void test_weights_decay_and_vectors_do_not(void **state) {
    struct ln_net *net = net_of(net_any_size);
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = 2, .train = true}));
    size_t count, decayed = ln_plan_decayed(plan);
    const float *values = ln_plan_values(plan, &count);
    assert_true(decayed > 0 && decayed < count);
    for (size_t i = 0; i < net->param_count; i++) {
        const struct ln_plan_param *p = &plan->params[i];
        const bool is_weight = net->params[i].spec.shape.rank > 1;
        assert_int_equal((size_t)(p->value - values) < decayed, is_weight);
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resized_has_the_same_parameters),
        cmocka_unit_test(test_a_flattened_map_has_one_size),
        cmocka_unit_test(test_too_small_is_refused_as_by_the_layers),
        cmocka_unit_test(test_plans_of_two_sizes_share_parameters),
        cmocka_unit_test(test_weights_decay_and_vectors_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
