/* The plan's table. */
#include "unit/graph/nets.h"

#include "graph/plan_impl.h"

static struct ln_plan *plan_of(const struct ln_net *net) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = 8, .train = true}));
    return plan;
}

static size_t occurrences(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) count++;
    return count;
}

/* One line for the heading, one per step, one for the memory. */
static void test_text(void **state) {
    for (size_t i = 0; i < COUNT(nets_all); i++) {
        struct ln_net *net = net_of(nets_all[i]);
        struct ln_plan *plan = plan_of(net);
        char *text;
        nets_ok(ln_plan_print(plan, false, &text));
        assert_int_equal(occurrences(text, "\n"), plan->step_count + 2);
        assert_int_equal(strncmp(text, "step pass ", 10), 0);
        assert_non_null(strstr(text, "\nparameters "));
        assert_non_null(strstr(text, " softmax_xent "));
        ln_free(text);
        ln_plan_destroy(plan);
        ln_net_destroy(net);
    }
}

static void test_json(void **state) {
    struct ln_net *net = net_of(net_lenet);
    struct ln_plan *plan = plan_of(net);
    struct ln_plan_memory memory = ln_plan_memory(plan);
    char *text, number[64];
    nets_ok(ln_plan_print(plan, true, &text));
    assert_int_equal(occurrences(text, "{\"step\": "), plan->step_count);
    assert_non_null(strstr(text, "\"batch\": 8"));
    assert_non_null(strstr(text, "\"pass\": \"forward\", \"layer\": \"conv1\", \"op\": \"conv+relu\""));
    assert_non_null(strstr(text, "\"shape\": \"[8, 16, 24, 24]\""));
    snprintf(number, sizeof number, "\"activation_bytes\": %zu", memory.activations);
    assert_non_null(strstr(text, number));
    snprintf(number, sizeof number, "\"gradient_bytes\": %zu", memory.grads);
    assert_non_null(strstr(text, number));
    assert_int_equal(memory.params, memory.grads);
    assert_true(memory.params >= (size_t)ln_net_parameters(net) * sizeof(float));
    ln_free(text);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
