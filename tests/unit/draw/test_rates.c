/* Loss over learning rates: the curve, the mark at the suggestion, refusals. */
#include "draw/colours.h"
#include "picture.h"
#include <math.h>

enum { COUNT = 81, WIDTH = 1520, HEIGHT = 840 };

static double losses[COUNT], smooth[COUNT];

static struct ln_rates rates_make(int suggested) {
    for (int i = 0; i < COUNT; i++) {
        smooth[i] = i < 60 ? 2.3 - 1.5 / (1 + exp(-(i - 40) / 3.0)) : 1000;
        losses[i] = smooth[i] + 0.1 * sin(5 * i);
    }
    return (struct ln_rates){.title = "lenet",
                             .count = COUNT,
                             .first = 1e-7,
                             .ratio = pow(10, 0.1),
                             .losses = losses,
                             .smooth = smooth,
                             .suggested = suggested};
}

/* The exploding end of the curve does not flatten the part before it. */
static void curve_fills_the_plot(void **state) {
    const struct ln_rates rates = rates_make(0);
    assert_int_equal(ln_draw_rates(picture_path(), &rates), LINNET_OK);
    struct picture picture = picture_read();
    assert_int_equal(picture.width, WIDTH);
    assert_int_equal(picture.height, HEIGHT);
    const struct patch line = picture_find(&picture, (uint32_t)LN_BLUE, 0, 140, WIDTH, HEIGHT);
    assert_true(line.bottom - line.top > HEIGHT / 3);
    picture_free(&picture);
}

static int ink(int suggested) {
    const struct ln_rates rates = rates_make(suggested);
    assert_int_equal(ln_draw_rates(picture_path(), &rates), LINNET_OK);
    struct picture picture = picture_read();
    const int count = picture_find(&picture, (uint32_t)LN_INK, 0, 140, WIDTH, HEIGHT).count;
    picture_free(&picture);
    return count;
}

static void suggestion_is_marked(void **state) {
    assert_true(ink(41) > ink(0) + 50);
}

static void refusals(void **state) {
    struct ln_rates rates = rates_make(0);
    rates.count = 0;
    assert_int_equal(ln_draw_rates(picture_path(), &rates), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "draw-empty");
    rates.count = COUNT;
    assert_int_equal(ln_draw_rates("/nowhere/at/all.png", &rates), LINNET_ERR_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curve_fills_the_plot),
        cmocka_unit_test(suggestion_is_marked),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
