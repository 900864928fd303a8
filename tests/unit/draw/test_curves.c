/* results.png: position of both lines for any number of epochs, with gaps, and without validation. */
#include "draw/canvas.h"
#include "picture.h"
#include <math.h>

enum { EPOCHS = 120, WIDTH = 2240, HEIGHT = 840 };

/* [loss, accuracy] x [train, validation] */
static double values[2][2][EPOCHS];

static struct ln_curves curves_make(int epochs) {
    for (int e = 0; e < EPOCHS; e++) {
        double left = exp(-0.1 * e);
        values[0][0][e] = 0.2 + left;
        values[0][1][e] = 0.3 + 1.2 * left;
        values[1][0][e] = 0.95 - 0.4 * left;
        values[1][1][e] = 0.9 - 0.4 * left;
    }
    return (struct ln_curves){.title = "title",
                              .epochs = epochs,
                              .train_loss = values[0][0],
                              .val_loss = values[0][1],
                              .train_acc = values[1][0],
                              .val_acc = values[1][1]};
}

/* Draws, and counts the pixels in a line's colour inside the plot (below legend and title), in the left or
 * right half. */
static int drawn(const struct ln_curves *curves, int rgb, bool right) {
    assert_int_equal(ln_draw_curves(picture_path(), curves), LINNET_OK);
    struct picture picture = picture_read();
    assert_int_equal(picture.width, WIDTH);
    assert_int_equal(picture.height, HEIGHT);
    int x = right ? WIDTH / 2 : 0;
    int count = picture_find(&picture, (uint32_t)rgb, x, 150, x + WIDTH / 2, HEIGHT).count;
    picture_free(&picture);
    return count;
}

static void both_lines_are_there_at_any_length(void **state) {
    const int lengths[] = {1, 2, 10, 30, 31, 100, EPOCHS};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct ln_curves curves = curves_make(lengths[i]);
        curves.best_epoch = lengths[i];
        for (int right = 0; right < 2; right++) {
            assert_true(drawn(&curves, LN_BLUE, right) > 20);
            assert_true(drawn(&curves, LN_VERMILION, right) > 20);
        }
    }
}

/* Hollow marks and dashes take less ink than discs and a solid line, so the lines differ even without
 * colour. */
static void lines_differ_without_colour(void **state) {
    struct ln_curves curves = curves_make(100);
    assert_true(drawn(&curves, LN_VERMILION, false) > drawn(&curves, LN_BLUE, false) * 4 / 3);
    curves = curves_make(1);
    assert_true(drawn(&curves, LN_VERMILION, false) > drawn(&curves, LN_BLUE, false) * 4 / 3);
}

static void loss_falls_and_accuracy_rises(void **state) {
    struct ln_curves curves = curves_make(100);
    assert_int_equal(ln_draw_curves(picture_path(), &curves), LINNET_OK);
    struct picture picture = picture_read();
    int quarter = WIDTH / 8;
    struct patch early = picture_find(&picture, LN_VERMILION, 0, 190, quarter, HEIGHT);
    struct patch late = picture_find(&picture, LN_VERMILION, 3 * quarter, 190, 4 * quarter, HEIGHT);
    assert_true(early.top < late.top && early.bottom < late.bottom);
    early = picture_find(&picture, LN_VERMILION, 4 * quarter, 190, 5 * quarter, HEIGHT);
    late = picture_find(&picture, LN_VERMILION, 7 * quarter, 190, 8 * quarter, HEIGHT);
    assert_true(early.top > late.top && early.bottom > late.bottom);
    picture_free(&picture);
}

