/* Learning rates over steps, against the formulas. */
#include "optim/optim.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check(const struct ln_schedule *s, uint64_t step, double want) {
    double got = ln_schedule_lr(s, step);
    if (!(fabs(got - want) <= 1e-12)) fail_msg("step %d: %.17g, not %.17g", (int)step, got, want);
}

static void test_cosine(void **state) {
    const struct ln_schedule s = {.kind = LN_SCHEDULE_COSINE, .lr = 0.4, .total = 100};
    check(&s, 0, 0.4);
    check(&s, 25, 0.2 * (1 + sqrt(0.5)));
    check(&s, 50, 0.2);
    check(&s, 75, 0.2 * (1 - sqrt(0.5)));
    check(&s, 100, 0);
    check(&s, 101, 0); /* it does not rise again */
    check(&s, 1000000, 0);
    for (uint64_t i = 0; i < 100; i++) assert_true(ln_schedule_lr(&s, i + 1) < ln_schedule_lr(&s, i));
}

static void test_step(void **state) {
    const struct ln_schedule s = {.kind = LN_SCHEDULE_STEP, .lr = 0.1, .total = 90, .every = 30};
    check(&s, 0, 0.1);
    check(&s, 29, 0.1);
    check(&s, 30, 0.01);
    check(&s, 59, 0.01);
    check(&s, 60, 0.001);
    check(&s, 89, 0.001);
    const struct ln_schedule never = {.kind = LN_SCHEDULE_STEP, .lr = 0.1, .total = 90};
    check(&never, 89, 0.1);
}

static void test_constant(void **state) {
    const struct ln_schedule s = {.kind = LN_SCHEDULE_CONSTANT, .lr = 0.3, .total = 10};
    for (uint64_t i = 0; i < 20; i++) check(&s, i, 0.3);
}

/* lr/n, 2 lr/n, ... lr in the n steps of the warm-up, then what the kind says of the rest. */
static void test_warmup(void **state) {
    for (enum ln_schedule_kind kind = LN_SCHEDULE_COSINE; kind <= LN_SCHEDULE_CONSTANT; kind++) {
        const struct ln_schedule s = {.kind = kind, .lr = 1, .warmup = 10, .total = 110, .every = 1000};
        for (uint64_t i = 0; i < 10; i++) check(&s, i, ((double)i + 1) / 10);
        check(&s, 10, 1);
        check(&s, 60, kind == LN_SCHEDULE_COSINE ? 0.5 : 1);
        check(&s, 110, kind == LN_SCHEDULE_COSINE ? 0 : 1);
    }
}

/* A warm-up that is longer than the run, or as long: a number all the same. */
static void test_only_warmup(void **state) {
    const struct ln_schedule s = {.kind = LN_SCHEDULE_COSINE, .lr = 1, .warmup = 10, .total = 10};
    check(&s, 9, 1);
    check(&s, 10, 0);
    const struct ln_schedule longer = {.kind = LN_SCHEDULE_COSINE, .lr = 1, .warmup = 20, .total = 10};
    check(&longer, 9, 0.5);
    check(&longer, 20, 0);
}

static void test_names(void **state) {
    enum ln_schedule_kind kind;
    assert_true(ln_schedule_find("cosine", &kind) && kind == LN_SCHEDULE_COSINE);
    assert_true(ln_schedule_find("step", &kind) && kind == LN_SCHEDULE_STEP);
    assert_true(ln_schedule_find("constant", &kind) && kind == LN_SCHEDULE_CONSTANT);
    assert_false(ln_schedule_find("Cosine", &kind));
    assert_false(ln_schedule_find("", &kind));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cosine), cmocka_unit_test(test_step),        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_warmup), cmocka_unit_test(test_only_warmup), cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
