/* The optimisers compared with references in double precision, element by element, over ten steps; their
 * names, state and memory. */
#include "base/alloc.h"
#include "optim/optim.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* More than two parts of the parallel loop, and a remainder. */
enum { COUNT = 40001, STEPS = 10 };

/* Pseudo-random numbers between -1 and 1. */
static float noise(int i, int step) {
    uint32_t x = (uint32_t)i * 2654435761U + (uint32_t)step * 40503U + 1U;
    x ^= x >> 15;
    x *= 2246822519U;
    x ^= x >> 13;
    return (float)(x >> 8) / (float)(1 << 23) - 1.0F;
}

/* ---- references: one weight, as torch.optim's documentation writes them ------------------------------- */

struct weight {
    double w, m, v;
};

typedef void step_fn(struct weight *x, double g, double lr, double mu, double decay, int t);

static void sgd(struct weight *x, double g, double lr, double mu, double decay, int t) {
    g += decay * x->w;
    x->m = t == 1 ? g : mu * x->m + g;
    x->w -= lr * x->m;
}

static void nesterov(struct weight *x, double g, double lr, double mu, double decay, int t) {
    g += decay * x->w;
    x->m = t == 1 ? g : mu * x->m + g;
    x->w -= lr * (g + mu * x->m);
}

static void adam_move(struct weight *x, double g, double lr, int t) {
    x->m = 0.9 * x->m + 0.1 * g;
    x->v = 0.999 * x->v + 0.001 * g * g;
    double m = x->m / (1 - pow(0.9, t)), v = x->v / (1 - pow(0.999, t));
    x->w -= lr * m / (sqrt(v) + 1e-8);
}

static void adam(struct weight *x, double g, double lr, double mu, double decay, int t) {
    adam_move(x, g + decay * x->w, lr, t);
}

static void adamw(struct weight *x, double g, double lr, double mu, double decay, int t) {
    x->w *= 1 - lr * decay;
    adam_move(x, g, lr, t);
}

static void rmsprop(struct weight *x, double g, double lr, double mu, double decay, int t) {
    g += decay * x->w;
    x->v = 0.99 * x->v + 0.01 * g * g;
    x->m = mu * x->m + g / (sqrt(x->v) + 1e-8);
    x->w -= lr * x->m;
}

/* ---- ten steps ---------------------------------------------------------------------------------------- */

static void compare(const char *name, step_fn *reference, double lr, double mu, double decay) {
    struct ln_optim *optim;
    float *w = test_calloc(COUNT, sizeof *w), *g = test_calloc(COUNT, sizeof *g);
    struct weight *want = test_calloc(COUNT, sizeof *want);
    const struct ln_optim_opts opts = {.momentum = mu, .weight_decay = decay};
    assert_int_equal(ln_optim_create(&optim, name, COUNT, &opts), LINNET_OK);
    for (int i = 0; i < COUNT; i++) want[i].w = w[i] = noise(i, 0);
    for (int t = 1; t <= STEPS; t++) {
        double rate = lr / t; /* like a schedule */
        for (int i = 0; i < COUNT; i++) {
            g[i] = noise(i, t);
            reference(&want[i], g[i], rate, mu, decay, t);
        }
        ln_optim_apply(optim, rate, w, g);
    }
    for (int i = 0; i < COUNT; i++)
        if (fabs(w[i] - want[i].w) > 1e-5)
            fail_msg("%s: weight %d is %.9g, not %.9g", name, i, w[i], want[i].w);
    assert_int_equal(*ln_optim_steps(optim), STEPS);
    ln_optim_destroy(optim);
    test_free(w);
    test_free(g);
    test_free(want);
}

static void test_sgd(void **state) {
    compare("sgd", sgd, 0.1, 0, 0);
    compare("sgd", sgd, 0.1, 0.9, 0);
    compare("sgd", sgd, 0.1, 0.9, 0.05);
}

static void test_nesterov(void **state) {
    compare("nesterov", nesterov, 0.1, 0.9, 0);
    compare("nesterov", nesterov, 0.1, 0.9, 0.05);
}

static void test_adam(void **state) {
    compare("adam", adam, 0.01, 0, 0);
    compare("adam", adam, 0.01, 0, 0.05);
}

static void test_adamw(void **state) {
    compare("adamw", adamw, 0.01, 0, 0);
    compare("adamw", adamw, 0.01, 0, 0.5);
}

static void test_rmsprop(void **state) {
    compare("rmsprop", rmsprop, 0.001, 0, 0);
    compare("rmsprop", rmsprop, 0.001, 0.9, 0.05);
}

/* A zero gradient without decay changes nothing: Adam's 0 / (sqrt(0) + eps) is 0, not NaN. */
static void test_zero_gradient(void **state) {
    for (int k = 0; ln_optim_name(k); k++) {
        struct ln_optim *optim;
        float w[3] = {1, -2, 0}, g[3] = {0};
        assert_int_equal(
            ln_optim_create(&optim, ln_optim_name(k), 3, &(struct ln_optim_opts){.momentum = 0.9}),
            LINNET_OK);
        for (int t = 0; t < 3; t++) ln_optim_apply(optim, 0.1, w, g);
        assert_true(w[0] == 1 && w[1] == -2 && w[2] == 0);
        ln_optim_destroy(optim);
    }
}

