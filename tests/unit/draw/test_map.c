/* A map of points: their places, colours and shapes by class, the legend, points that are not finite, refusals, memory. */
#include "draw/canvas.h"
#include "picture.h"

#include <math.h>

enum { CLASSES = 50, POINTS = 4, BLUE = 0x0072b2, VERMILION = 0xd55e00, GREEN = 0x009e73 };

/* Four corners; the last two share a class. */
static const double places[POINTS][2] = {{-1, -1}, {1, -1}, {-1, 1}, {1, 1}};
static const int labels[POINTS] = {0, 1, 2, 2};

static struct linnet_map_opts corners(void) {
    return (struct linnet_map_opts){.count = POINTS, .places = &places[0][0], .labels = labels, .classes = 3};
}

static struct picture draw(const struct linnet_map_opts *map) {
    if (ln_draw_map(picture_path(), map) != LINNET_OK) fail_msg("%s", ln_error_line());
    return picture_read();
}

/* Points are translucent: their colour is the legend's mixed with white, up to rounding. */
static bool is_mark(uint32_t pixel, int rgb, double opacity) {
    for (int shift = 0; shift < 24; shift += 8) {
        const double want = 255 + opacity * ((rgb >> shift & 255) - 255), got = pixel >> shift & 255;
        if (fabs(want - got) > 3) return false;
    }
    return true;
}

static struct patch find_marks(const struct picture *p, int rgb, double opacity, const int box[4]) {
    struct patch patch = {0, box[2], box[3], box[0] - 1, box[1] - 1};
    for (int y = box[1]; y < box[3]; y++)
        for (int x = box[0]; x < box[2]; x++) {
            if (!is_mark(picture_at(p, x, y), rgb, opacity)) continue;
            patch.count++;
            if (x < patch.left) patch.left = x;
            if (x > patch.right) patch.right = x;
            if (y < patch.top) patch.top = y;
            if (y > patch.bottom) patch.bottom = y;
        }
    return patch;
}

enum { FEW_OPACITY = 90 }; /* percent; many points are more translucent */

/* Searches the left part of the sheet, which has the points; the legend is on the right. */
static struct patch among_points(const struct picture *p, int rgb) {
    return find_marks(p, rgb, FEW_OPACITY / 100.0, (const int[]){0, 0, p->width * 39 / 50, p->height});
}

static struct patch in_legend(const struct picture *p, int rgb) {
    return find_marks(p, rgb, 1, (const int[]){p->width * 39 / 50, 0, p->width, p->height});
}

static void points_lie_where_their_values_are(void **state) {
    const struct linnet_map_opts map = corners();
    struct picture p = draw(&map);
    const struct patch blue = among_points(&p, BLUE), red = among_points(&p, VERMILION),
                       green = among_points(&p, GREEN);
    assert_true(blue.count > 50 && red.count > 50 && green.count > 100);
    assert_true(blue.right + 300 < red.left);    /* -1 is left of 1 */
    assert_true(green.bottom + 300 < blue.top);  /* 1 is above -1 */
    assert_true(abs(blue.top - red.top) <= 2);   /* the same height */
    assert_true(green.right - green.left > 300); /* both points of the class */
    assert_true(in_legend(&p, BLUE).count > 50 && in_legend(&p, VERMILION).count > 50);
    assert_true(in_legend(&p, GREEN).top > in_legend(&p, VERMILION).bottom);
    picture_free(&p);
}

