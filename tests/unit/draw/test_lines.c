/* Lines in panels: a common scale, thin and bold lines, clipping, the place of the legend, refusals. */
#include "draw/canvas.h"
#include "picture.h"
#include <math.h>

enum { EPOCHS = 40, PANEL = 1120, HEIGHT = 840, TOP = 90 };

/* [panel][line]: falling from 0.9 to 0.1, and from 0.5 to 0.3 */
static double values[2][2][EPOCHS];

struct sheet {
    struct linnet_line lines[2][2];
    struct linnet_panel panels[2];
};

static void sheet_make(struct sheet *sheet) {
    for (int p = 0; p < 2; p++) {
        for (int e = 0; e < EPOCHS; e++) {
            const double left = exp(-0.2 * e);
            values[p][0][e] = p ? 0.3 + 0.2 * left : 0.1 + 0.8 * left;
            values[p][1][e] = values[p][0][e] + 0.05;
        }
        for (int l = 0; l < 2; l++)
            sheet->lines[p][l] = (struct linnet_line){
                .name = l ? "test" : "training", .values = values[p][l], .colour = l, .thin = !l};
        sheet->panels[p] =
            (struct linnet_panel){.name = "panel", .epochs = EPOCHS, .lines = sheet->lines[p], .count = 2};
    }
}

static struct picture draw(const struct sheet *sheet, size_t count, const struct linnet_lines_opts *opts) {
    assert_int_equal(ln_draw_lines(picture_path(), sheet->panels, count, opts), LINNET_OK);
    struct picture picture = picture_read();
    assert_int_equal(picture.width, PANEL * (int)count);
    assert_int_equal(picture.height, HEIGHT);
    return picture;
}

static struct patch find(const struct picture *picture, int rgb, int panel) {
    return picture_find(picture, (uint32_t)rgb, panel * PANEL, TOP, (panel + 1) * PANEL, HEIGHT);
}

static void panels_have_one_scale(void **state) {
    struct sheet sheet;
    sheet_make(&sheet);
    struct picture picture = draw(&sheet, 2, &(struct linnet_lines_opts){.percent = true});
    const struct patch wide = find(&picture, LN_VERMILION, 0), narrow = find(&picture, LN_VERMILION, 1);
    assert_true(wide.top + 50 < narrow.top && wide.bottom > narrow.bottom + 50);
    /* the lines fall by 0.8 and by 0.2 */
    const double ratio = (double)(wide.bottom - wide.top) / (narrow.bottom - narrow.top);
    assert_true(ratio > 3.5 && ratio < 4.5);
    picture_free(&picture);
}

static void bold_takes_more_ink_than_thin(void **state) {
    struct sheet sheet;
    sheet_make(&sheet);
    struct picture picture = draw(&sheet, 1, &(struct linnet_lines_opts){0});
    assert_true(find(&picture, LN_BLUE, 0).count > 100);
    assert_true(find(&picture, LN_VERMILION, 0).count > 2 * find(&picture, LN_BLUE, 0).count);
    picture_free(&picture);
}

static void lines_are_clipped_at_the_top(void **state) {
    struct sheet sheet;
    sheet_make(&sheet);
    struct picture picture = draw(&sheet, 2, &(struct linnet_lines_opts){.high = 0.4});
    for (int p = 0; p < 2; p++) {
        const struct patch line = find(&picture, LN_VERMILION, p);
        assert_true(line.count > 100);
        assert_true(line.top >= TOP);
    }
    const struct patch cut = find(&picture, LN_VERMILION, 0);
    picture_free(&picture);
    picture = draw(&sheet, 2, &(struct linnet_lines_opts){0});
    const struct patch whole = find(&picture, LN_VERMILION, 0);
    assert_true(cut.left > whole.left + 30); /* the first epochs are clipped */
    picture_free(&picture);
    /* A limit below all values shows no line and is not an error. */
    picture = draw(&sheet, 2, &(struct linnet_lines_opts){.high = 0.01});
    picture_free(&picture);
}

