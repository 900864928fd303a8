/* The bytes that each step of a plan reports to move. */
#include "unit/graph/nets.h"

#include "graph/plan_impl.h"

enum { BATCH = 8, F = sizeof(float) };

/* The bytes of the layer's step of that kind. */
static double bytes_of(const struct ln_plan *plan, enum ln_step_kind kind, const char *layer) {
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == kind && strcmp(plan->nodes[plan->steps[i].node].node.name, layer) == 0)
            return ln_plan_step_bytes(plan, i);
    fail_msg("no step of %s", layer);
    return 0;
}

/* net_lenet's fc1: [8, 512] -> [8, 64]. */
static void test_linear(void **state) {
    enum { IN = BATCH * 512, OUT = BATCH * 64, PARAMS = 64 * 512 + 64 };
    for (int train = 0; train < 2; train++) {
        struct ln_net *net = net_of(net_lenet);
        struct ln_plan *plan = NULL;
        nets_ok(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = BATCH, .train = train}));
        assert_true(bytes_of(plan, LN_STEP_FORWARD, "fc1") == F * (IN + OUT + PARAMS));
        if (train) /* x, dy, dx; w and dw */
            assert_true(bytes_of(plan, LN_STEP_BACKWARD, "fc1") == F * (2 * IN + OUT + 2 * PARAMS));
        ln_plan_destroy(plan);
        ln_net_destroy(net);
    }
}

static const struct ln_plan_node *node_of(const struct ln_plan *plan, const char *layer) {
    for (size_t i = 0; i < plan->node_count; i++)
        if (strcmp(plan->nodes[i].node.name, layer) == 0) return &plan->nodes[i];
    fail_msg("no layer %s", layer);
    return NULL;
}

/* Two normalisations write 16 channels each into a concatenation of 32: each moves only its half. */
static void test_slices(void **state) {
    struct ln_net *net = net_of("linnet 1\n"
                                "input 3x8x8\n"
                                "c1 = conv(input) out=16 kernel=1 no_bias\n"
                                "b1 = batchnorm(c1)\n"
                                "c2 = conv(input) out=16 kernel=1 no_bias\n"
                                "b2 = batchnorm(c2)\n"
                                "both = concat(b1 b2)\n"
                                "f = flatten(both)\n"
                                "l = linear(f) out=3\n"
                                "output l\n");
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = BATCH, .train = true}));
    const double value = F * BATCH * 16 * 8 * 8; /* one value, without the numbers per channel */
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "b2" : "b1";
        assert_true(node_of(plan, name)->value.slice_at >= 0);
        assert_true(bytes_of(plan, LN_STEP_FORWARD, name) > 2 * value);
        assert_true(bytes_of(plan, LN_STEP_FORWARD, name) < 2.2 * value);
        assert_true(bytes_of(plan, LN_STEP_BACKWARD, name) > 3 * value);
        assert_true(bytes_of(plan, LN_STEP_BACKWARD, name) < 3.3 * value);
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_linear), cmocka_unit_test(test_slices)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