/* ---- names, state, memory ----------------------------------------------------------------------------- */

static void test_names(void **state) {
    static const char *const known[] = {"sgd", "nesterov", "adam", "adamw", "rmsprop"};
    for (int i = 0; i < 5; i++) {
        assert_string_equal(ln_optim_find(known[i])->name, known[i]);
        assert_string_equal(ln_optim_name(i), known[i]);
    }
    assert_null(ln_optim_name(-1));
    assert_null(ln_optim_find("SGD"));
    assert_null(ln_optim_find(""));
}

static void test_unknown_name(void **state) {
    struct ln_optim *optim = NULL;
    ln_error_clear();
    assert_int_equal(ln_optim_create(&optim, "adamm", 3, &(struct ln_optim_opts){0}), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "optim-name");
    assert_non_null(strstr(ln_error_get()->text, "did you mean adam"));
    assert_null(optim);
    ln_error_clear();
}

static void test_slots(void **state) {
    static const struct {
        const char *name;
        int slots;
        const char *names[LN_OPTIM_SLOTS]; /* torch.optim's */
    } cases[] = {{"sgd", 1, {"momentum_buffer"}},
                 {"nesterov", 1, {"momentum_buffer"}},
                 {"adam", 2, {"exp_avg", "exp_avg_sq"}},
                 {"adamw", 2, {"exp_avg", "exp_avg_sq"}},
                 {"rmsprop", 2, {"square_avg", "momentum_buffer"}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ln_optim *optim;
        assert_int_equal(ln_optim_create(&optim, cases[i].name, 100, &(struct ln_optim_opts){0}), LINNET_OK);
        for (int slot = 0; slot < LN_OPTIM_SLOTS; slot++) {
            const char *name = NULL;
            const float *values = ln_optim_slot(optim, slot, &name);
            assert_true((values != NULL) == (slot < cases[i].slots));
            if (values) assert_string_equal(name, cases[i].names[slot]);
            for (int j = 0; values && j < 100; j++) assert_true(values[j] == 0);
        }
        assert_int_equal(*ln_optim_steps(optim), 0);
        ln_optim_destroy(optim);
    }
    ln_optim_destroy(NULL);
}

/* An optimiser that takes over state and step count continues with the same bits; checkpoints rely on it. */
static void test_continued(void **state) {
    struct ln_optim *a, *b;
    float w[100], v[100], g[100];
    assert_int_equal(ln_optim_create(&a, "adam", 100, &(struct ln_optim_opts){.weight_decay = 0.1}),
                     LINNET_OK);
    assert_int_equal(ln_optim_create(&b, "adam", 100, &(struct ln_optim_opts){.weight_decay = 0.1}),
                     LINNET_OK);
    for (int i = 0; i < 100; i++) w[i] = noise(i, 0);
    for (int t = 1; t <= 6; t++) {
        for (int i = 0; i < 100; i++) g[i] = noise(i, t);
        ln_optim_apply(a, 0.01, w, g);
        if (t > 3) ln_optim_apply(b, 0.01, v, g);
        if (t != 3) continue;
        memcpy(v, w, sizeof v);
        const char *name;
        for (int slot = 0; slot < 2; slot++)
            memcpy(ln_optim_slot(b, slot, &name), ln_optim_slot(a, slot, &name), sizeof v);
        *ln_optim_steps(b) = *ln_optim_steps(a);
    }
    assert_memory_equal(v, w, sizeof v);
    ln_optim_destroy(a);
    ln_optim_destroy(b);
}

static void test_memory_fails(void **state) {
    int64_t live = ln_alloc_live();
    struct ln_optim *optim = NULL;
    int status = LINNET_ERR_LIMIT;
    for (uint64_t n = 1; status != LINNET_OK; n++) {
        assert_true(n < 10);
        ln_error_clear();
        ln_alloc_fail_at(n);
        status = ln_optim_create(&optim, "adam", 100, &(struct ln_optim_opts){0});
        ln_alloc_fail_at(0);
        if (status == LINNET_OK) break;
        assert_int_equal(status, LINNET_ERR_LIMIT);
        assert_null(optim);
        assert_true(ln_alloc_live() == live);
    }
    ln_optim_destroy(optim);
    assert_true(ln_alloc_live() == live);
    ln_error_clear();
}

/* State larger than the machine's memory is refused before it is touched. */
static void test_too_large(void **state) {
    struct ln_optim *optim = NULL;
    int64_t live = ln_alloc_live();
    ln_error_clear();
    assert_int_equal(ln_optim_create(&optim, "adam", (size_t)1 << 45, &(struct ln_optim_opts){0}),
                     LINNET_ERR_LIMIT);
    assert_true(ln_alloc_live() == live);
    ln_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sgd),          cmocka_unit_test(test_nesterov),
        cmocka_unit_test(test_adam),         cmocka_unit_test(test_adamw),
        cmocka_unit_test(test_rmsprop),      cmocka_unit_test(test_zero_gradient),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_slots),        cmocka_unit_test(test_continued),
        cmocka_unit_test(test_memory_fails), cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
