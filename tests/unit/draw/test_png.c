/* PNG files in memory: the pixels come back, refusals, memory. */
#include "draw/png.h"
#include "picture.h"

enum { WIDTH = 7, HEIGHT = 3 };
static unsigned char rgb[HEIGHT][WIDTH][3];

static int fill(void **state) {
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++) (&rgb[0][0][0])[i] = (unsigned char)(i * 37);
    return folder_make(state);
}

static void pixels_come_back(void **state) {
    unsigned char *bytes;
    size_t count;
    assert_int_equal(ln_png_encode(&rgb[0][0][0], WIDTH, HEIGHT, &bytes, &count), LINNET_OK);
    FILE *file = fopen(picture_path(), "wb");
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    fclose(file);
    ln_free(bytes);
    struct picture p = picture_read();
    assert_true(p.width == WIDTH && p.height == HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const unsigned char *want = rgb[y][x];
            assert_int_equal(picture_at(&p, x, y), want[0] << 16 | want[1] << 8 | want[2]);
        }
    picture_free(&p);
}

static void refusals(void **state) {
    const int sizes[][2] = {{0, 1}, {1, 0}, {-1, 5}, {20001, 1}, {20000, 20000}};
    unsigned char *bytes;
    size_t count;
    for (int i = 0; i < 5; i++) {
        const int status = ln_png_encode(&rgb[0][0][0], sizes[i][0], sizes[i][1], &bytes, &count);
        assert_int_equal(status, i < 3 ? LINNET_ERR_USAGE : LINNET_ERR_LIMIT);
        assert_string_equal(ln_error_get()->code, "draw-size");
    }
}

static int encode(void) {
    unsigned char *bytes;
    size_t count;
    const int status = ln_png_encode(&rgb[0][0][0], WIDTH, HEIGHT, &bytes, &count);
    if (status == LINNET_OK) ln_free(bytes);
    return status;
}

static void memory_runs_out(void **state) {
    check_alloc_failures(encode);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_come_back),
        cmocka_unit_test(refusals),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, fill, folder_remove);
}
