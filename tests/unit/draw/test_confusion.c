/* The confusion matrix: colours show the shares of a row; any number of classes within limits, any names. */
#include "draw/canvas.h"
#include "picture.h"

enum { FULL = 0x08306b, SIDE_MOST = 3000 };

/* classes x classes counts, all correct except one mistake in row 0. */
static int64_t *counts_make(int classes, int64_t right) {
    int64_t *counts = test_calloc((size_t)classes * (size_t)classes, sizeof *counts);
    for (int i = 0; i < classes; i++) counts[(size_t)i * (size_t)classes + (size_t)i] = right;
    return counts;
}

static void cells_have_the_colour_of_their_share(void **state) {
    const int64_t counts[] = {0, 10, 0, 0, 0, 7, 99999, 0, 0}; /* all wrong: predicted as 1, 2, 0 */
    const struct ln_confusion confusion = {.classes = 3, .counts = counts};
    assert_int_equal(ln_draw_confusion(picture_path(), &confusion), LINNET_OK);
    struct picture picture = picture_read();
    /* The frame shows where the matrix is; its cells are 256 pixels. */
    struct patch frame = picture_find(&picture, LN_SPINE, 0, 0, picture.width - 2 * 104, picture.height);
    int left = frame.left + 2, top = frame.top + 2, cell = (frame.right + 1 - frame.left - 4) / 3;
    assert_int_equal(cell, 256);
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 3; column++) {
            uint32_t corner = picture_at(&picture, left + column * cell + 9, top + row * cell + 9);
            assert_int_equal(corner, column == (row + 1) % 3 ? FULL : 0xffffff);
        }
    picture_free(&picture);
}

static void any_number_of_classes_fits(void **state) {
    const int sizes[] = {1, 2, 3, 4, 5, 10, 37, 100, 101, 1000, 2001};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int64_t *counts = counts_make(sizes[i], 50);
        const struct ln_confusion confusion = {.title = "many", .classes = sizes[i], .counts = counts};
        assert_int_equal(ln_draw_confusion(picture_path(), &confusion), LINNET_OK);
        test_free(counts);
        struct picture picture = picture_read();
        assert_true(picture.width <= SIDE_MOST && picture.height <= SIDE_MOST && picture.width > 400);
        assert_true(picture_count(&picture, FULL) > 500);
        picture_free(&picture);
    }
}

static void any_names_and_counts_are_drawn(void **state) {
    enum { MOST = 40, LENGTH = 5000 };
    const char *names[MOST];
    char *very_long = test_malloc(LENGTH + 1);
    memset(very_long, 'W', LENGTH);
    very_long[LENGTH] = '\0';
    for (int i = 0; i < MOST; i++) names[i] = i % 4 ? hostile_names[i % HOSTILE_NAMES] : very_long;
    const int64_t rights[] = {0, 1, 123456789, INT64_MAX};
    const int sizes[] = {2, 8, MOST};
    for (int r = 0; r < 4; r++)
        for (int s = 0; s < 3; s++) {
            int64_t *counts = counts_make(sizes[s], rights[r]);
            const struct ln_confusion confusion = {
                .title = very_long, .classes = sizes[s], .names = names, .counts = counts};
            assert_int_equal(ln_draw_confusion(picture_path(), &confusion), LINNET_OK);
            test_free(counts);
            struct picture picture = picture_read();
            assert_true(picture.width <= SIDE_MOST && picture.height <= SIDE_MOST);
            picture_free(&picture);
        }
    test_free(very_long);
}

static void refusals(void **state) {
    int64_t counts[] = {1, 0, -1, 1};
    struct ln_confusion confusion = {.classes = 0, .counts = counts};
    assert_int_equal(ln_draw_confusion(picture_path(), &confusion), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "draw-empty");
    ln_error_clear();
    confusion.classes = -2;
    assert_int_equal(ln_draw_confusion(picture_path(), &confusion), LINNET_ERR_USAGE);
    ln_error_clear();
    confusion.classes = 2;
    assert_int_equal(ln_draw_confusion(picture_path(), &confusion), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "draw-counts");
    ln_error_clear();
    counts[2] = 1;
    char path[128];
    snprintf(path, sizeof path, "%s/missing/confusion.png", folder);
    assert_int_equal(ln_draw_confusion(path, &confusion), LINNET_ERR_IO);
    ln_error_clear();
}

static int draw_some(void) {
    const int64_t counts[] = {5, 1, 2, 6};
    return ln_draw_confusion(picture_path(), &(struct ln_confusion){.classes = 2, .counts = counts});
}

static void memory_may_fail(void **state) {
    check_alloc_failures(draw_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_have_the_colour_of_their_share),
        cmocka_unit_test(any_number_of_classes_fits),
        cmocka_unit_test(any_names_and_counts_are_drawn),
        cmocka_unit_test(refusals),
        cmocka_unit_test(memory_may_fail),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