/* Class 10 has the colour of class 0 but another shape: a square fills its box, a disc does not. */
static void classes_differ_in_form(void **state) {
    const int far[POINTS] = {0, 10, 10, 10};
    struct linnet_map_opts map = corners();
    map.labels = far;
    map.classes = 11;
    struct picture p = draw(&map);
    const int left[] = {0, p.height / 2, p.width * 3 / 8, p.height},
              right[] = {p.width * 3 / 8, p.height / 2, p.width * 39 / 50, p.height};
    const struct patch mark = find_marks(&p, BLUE, FEW_OPACITY / 100.0, left),
                       other = find_marks(&p, BLUE, FEW_OPACITY / 100.0, right);
    const double disc = (double)(mark.right - mark.left + 1) * (mark.bottom - mark.top + 1),
                 square = (double)(other.right - other.left + 1) * (other.bottom - other.top + 1);
    assert_true(mark.count < 0.85 * disc);
    assert_true(other.count > 0.9 * square);
    picture_free(&p);
}

static void points_that_are_not_finite_are_left_out(void **state) {
    const double some[POINTS][2] = {{-1, -1}, {NAN, 0}, {0, INFINITY}, {1, 1}},
                 none[POINTS][2] = {{NAN, 0}, {NAN, 0}, {NAN, 0}, {0, NAN}};
    struct linnet_map_opts map = corners();
    map.places = &some[0][0];
    struct picture p = draw(&map);
    assert_true(among_points(&p, BLUE).count > 50);
    assert_int_equal(among_points(&p, VERMILION).count, 0);
    picture_free(&p);
    map.places = &none[0][0];
    p = draw(&map);
    assert_int_equal(among_points(&p, BLUE).count, 0);
    picture_free(&p);
}

static void one_point_and_points_of_one_place(void **state) {
    const double same[POINTS][2] = {{5, 5}, {5, 5}, {5, 5}, {5, 5}};
    struct linnet_map_opts map = corners();
    map.places = &same[0][0];
    struct picture p = draw(&map);
    picture_free(&p);
    map.count = 1;
    p = draw(&map);
    assert_true(among_points(&p, BLUE).count > 50);
    picture_free(&p);
}

/* The legend has room for 24 classes; names may hold anything. */
static void many_classes_and_any_names(void **state) {
    const char *names[CLASSES];
    for (int i = 0; i < CLASSES; i++)
        names[i] =
            i < HOSTILE_NAMES - 1 ? hostile_names[i] : "a name that is much longer than the legend is wide";
    struct linnet_map_opts map = corners();
    map.classes = CLASSES;
    map.class_names = names;
    map.title = "%s 고양이";
    map.x_name = map.y_name = "\xff";
    struct picture p = draw(&map);
    int width = 0;
    for (int y = 0; y < p.height; y++) width += picture_at(&p, p.width - 8, y) != 0xffffff;
    assert_int_equal(width, 0); /* nothing reaches the edge */
    picture_free(&p);
}

static void refusals(void **state) {
    const int bad[POINTS] = {0, 1, 2, 3}, negative[POINTS] = {0, -1, 0, 0};
    struct linnet_map_opts map = corners();
    map.count = 0;
    assert_int_equal(ln_draw_map(picture_path(), &map), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "draw-empty");
    map = corners();
    map.classes = 0;
    assert_int_equal(ln_draw_map(picture_path(), &map), LINNET_ERR_USAGE);
    map = corners();
    map.labels = bad;
    ln_error_clear();
    assert_int_equal(ln_draw_map(picture_path(), &map), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "draw-label");
    map.labels = negative;
    assert_int_equal(ln_draw_map(picture_path(), &map), LINNET_ERR_USAGE);
    map = corners();
    assert_int_equal(ln_draw_map("/nonexistent/map.png", &map), LINNET_ERR_IO);
    ln_error_clear();
}

static int draw_corners(void) {
    const struct linnet_map_opts map = corners();
    return ln_draw_map(picture_path(), &map);
}

static void memory_runs_out(void **state) {
    check_alloc_failures(draw_corners);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_lie_where_their_values_are),
        cmocka_unit_test(classes_differ_in_form),
        cmocka_unit_test(points_that_are_not_finite_are_left_out),
        cmocka_unit_test(one_point_and_points_of_one_place),
        cmocka_unit_test(many_classes_and_any_names),
        cmocka_unit_test(refusals),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
