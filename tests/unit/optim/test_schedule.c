/* Learning rates over the steps, compared with the formulas. */
#include "optim/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void check(const struct ln_schedule *s, uint64_t step, double want) {
    double got = ln_schedule_lr(s, step);
    if (!(fabs(got - want) <= 1e-12)) fail_msg("step %d: %.17g, not %.17g", (int)step, got, want);
}

static void test_cosine(void **state) {
    const struct ln_schedule s = {.kind = ln_schedule_find("cosine"), .lr = 0.4, .total = 100};
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
    const struct ln_schedule s = {.kind = ln_schedule_find("step"), .lr = 0.1, .total = 90, .step_size = 30};
    check(&s, 0, 0.1);
    check(&s, 29, 0.1);
    check(&s, 30, 0.01);
    check(&s, 59, 0.01);
    check(&s, 60, 0.001);
    check(&s, 89, 0.001);
    const struct ln_schedule never = {.kind = ln_schedule_find("step"), .lr = 0.1, .total = 90};
    check(&never, 89, 0.1);
}

/* The values of torch 2.15's OneCycleLR(max_lr=0.1, total_steps=20, cycle_momentum=False). */
static void test_one_cycle(void **state) {
    const struct ln_schedule s = {.kind = ln_schedule_find("onecycle"), .lr = 0.1, .warmup = 3, .total = 20};
    static const double want[] = {
        0.004, 0.013167184270002533, 0.037167184270002526, 0.06683281572999747, 0.09083281572999748,
        0.1,   0.09874640062350874,  0.09504846320134738};
    for (uint64_t i = 0; i < sizeof want / sizeof *want; i++) check(&s, i, want[i]);
    check(&s, 12, 0.0500002);
    check(&s, 18, 0.0012539993764912555);
    check(&s, 19, 4e-7);
    check(&s, 20, 4e-7);
    for (double total = 0; total < 5; total++) { /* too short to rise in */
        const struct ln_schedule brief = {.kind = ln_schedule_find("onecycle"), .lr = 0.1, .total = total};
        for (uint64_t i = 0; i < 5; i++)
            assert_true(ln_schedule_lr(&brief, i) > 0 && ln_schedule_lr(&brief, i) <= 0.1);
    }
}

/* As torch 2.15's ReduceLROnPlateau(patience=1) does. */
static void test_plateau(void **state) {
    static const double losses[] = {1, 0.9, 0.9, 0.89999, 0.95, 0.8, 0.81, 0.8, 0.8, 0.8, NAN, NAN};
    static const double want[] = {1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001, 0.0001};
    struct ln_schedule_watch p = {.factor = 1, .best = INFINITY};
    const struct ln_schedule s = {.kind = ln_schedule_find("plateau"), .lr = 0.3, .total = 10};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        s.kind->watch(&p, losses[i], 1);
        if (!(fabs(p.factor - want[i]) <= 1e-12)) fail_msg("epoch %d: %.17g", (int)i, p.factor);
        check(&s, i, 0.3);
    }
}

static void test_constant(void **state) {
    const struct ln_schedule s = {.kind = ln_schedule_find("constant"), .lr = 0.3, .total = 10};
    for (uint64_t i = 0; i < 20; i++) check(&s, i, 0.3);
}

/* lr/n, 2 lr/n, ... lr in the n steps of the warm-up; every schedule starts from lr in the remaining steps. */
static void test_warmup(void **state) {
    for (int k = 0; ln_schedule_name(k); k++) {
        const struct ln_schedule_kind *kind = ln_schedule_find(ln_schedule_name(k));
        if (kind->has_warmup) continue;
        const struct ln_schedule s = {.kind = kind, .lr = 1, .warmup = 10, .total = 110, .step_size = 1000};
        for (uint64_t i = 0; i < 10; i++) check(&s, i, ((double)i + 1) / 10);
        check(&s, 10, 1);
    }
    const struct ln_schedule s = {.kind = ln_schedule_find("cosine"), .lr = 1, .warmup = 10, .total = 110};
    check(&s, 60, 0.5);
    check(&s, 110, 0);
}

/* A warm-up at least as long as the run still gives valid rates. */
static void test_only_warmup(void **state) {
    const struct ln_schedule s = {.kind = ln_schedule_find("cosine"), .lr = 1, .warmup = 10, .total = 10};
    check(&s, 9, 1);
    check(&s, 10, 0);
    const struct ln_schedule longer = {
        .kind = ln_schedule_find("cosine"), .lr = 1, .warmup = 20, .total = 10};
    check(&longer, 9, 0.5);
    check(&longer, 20, 0);
}

static void test_names(void **state) {
    static const char *const known[] = {"cosine", "onecycle", "step", "plateau", "constant"};
    for (int i = 0; i < 5; i++) {
        assert_string_equal(ln_schedule_name(i), known[i]);
        assert_string_equal(ln_schedule_find(known[i])->name, known[i]);
    }
    assert_null(ln_schedule_name(-1));
    assert_null(ln_schedule_find("Cosine"));
    assert_null(ln_schedule_find(""));
}

/* The properties of each kind that the checks of options use. */
static void test_kinds(void **state) {
    for (int i = 0; ln_schedule_name(i); i++) {
        const struct ln_schedule_kind *kind = ln_schedule_find(ln_schedule_name(i));
        const bool step = !strcmp(kind->name, "step"), plateau = !strcmp(kind->name, "plateau");
        assert_int_equal(kind->has_warmup, !strcmp(kind->name, "onecycle"));
        assert_int_equal(kind->takes_step_size, step || plateau);
        assert_int_equal(kind->watch != NULL, plateau);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_cycle),   cmocka_unit_test(test_plateau),  cmocka_unit_test(test_cosine),
        cmocka_unit_test(test_step),        cmocka_unit_test(test_constant), cmocka_unit_test(test_warmup),
        cmocka_unit_test(test_only_warmup), cmocka_unit_test(test_names),    cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
