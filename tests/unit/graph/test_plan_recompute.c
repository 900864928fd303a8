/* Values recomputed in the backward pass: less memory, the same bits. */
#include "unit/graph/nets.h"

#include "graph/plan_impl.h"

enum { BATCH = 5 };

struct how {
    enum ln_recompute recompute;
    bool poison, direct;
};

static struct ln_plan *plan_of(const struct ln_net *net, struct how how) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net,
                           &(struct ln_plan_opts){.batch = BATCH,
                                                  .train = true,
                                                  .seed = 3,
                                                  .recompute = how.recompute,
                                                  .poison = how.poison,
                                                  .direct = how.direct}));
    nets_ok(ln_plan_init(plan, 11));
    return plan;
}

static void step(struct ln_plan *plan) {
    float *x = net_images(ln_plan_net(plan), BATCH);
    int32_t *labels = net_labels(ln_plan_net(plan), BATCH);
    nets_ok(ln_plan_forward(plan, x, labels, 1));
    nets_ok(ln_plan_backward(plan));
    free(x);
    free(labels);
}

static int steps_of(const struct ln_plan *plan, const char *layer) {
    int count = 0;
    for (size_t i = 0; i < ln_plan_steps(plan); i++) {
        struct ln_plan_row row = ln_plan_row(plan, i);
        count += strcmp(row.pass, "recompute") == 0 && (!layer || strcmp(row.layer, layer) == 0);
    }
    return count;
}

/* Every network; a buffer turns to nan when its lifetime ends. */
static void test_same_bits(void **state) {
    for (size_t i = 0; i < COUNT(nets_all); i++) {
        struct ln_net *net = net_of(nets_all[i]);
        struct ln_plan *kept = plan_of(net, (struct how){.recompute = LN_RECOMPUTE_NEVER}),
                       *recomputed =
                           plan_of(net, (struct how){.recompute = LN_RECOMPUTE_ALWAYS, .poison = true});
        size_t count, count_recomputed;
        step(kept);
        step(recomputed);
        assert_true(ln_plan_loss(kept) == ln_plan_loss(recomputed));
        ln_plan_values(kept, &count);
        ln_plan_values(recomputed, &count_recomputed);
        assert_int_equal(count, count_recomputed);
        assert_memory_equal(ln_plan_grads(kept), ln_plan_grads(recomputed), count * sizeof(float));
        assert_int_equal(steps_of(kept, NULL), 0);
        ln_plan_destroy(kept);
        ln_plan_destroy(recomputed);
        ln_net_destroy(net);
    }
}

/* Convolutions read b2 and b4. b3 stands for r3, whose other term, the output of a pooling, is kept. b5 stands for r5, whose
 * other term b6 is recomputed for it. b7 is not recomputed: no layer needs its sum in the backward pass. Only with direct sums:
 * all layers have one layout, and nothing is reordered. */
static void test_which(void **state) {
    struct ln_net *net = net_of(net_residual);
    struct ln_plan *kept = plan_of(net, (struct how){.recompute = LN_RECOMPUTE_NEVER, .direct = true}),
                   *recomputed = plan_of(net, (struct how){.recompute = LN_RECOMPUTE_ALWAYS, .direct = true});
    static const char *const layers[] = {"b2", "b3", "b4", "b5", "b6"};
    for (size_t i = 0; i < COUNT(layers); i++)
        if (steps_of(recomputed, layers[i]) != 1)
            fail_msg("%s: %d times", layers[i], steps_of(recomputed, layers[i]));
    assert_int_equal(steps_of(recomputed, NULL), COUNT(layers));
    assert_true(ln_plan_memory(recomputed).activations < ln_plan_memory(kept).activations);
    ln_plan_destroy(kept);
    ln_plan_destroy(recomputed);
    ln_net_destroy(net);
}

/* Nothing is recomputed if that would save little. */
static void test_if_large(void **state) {
    struct ln_net *net = net_of(net_residual);
    struct ln_plan *plan = plan_of(net, (struct how){.recompute = LN_RECOMPUTE_IF_LARGE});
    assert_int_equal(steps_of(plan, NULL), 0);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits), cmocka_unit_test(test_which),
                                       cmocka_unit_test(test_if_large)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