static void gaps_are_gaps(void **state) {
    struct ln_curves curves = curves_make(100);
    int whole = drawn(&curves, LN_VERMILION, false);
    for (int e = 20; e < 70; e++) values[0][1][e] = e % 3 == 0 ? NAN : e % 3 == 1 ? INFINITY : 1e300;
    int gappy = drawn(&curves, LN_VERMILION, false);
    assert_true(gappy < whole * 3 / 4 && gappy > whole / 4);
    /* The validation line connects the evaluated epochs: with every fourth epoch it is about as long as with all. */
    curves = curves_make(100);
    whole = drawn(&curves, LN_VERMILION, false);
    for (int e = 0; e < 100; e++)
        if (e % 4 > 0) values[0][1][e] = values[1][1][e] = NAN;
    assert_true(drawn(&curves, LN_VERMILION, false) > whole * 3 / 4);
    /* A single value between gaps is drawn as a mark. */
    for (int e = 0; e < 100; e++) values[0][1][e] = e == 50 ? 0.5 : NAN;
    assert_in_range(drawn(&curves, LN_VERMILION, false), 50, 400);
    for (int l = 0; l < 2; l++)
        for (int e = 0; e < EPOCHS; e++) values[0][l][e] = NAN;
    curves.best_epoch = 3;
    assert_int_equal(drawn(&curves, LN_VERMILION, false), 0);
    assert_true(drawn(&curves, LN_VERMILION, true) > 100);
}

static void odd_input_is_drawn(void **state) {
    struct ln_curves curves = curves_make(10);
    curves.val_loss = curves.val_acc = NULL;
    assert_int_equal(drawn(&curves, LN_VERMILION, true), 0);
    assert_true(drawn(&curves, LN_BLUE, true) > 100);
    curves.train_loss = curves.train_acc = NULL;
    assert_int_equal(drawn(&curves, LN_BLUE, true), 0);
    const int bests[] = {-1, 0, 1, 10, 11, 2147483647, -2147483647 - 1};
    for (size_t i = 0; i < sizeof bests / sizeof *bests; i++) {
        curves = curves_make(10);
        curves.best_epoch = bests[i];
        assert_true(drawn(&curves, LN_VERMILION, true) > 100);
    }
    for (int i = 0; i < HOSTILE_NAMES; i++) {
        curves.title = curves.val_name = hostile_names[i];
        assert_int_equal(ln_draw_curves(picture_path(), &curves), LINNET_OK);
    }
    for (int e = 0; e < 10; e++) { /* constant lines at both ends of the range */
        values[0][0][e] = values[0][1][e] = 0;
        values[1][0][e] = values[1][1][e] = 1;
    }
    assert_true(drawn(&curves, LN_VERMILION, false) > 100);
    for (int e = 0; e < 10; e++) values[0][0][e] = e % 2 ? -1e29 : 1e29;
    assert_true(drawn(&curves, LN_BLUE, false) > 100);
}

static void best_epoch_is_marked(void **state) {
    struct ln_curves curves = curves_make(100);
    curves.title = "";
    int without = drawn(&curves, LN_INK, true);
    curves.best_epoch = 40;
    assert_true(drawn(&curves, LN_INK, true) > without + 30);
}

static void nothing_to_draw_is_refused(void **state) {
    struct ln_curves curves = curves_make(0);
    assert_int_equal(ln_draw_curves(picture_path(), &curves), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "draw-empty");
    ln_error_clear();
    curves.epochs = -5;
    assert_int_equal(ln_draw_curves(picture_path(), &curves), LINNET_ERR_USAGE);
    ln_error_clear();
    char path[128];
    snprintf(path, sizeof path, "%s/missing/results.png", folder);
    curves.epochs = 5;
    assert_int_equal(ln_draw_curves(path, &curves), LINNET_ERR_IO);
    ln_error_clear();
}

static int draw_some(void) {
    struct ln_curves curves = curves_make(10);
    return ln_draw_curves(picture_path(), &curves);
}

static void memory_may_fail(void **state) {
    check_alloc_failures(draw_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_lines_are_there_at_any_length),
        cmocka_unit_test(lines_differ_without_colour),
        cmocka_unit_test(loss_falls_and_accuracy_rises),
        cmocka_unit_test(gaps_are_gaps),
        cmocka_unit_test(odd_input_is_drawn),
        cmocka_unit_test(best_epoch_is_marked),
        cmocka_unit_test(nothing_to_draw_is_refused),
        cmocka_unit_test(memory_may_fail),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
