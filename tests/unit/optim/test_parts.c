/* Parts with rates of their own: each equals a step with its rate and decay; weights in no part keep their bits and state; a
 * reset optimiser equals a new one. */
#include "unit/base/base_test.h"

#include "optim/optim.h"
#include <string.h>

enum { COUNT = 40, FIRST = 8, MIDDLE = 24 };

static void fill(float *w, float *g) {
    for (int i = 0; i < COUNT; i++) {
        w[i] = (float)(i % 7) - 3;
        g[i] = (float)(i % 5) / 4 - 0.3F;
    }
}

static struct ln_optim *make(const char *name, double decay) {
    struct ln_optim *optim;
    const struct ln_optim_opts opts = {.momentum = strcmp(name, "sgd") ? 0 : 0.9, .weight_decay = decay};
    assert_int_equal(ln_optim_create(&optim, name, COUNT, &opts), LINNET_OK);
    return optim;
}

static void run(const char *name, double lr, double decay, float *w, const float *g) {
    struct ln_optim *optim = make(name, decay);
    for (int t = 0; t < 3; t++) ln_optim_apply(optim, lr, w, g);
    ln_optim_destroy(optim);
}

static void check_parts(const char *name) {
    static const struct ln_optim_part parts[] = {{0, FIRST, 1, true}, {MIDDLE, COUNT - MIDDLE, 0.25, false}};
    float w[COUNT], g[COUNT], untouched[COUNT], full[COUNT], slow[COUNT];
    struct ln_optim *optim = make(name, 0.1);
    fill(w, g);
    fill(untouched, g);
    fill(full, g);
    fill(slow, g);
    for (int t = 0; t < 3; t++) ln_optim_apply_parts(optim, 0.01, w, g, parts, 2);
    run(name, 0.01, 0.1, full, g);
    run(name, 0.0025, 0, slow, g);
    assert_memory_equal(w, full, FIRST * sizeof *w);
    assert_memory_equal(w + FIRST, untouched + FIRST, (MIDDLE - FIRST) * sizeof *w);
    assert_memory_equal(w + MIDDLE, slow + MIDDLE, (COUNT - MIDDLE) * sizeof *w);
    const char *slot_name;
    const float *slot = ln_optim_slot(optim, 0, &slot_name);
    for (int i = FIRST; i < MIDDLE; i++) assert_true(slot[i] == 0);
    assert_int_equal(*ln_optim_steps(optim), 3);

    ln_optim_reset(optim);
    assert_int_equal(*ln_optim_steps(optim), 0);
    fill(w, g);
    fill(full, g);
    for (int t = 0; t < 3; t++) ln_optim_apply(optim, 0.01, w, g);
    run(name, 0.01, 0.1, full, g);
    assert_memory_equal(w, full, sizeof w);
    ln_optim_destroy(optim);
}

/* Two optimisers share weights and state and each updates one half, which ends within a part: together they equal one optimiser. */
static void check_shared(const char *name) {
    enum { HALF = 20 };
    static const struct ln_optim_part parts[] = {{0, MIDDLE, 1, true}, {MIDDLE, COUNT - MIDDLE, 0.25, false}};
    float w[COUNT], g[COUNT], full[COUNT], state[LN_OPTIM_SLOTS][COUNT] = {0}, *slot[] = {state[0], state[1]};
    const char *slot_name;
    struct ln_optim *one = make(name, 0.1), *low = make(name, 0.1), *high = make(name, 0.1);
    fill(w, g);
    fill(full, g);
    ln_optim_share(low, slot, 0, HALF);
    ln_optim_share(high, slot, HALF, COUNT);
    for (int t = 0; t < 4; t++) {
        struct ln_optim *const three[] = {one, low, high};
        for (int i = 0; i < 3; i++) {
            if (t % 2)
                ln_optim_apply_parts(three[i], 0.01, i ? w : full, g, parts, 2);
            else
                ln_optim_apply(three[i], 0.01, i ? w : full, g);
        }
    }
    assert_memory_equal(w, full, sizeof w);
    assert_memory_equal(state[0], ln_optim_slot(one, 0, &slot_name), sizeof state[0]);

    assert_int_equal(ln_optim_part(high), LINNET_OK); /* now for all weights, with a copy of the state */
    memset(state, 0, sizeof state);
    ln_optim_apply(high, 0.01, w, g);
    ln_optim_apply(one, 0.01, full, g);
    assert_memory_equal(w, full, sizeof w);
    ln_optim_destroy(one);
    ln_optim_destroy(low);
    ln_optim_destroy(high);
}

static void test_shared(void **state) {
    check_shared("sgd");
    check_shared("adamw");
}

static void test_parts(void **state) {
    check_parts("sgd");
    check_parts("adamw");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_shared)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