/* Sixteen names do not fit beside the panel's name, so they are listed in a corner that no line crosses. */
static void a_long_legend_keeps_out_of_the_way(void **state) {
    enum { LINES = 16 };
    struct linnet_line lines[LINES];
    double flat[EPOCHS], high[EPOCHS];
    for (int e = 0; e < EPOCHS; e++) flat[e] = 0, high[e] = 1;
    for (int l = 0; l < LINES; l++)
        lines[l] = (struct linnet_line){.name = "a line with a long name", .values = flat, .colour = 1};
    lines[0].values = high, lines[0].colour = 0;
    const struct linnet_panel panel = {.epochs = EPOCHS, .lines = lines, .count = LINES};
    assert_int_equal(ln_draw_lines(picture_path(), &panel, 1, &(struct linnet_lines_opts){0}), LINNET_OK);
    struct picture picture = picture_read();
    /* The lines run from end to end; the legend's samples lie between them. */
    const struct patch upper = find(&picture, LN_BLUE, 0), lower = find(&picture, LN_VERMILION, 0);
    assert_true(upper.right - upper.left > PANEL * 7 / 10);
    assert_true(lower.right - lower.left > PANEL * 7 / 10);
    int rows = 0;
    for (int y = TOP + 1, was = 0; y < HEIGHT; y++) {
        const int is = picture_find(&picture, LN_VERMILION, 0, y, PANEL, y + 1).count > 0;
        rows += is && !was;
        was = is;
    }
    assert_int_equal(rows, LINES - 1 + 1);
    picture_free(&picture);
}

static void odd_input_is_drawn(void **state) {
    struct sheet sheet;
    sheet_make(&sheet);
    for (int e = 0; e < EPOCHS; e++) values[0][0][e] = values[0][1][e] = NAN;
    for (int e = 0; e < EPOCHS; e++) values[1][0][e] = e % 2 ? INFINITY : 1e300;
    struct picture picture = draw(&sheet, 2, &(struct linnet_lines_opts){0});
    assert_int_equal(find(&picture, LN_VERMILION, 0).count, 0);
    assert_true(find(&picture, LN_VERMILION, 1).count > 100);
    picture_free(&picture);
    sheet.lines[0][0].values = NULL;
    for (int i = 0; i < HOSTILE_NAMES; i++) {
        sheet.panels[0].name = sheet.lines[0][0].name = sheet.lines[1][1].name = hostile_names[i];
        picture = draw(&sheet, 2, &(struct linnet_lines_opts){.title = hostile_names[i]});
        picture_free(&picture);
    }
}

static void refused(const struct linnet_panel *panels, size_t count, const char *code) {
    assert_int_equal(ln_draw_lines(picture_path(), panels, count, &(struct linnet_lines_opts){0}),
                     LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, code);
    ln_error_clear();
}

static void impossible_requests_are_refused(void **state) {
    struct sheet sheet;
    sheet_make(&sheet);
    refused(sheet.panels, 0, "draw-panels");
    refused(sheet.panels, 5, "draw-panels");
    sheet.panels[1].epochs = 0;
    refused(sheet.panels, 2, "draw-empty");
    sheet_make(&sheet);
    sheet.panels[0].count = 0;
    refused(sheet.panels, 2, "draw-empty");
    sheet.panels[0].count = 17;
    refused(sheet.panels, 2, "draw-empty");
    sheet_make(&sheet);
    sheet.lines[1][1].colour = 4;
    refused(sheet.panels, 2, "draw-colour");
}

static int draw_some(void) {
    struct sheet sheet;
    sheet_make(&sheet);
    return ln_draw_lines(picture_path(), sheet.panels, 2, &(struct linnet_lines_opts){.title = "title"});
}

static void memory_may_fail(void **state) {
    check_alloc_failures(draw_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panels_have_one_scale),
        cmocka_unit_test(bold_takes_more_ink_than_thin),
        cmocka_unit_test(lines_are_clipped_at_the_top),
        cmocka_unit_test(a_long_legend_keeps_out_of_the_way),
        cmocka_unit_test(odd_input_is_drawn),
        cmocka_unit_test(impossible_requests_are_refused),
        cmocka_unit_test(memory_may_fail),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
