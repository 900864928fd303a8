/* Position and time of a run: schedules that end with their epochs, or with the time. The clock is the test's own. */
#include "unit/base/base_test.h"

#include "train/pace.h"
#include <math.h>

/* A machine whose steps take `unit` seconds at cost 1, and whose validations take `watch` seconds. */
struct machine {
    double now, unit, watch;
};

static double cost_at(const struct ln_pace *p) {
    double cost = 0;
    for (int i = 0; i < p->opts.stage_count; i++)
        if (p->position >= p->opts.stages[i].begin) cost = p->opts.stages[i].cost;
    return cost;
}

/* Runs to the end, or for `steps`; returns how many steps it took. */
static int run(struct ln_pace *p, struct machine *m, int steps) {
    int done = 0;
    while (done < steps && !ln_pace_done(p)) {
        m->now += m->unit * cost_at(p);
        ln_pace_step(p, m->now);
        done++;
        if (done % p->opts.steps != 0 && !ln_pace_done(p)) continue;
        m->now += m->watch;
        ln_pace_watched(p, m->watch);
    }
    return done;
}

static struct ln_pace pace_of(int steps, int epochs, double end, bool longer) {
    struct ln_pace p;
    ln_pace_init(&p, &(struct ln_pace_opts){.steps = steps,
                                            .epochs = epochs,
                                            .end = end,
                                            .longer = longer,
                                            .stages = {{0, 1}},
                                            .stage_count = 1,
                                            .watch_cost = 1});
    return p;
}

static void test_epochs_alone_decide_without_a_limit(void **state) {
    struct ln_pace p = pace_of(10, 3, 0, false);
    struct machine m = {100, 0.5, 2};
    for (int i = 0; i < 30; i++) {
        assert_false(ln_pace_done(&p));
        assert_int_equal(ln_pace_step_number(&p), i);
        assert_int_equal(run(&p, &m, 1), 1);
    }
    assert_true(ln_pace_done(&p));
}

static void test_the_time_left_counts_steps_and_validation(void **state) {
    struct ln_pace p = pace_of(10, 4, 0, false);
    struct machine m = {100, 0.5, 2};
    assert_true(isnan(ln_pace_eta(&p)));
    run(&p, &m, 10);
    /* Three epochs of ten steps and a validation; the estimate adds up to one validation, to be safe. */
    assert_in_range((int)lround(ln_pace_eta(&p)), 3 * 7, 3 * 7 + 2);
    assert_int_equal(ln_pace_epochs_left(&p), 3);
    p.opts.watch_every = 2; /* three epochs of 5 s, one and a half validations of 2 s, one to be safe */
    assert_in_range((int)lround(ln_pace_eta(&p)), 3 * 5 + 3, 3 * 5 + 5);
}

/* Planned for 40 epochs of 10 steps of 0.5 s; the machine is as fast, twice as fast, or half as fast. */
static void test_a_schedule_ends_with_the_time(void **state) {
    static const double units[] = {0.5, 0.25, 1.0};
    for (int i = 0; i < 3; i++) {
        struct machine m = {1000, units[i], 1};
        struct ln_pace p = pace_of(10, 40, 1000 + 240, true);
        const int steps = run(&p, &m, 100000);
        assert_true(ln_pace_done(&p));
        assert_true(m.now <= 1000 + 240 + units[i]);
        assert_true(m.now >= 1000 + 240 * 0.97);
        assert_true(steps > 200 / units[i] / 2);
    }
}

static void test_time_to_spare_does_not_add_epochs_that_were_not_asked_for(void **state) {
    struct machine m = {0, 0.1, 0.1};
    struct ln_pace p = pace_of(10, 5, 1e6, false);
    assert_int_equal(run(&p, &m, 100000), 50);
}

static void test_a_machine_that_slows_down_gets_fewer_steps(void **state) {
    struct machine m = {0, 0.5, 1};
    struct ln_pace p = pace_of(10, 40, 240, true);
    run(&p, &m, 100);
    m.unit = 1.5;
    run(&p, &m, 100000);
    assert_true(ln_pace_done(&p));
    assert_true(m.now <= 240 * 1.03 && m.now >= 240 * 0.97);
}

static void test_stages_cost_what_their_images_do(void **state) {
    struct ln_pace p;
    struct machine m = {0, 0.1, 0};
    ln_pace_init(&p, &(struct ln_pace_opts){.steps = 10,
                                            .epochs = 100,
                                            .end = 150,
                                            .longer = true,
                                            .stages = {{0, 1}, {0.5, 4}},
                                            .stage_count = 2});
    run(&p, &m, 5);
    /* Half of the steps cost 0.1 s, half 0.4 s: 600 of them in 150 s, not 1,500. */
    assert_in_range(ln_pace_epochs_left(&p), 58, 62);
    run(&p, &m, 100000);
    assert_true(m.now <= 150 * 1.03 && m.now >= 150 * 0.97);
}

static void test_a_limit_already_passed_ends_with_one_step(void **state) {
    struct machine m = {0, 1, 1};
    struct ln_pace p = pace_of(10, 5, 0.5, true);
    run(&p, &m, 2);
    assert_true(run(&p, &m, 100) <= 1);
    assert_true(ln_pace_done(&p));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs_alone_decide_without_a_limit),
        cmocka_unit_test(test_the_time_left_counts_steps_and_validation),
        cmocka_unit_test(test_a_schedule_ends_with_the_time),
        cmocka_unit_test(test_time_to_spare_does_not_add_epochs_that_were_not_asked_for),
        cmocka_unit_test(test_a_machine_that_slows_down_gets_fewer_steps),
        cmocka_unit_test(test_stages_cost_what_their_images_do),
        cmocka_unit_test(test_a_limit_already_passed_ends_with_one_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
