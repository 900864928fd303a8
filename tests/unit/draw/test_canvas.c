/* The canvas: limits, shapes and pictures at exact pixels, atomic writes. */
#include "draw/canvas.h"
#include "picture.h"
#include <signal.h>
#include <sys/resource.h>

static void sheet_has_limits(void **state) {
    const double sizes[][2] = {{0, 10},        {10, -1},  {LN_CANVAS_SIDE_MAX + 1, 1},
                               {1, 1e30},      {1e30, 1}, {15000, 15000},
                               {10, 0.0 / 0.0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ln_canvas canvas;
        ln_error_clear();
        ln_canvas_init(&canvas);
        assert_int_equal(ln_canvas_begin(&canvas, sizes[i][0], sizes[i][1], 1), LINNET_ERR_LIMIT);
        assert_string_equal(ln_error_get()->code, "draw-size");
        ln_canvas_fini(&canvas);
    }
}

static void shapes_lie_on_whole_pixels(void **state) {
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    assert_int_equal(ln_canvas_begin(&canvas, 40, 30, 2), LINNET_OK);
    ln_canvas_fill(&canvas, 10, 10, 5, 5, LN_BLUE);
    ln_canvas_frame(&canvas, 10, 10, 5, 5, LN_RED, 1);
    assert_int_equal(ln_canvas_write(&canvas, picture_path()), LINNET_OK);
    ln_canvas_fini(&canvas);
    struct picture picture = picture_read();
    assert_int_equal(picture.width, 80);
    assert_int_equal(picture.height, 60);
    struct patch inside = picture_find(&picture, LN_BLUE, 0, 0, 80, 60),
                 frame = picture_find(&picture, LN_RED, 0, 0, 80, 60);
    assert_true(inside.count == 100 && inside.left == 20 && inside.bottom == 29);
    assert_true(frame.count == 14 * 14 - 100 && frame.left == 18 && frame.right == 31);
    assert_int_equal(picture_count(&picture, 0xffffff), 80 * 60 - 14 * 14);
    picture_free(&picture);
}

/* A plain picture scaled by any factor keeps its colour up to the edges. */
static void smooth_pictures_have_no_pale_edge(void **state) {
    enum { MOST = 3000 * 7 };
    unsigned char *pixels = test_malloc(MOST * 3);
    for (int i = 0; i < MOST; i++) memcpy(pixels + i * 3, (unsigned char[]){200, 100, 50}, 3);
    const int sizes[][2] = {{3000, 7}, {7, 3000}, {1, 1}, {20, 10}, {150, 140}, {64, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ln_canvas canvas;
        ln_canvas_init(&canvas);
        assert_int_equal(ln_canvas_begin(&canvas, 50, 40, 1), LINNET_OK);
        struct ln_bitmap bitmap = {pixels, sizes[i][0], sizes[i][1]};
        assert_int_equal(ln_canvas_picture(&canvas, &bitmap, 5, 5, 31, 23, true), LINNET_OK);
        assert_int_equal(ln_canvas_write(&canvas, picture_path()), LINNET_OK);
        ln_canvas_fini(&canvas);
        struct picture picture = picture_read();
        assert_int_equal(picture_count(&picture, 0xc86432), 31 * 23);
        assert_int_equal(picture_count(&picture, 0xffffff), 50 * 40 - 31 * 23);
        picture_free(&picture);
    }
    test_free(pixels);
}

/* One white pixel in sixteen gives a sixteenth of white: no pixel is skipped. */
static void shrinking_averages(void **state) {
    enum { SIDE = 400 };
    unsigned char *pixels = test_malloc(SIDE * SIDE * 3);
    for (int i = 0; i < SIDE * SIDE; i++)
        memset(pixels + i * 3, i % 4 == 1 && i / SIDE % 4 == 2 ? 255 : 0, 3);
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    assert_int_equal(ln_canvas_begin(&canvas, 100, 100, 1), LINNET_OK);
    struct ln_bitmap bitmap = {pixels, SIDE, SIDE};
    assert_int_equal(ln_canvas_picture(&canvas, &bitmap, 0, 0, 100, 100, true), LINNET_OK);
    assert_int_equal(ln_canvas_write(&canvas, picture_path()), LINNET_OK);
    ln_canvas_fini(&canvas);
    test_free(pixels);
    struct picture picture = picture_read();
    for (int i = 0; i < 100; i++) assert_in_range(picture_at(&picture, i, i) & 255, 14, 18);
    picture_free(&picture);
}

static void a_failed_write_leaves_nothing(void **state) {
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    assert_int_equal(ln_canvas_begin(&canvas, 10, 10, 1), LINNET_OK);
    assert_int_equal(ln_canvas_write(&canvas, picture_path()), LINNET_OK);
    size_t files = folder_count();
    char path[128];
    snprintf(path, sizeof path, "%s/missing/picture.png", folder);
    assert_int_equal(ln_canvas_write(&canvas, path), LINNET_ERR_IO);
    ln_error_clear();
    assert_int_equal(ln_canvas_write(&canvas, folder), LINNET_ERR_IO); /* the target is a folder */
    ln_error_clear();
    /* A drawing that failed is not written; the failure is reported. */
    cairo_restore(canvas.cr);
    assert_int_equal(ln_canvas_write(&canvas, picture_path()), LINNET_ERR_INTERNAL);
    assert_string_equal(ln_error_get()->code, "draw-cairo");
    ln_error_clear();
    ln_canvas_fini(&canvas);
    assert_int_equal(folder_count(), files);
    struct picture picture = picture_read(); /* the old picture is still readable */
    picture_free(&picture);
}

/* The disk becomes full during the write; simulated by a limit on file sizes. */
static void a_full_disk_leaves_the_old_picture(void **state) {
    enum { SIDE = 800 }; /* noise does not compress: it exceeds the writer's buffer of 1 MiB */
    unsigned char *pixels = test_malloc(SIDE * SIDE * 3);
    uint32_t noise = 1;
    for (int i = 0; i < SIDE * SIDE * 3; i++) pixels[i] = (noise = noise * 1664525 + 1013904223) >> 24;
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    assert_int_equal(ln_canvas_begin(&canvas, SIDE, SIDE, 1), LINNET_OK);
    assert_int_equal(ln_canvas_write(&canvas, picture_path()), LINNET_OK);
    size_t files = folder_count();
    int64_t live = ln_alloc_live();
    struct ln_bitmap bitmap = {pixels, SIDE, SIDE};
    assert_int_equal(ln_canvas_picture(&canvas, &bitmap, 0, 0, SIDE, SIDE, false), LINNET_OK);
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){65536, old.rlim_max}), 0);
    int status = ln_canvas_write(&canvas, picture_path());
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, LINNET_ERR_IO);
    assert_string_equal(ln_error_get()->code, "file-write");
    ln_error_clear();
    ln_canvas_fini(&canvas);
    test_free(pixels);
    assert_int_equal(folder_count(), files);
    assert_true(ln_alloc_live() == live);
    struct picture picture = picture_read();
    assert_int_equal(picture_count(&picture, 0xffffff), SIDE * SIDE);
    picture_free(&picture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sheet_has_limits),
        cmocka_unit_test(shapes_lie_on_whole_pixels),
        cmocka_unit_test(smooth_pictures_have_no_pale_edge),
        cmocka_unit_test(shrinking_averages),
        cmocka_unit_test(a_failed_write_leaves_nothing),
        cmocka_unit_test(a_full_disk_leaves_the_old_picture),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
