/* Ticks at multiples of 1, 2 or 5 times a power of ten; the axis covers the values. */
#include "draw/axis.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_near(double got, double want, double slack) {
    if (!(fabs(got - want) <= slack)) fail_msg("%g, should be %g", got, want);
}

static void steps_are_nice(void **state) {
    const struct {
        double range;
        int most;
        double step;
    } cases[] = {{1, 5, 0.2}, {1, 6, 0.2},      {1, 10, 0.1},    {10, 10, 1}, {10.5, 10, 2}, {99, 11, 10},
                 {40, 6, 10}, {3e-9, 6, 5e-10}, {7e20, 4, 2e20}, {1, 1, 1},   {1000, 55, 20}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_near(ln_axis_step(cases[i].range, cases[i].most), cases[i].step, cases[i].step * 1e-9);
}

static void range_is_covered(void **state) {
    const double ranges[][2] = {{0, 1}, {0.61, 0.93},  {0.2201, 2.3}, {-3, 4},        {5, 5},
                                {0, 0}, {-1e-9, 1e-9}, {1e29, 9e29},  {99.91, 99.93}, {1, 1 + 1e-9}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct ln_axis axis = {.from = 100, .to = 0};
        ln_axis_fit(&axis, ranges[i][0], ranges[i][1], 6);
        double slack = axis.step * 1e-6;
        assert_true(axis.low <= ranges[i][0] + slack && axis.high >= ranges[i][1] - slack &&
                    axis.low < axis.high);
        assert_in_range(ln_axis_ticks(&axis), 2, 8);
        assert_near(ln_axis_tick(&axis, 0), axis.low, slack);
        assert_near(ln_axis_tick(&axis, ln_axis_ticks(&axis) - 1), axis.high, slack);
        assert_near(ln_axis_place(&axis, axis.low), 100, 1e-9);
        assert_near(ln_axis_place(&axis, axis.high), 0, 1e-9);
    }
}

static void check_text(double low, double high, double step, int index, const char *want) {
    char text[32];
    struct ln_axis axis = {.low = low, .high = high, .step = step};
    assert_string_equal(ln_axis_text(&axis, index, text, sizeof text), want);
}

static void numbers_have_the_decimals_of_the_step(void **state) {
    check_text(0, 1, 0.2, 0, "0.0");
    check_text(0, 1, 0.2, 3, "0.6");
    check_text(60, 100, 10, 4, "100");
    check_text(0.975, 10.2, 1, 0, "1"); /* the first tick inside the range */
    check_text(0.2, 0.3, 0.05, 1, "0.25");
    check_text(-1, 1, 1, 1, "0");
    check_text(0, 3e8, 5e7, 1, "5e+07");
    check_text(0, 1e-8, 1e-9, 2, "2e-09");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_nice),
        cmocka_unit_test(range_is_covered),
        cmocka_unit_test(numbers_have_the_decimals_of_the_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
