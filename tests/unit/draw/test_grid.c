/* The grid of pictures: exact enlargement, proportions, title colours, size limits. */
#include "draw/canvas.h"
#include "picture.h"

enum { SMALL = 28, TIMES = 8, MARGIN = 24 };
static unsigned char small[SMALL * SMALL * 3];

/* Every pixel has a different colour; none is grey. */
static uint32_t colour_at(int x, int y) {
    return (uint32_t)(x * 9 + 1) << 16 | (uint32_t)(y * 9 + 2) << 8 | 77;
}

static struct linnet_grid_cell small_cell(const char *title, int colour) {
    for (int i = 0; i < SMALL * SMALL; i++) {
        uint32_t rgb = colour_at(i % SMALL, i / SMALL);
        memcpy(small + i * 3, (unsigned char[]){rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255}, 3);
    }
    return (struct linnet_grid_cell){small, SMALL, SMALL, title, colour};
}

static void check_enlarged(const struct picture *picture, int left, int top) {
    for (int y = 0; y < SMALL * TIMES; y++)
        for (int x = 0; x < SMALL * TIMES; x++)
            assert_int_equal(picture_at(picture, left + x, top + y), colour_at(x / TIMES, y / TIMES));
}

static void small_pictures_are_enlarged_exactly(void **state) {
    struct linnet_grid_cell cells[] = {small_cell(NULL, 0), small_cell("", 1), small_cell(NULL, 2)};
    assert_int_equal(ln_draw_grid(picture_path(), cells, 3, 2, NULL), LINNET_OK);
    struct picture picture = picture_read();
    struct patch first = picture_find(&picture, colour_at(0, 0), 0, 0, picture.width / 2, picture.height / 2);
    assert_true(first.left == MARGIN && first.top == MARGIN && first.count == TIMES * TIMES);
    check_enlarged(&picture, MARGIN, MARGIN);
    int second = picture.width - MARGIN - SMALL * TIMES, below = picture.height - MARGIN - SMALL * TIMES;
    assert_true(second > MARGIN + SMALL * TIMES && below > MARGIN + SMALL * TIMES);
    check_enlarged(&picture, second, MARGIN);
    check_enlarged(&picture, MARGIN, below);
    picture_free(&picture);
}

static int titled(const char *title, int colour, uint32_t rgb) {
    struct linnet_grid_cell cell = small_cell(title, colour);
    assert_int_equal(ln_draw_grid(picture_path(), &cell, 1, 5, NULL), LINNET_OK);
    struct picture picture = picture_read();
    struct patch top = picture_find(&picture, colour_at(0, 0), 0, 0, picture.width, picture.height);
    int count = picture_find(&picture, rgb, 0, 0, picture.width, top.top - 3).count; /* above the frame */
    check_enlarged(&picture, top.left, top.top);
    picture_free(&picture);
    return count;
}

static void need_a_font(void) {
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    bool has_fonts = canvas.setter.has_fonts;
    ln_canvas_fini(&canvas);
    if (has_fonts) return;
    print_message("skipped: no font is installed\n");
    skip();
}

static void titles_have_the_colour_of_the_outcome(void **state) {
    need_a_font();
    const uint32_t colours[] = {LN_INK, LN_GREEN, LN_RED};
    for (int colour = 0; colour < 3; colour++)
        for (int other = 0; other < 3; other++) {
            int count = titled("III EEE HHH", colour, colours[other]);
            assert_true(colour == other ? count > 10 : count == 0);
        }
    assert_true(titled("III", 77, LN_INK) > 0);
}

static int width_with(const char *title) {
    struct linnet_grid_cell cell = small_cell(title, 0);
    assert_int_equal(ln_draw_grid(picture_path(), &cell, 1, 1, NULL), LINNET_OK);
    struct picture picture = picture_read();
    int width = picture.width;
    picture_free(&picture);
    return width;
}

static void long_titles_widen_their_column(void **state) {
    const int usual = SMALL * TIMES + 2 * MARGIN, widest = SMALL * TIMES * 3 / 2 + 2 * MARGIN;
    char endless[400];
    need_a_font();
    const int both = width_with("is Ankle boot\npredicted Ankle boot, 100.0 %");
    memset(endless, 'm', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    assert_int_equal(width_with(NULL), usual);
    assert_int_equal(width_with("cat\n(is dog)"), usual);
    assert_true(both > usual && both < widest);
    assert_int_equal(width_with(endless), widest);
}

static void wrong_predictions_are_framed(void **state) {
    struct linnet_grid_cell cell = small_cell(NULL, 2);
    assert_int_equal(ln_draw_grid(picture_path(), &cell, 1, 1, NULL), LINNET_OK);
    struct picture picture = picture_read();
    int side = SMALL * TIMES;
    assert_int_equal(picture_count(&picture, LN_RED), (side + 6) * (side + 6) - side * side);
    picture_free(&picture);
}

/* The box that a picture of one colour covers on the sheet. */
static struct patch box_of(int w, int h) {
    size_t bytes = (size_t)w * (size_t)h * 3;
    unsigned char *pixels = test_malloc(bytes);
    memset(pixels, 0x55, bytes);
    struct linnet_grid_cell cell = {pixels, w, h, NULL, 0};
    assert_int_equal(ln_draw_grid(picture_path(), &cell, 1, 1, NULL), LINNET_OK);
    test_free(pixels);
    struct picture picture = picture_read();
    struct patch box = picture_find(&picture, 0x555555, 0, 0, picture.width, picture.height);
    assert_int_equal(box.count, (box.right - box.left + 1) * (box.bottom - box.top + 1));
    picture_free(&picture);
    return box;
}

static void photos_keep_their_proportions(void **state) {
    const int sizes[][4] = {{500, 375, 224, 168}, {375, 500, 168, 224},   {224, 224, 224, 224},
                            {1000, 10, 224, 2},   {40000, 1, 224, 1},     {1, 40000, 1, 224},
                            {150, 150, 224, 224}, {3000, 2000, 224, 149}, {32, 32, 224, 224},
                            {1, 1, 224, 224},     {96, 64, 192, 128}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct patch box = box_of(sizes[i][0], sizes[i][1]);
        assert_int_equal(box.right - box.left + 1, sizes[i][2]);
        assert_int_equal(box.bottom - box.top + 1, sizes[i][3]);
    }
}

static void missing_pictures_and_odd_titles_are_drawn(void **state) {
    struct linnet_grid_cell cells[HOSTILE_NAMES + 3];
    for (int i = 0; i < HOSTILE_NAMES; i++) cells[i] = small_cell(hostile_names[i], i % 3);
    cells[HOSTILE_NAMES] = (struct linnet_grid_cell){NULL, SMALL, SMALL, "none", 0};
    cells[HOSTILE_NAMES + 1] = (struct linnet_grid_cell){small, 0, SMALL, "no width", 2};
    cells[HOSTILE_NAMES + 2] = (struct linnet_grid_cell){small, SMALL, -1, NULL, 1};
    for (int i = 0; i < HOSTILE_NAMES; i++)
        assert_int_equal(ln_draw_grid(picture_path(), cells, HOSTILE_NAMES + 3, 4, hostile_names[i]),
                         LINNET_OK);
    struct picture picture = picture_read();
    assert_true(picture_count(&picture, LN_GROUND) > 1000);
    picture_free(&picture);
}

static void picture_size(size_t count, int columns, int *width, int *height) {
    struct linnet_grid_cell *cells = test_malloc(count * sizeof *cells);
    for (size_t i = 0; i < count; i++) cells[i] = small_cell("Ankle boot 99 %", 1);
    assert_int_equal(ln_draw_grid(picture_path(), cells, count, columns, "many"), LINNET_OK);
    test_free(cells);
    struct picture picture = picture_read();
    *width = picture.width;
    *height = picture.height;
    picture_free(&picture);
}

static void the_number_of_columns_is_respected(void **state) {
    int w1, h1, w, h;
    picture_size(1, 1, &w1, &h1);
    picture_size(1, 1000000, &w, &h); /* more columns than pictures */
    assert_true(w == w1 && h == h1);
    picture_size(7, 5, &w1, &h1);
    picture_size(7, 0, &w, &h); /* the default number of columns */
    assert_true(w == w1 && h == h1);
    picture_size(7, 7, &w, &h);
    assert_true(w > w1 && h < h1);
    picture_size(300, 40, &w, &h);
    assert_true(w <= 2400 && h <= 2400);
    picture_size(600, 2, &w, &h);
    assert_true(w <= 2400 && h <= 20000 && h > 4000);
}

static void refusals(void **state) {
    struct linnet_grid_cell cell = small_cell("x", 0);
    assert_int_equal(ln_draw_grid(picture_path(), &cell, 0, 5, "x"), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "draw-empty");
    ln_error_clear();
    assert_int_equal(ln_draw_grid(picture_path(), &cell, 1, -1, "x"), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "draw-columns");
    ln_error_clear();
    enum { MANY = 20000 };
    struct linnet_grid_cell *cells = test_calloc(MANY, sizeof *cells);
    assert_int_equal(ln_draw_grid(picture_path(), cells, MANY, 1, NULL), LINNET_ERR_LIMIT);
    assert_string_equal(ln_error_get()->code, "draw-grid-size");
    ln_error_clear();
    assert_int_equal(ln_draw_grid(picture_path(), cells, MANY, MANY, NULL), LINNET_ERR_LIMIT);
    ln_error_clear();
    test_free(cells);
    char path[128];
    snprintf(path, sizeof path, "%s/missing/grid.png", folder);
    assert_int_equal(ln_draw_grid(path, &cell, 1, 1, NULL), LINNET_ERR_IO);
    ln_error_clear();
}

static int draw_some(void) {
    struct linnet_grid_cell cells[] = {small_cell("a", 0), small_cell("b", 1), {NULL, 0, 0, "c", 2}};
    return ln_draw_grid(picture_path(), cells, 3, 2, "title");
}

static void memory_may_fail(void **state) {
    check_alloc_failures(draw_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_pictures_are_enlarged_exactly),
        cmocka_unit_test(titles_have_the_colour_of_the_outcome),
        cmocka_unit_test(long_titles_widen_their_column),
        cmocka_unit_test(wrong_predictions_are_framed),
        cmocka_unit_test(photos_keep_their_proportions),
        cmocka_unit_test(missing_pictures_and_odd_titles_are_drawn),
        cmocka_unit_test(the_number_of_columns_is_respected),
        cmocka_unit_test(refusals),
        cmocka_unit_test(memory_may_fail),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
