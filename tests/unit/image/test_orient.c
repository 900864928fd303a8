/* Where each corner goes for each of the 8 orientations, by the wording of EXIF. */
#include "image/orient.h"
#include "samples.h"

/*     0 1 2
 *     3 4 5      as stored: row 0 is what EXIF calls "0th row", column 0 the "0th column" */
enum { W = 3, H = 2 };

struct turned {
    int width, height;
    unsigned char pixels[W * H];
};

static const struct turned expected[9] = {
    [1] = {3, 2, {0, 1, 2, 3, 4, 5}}, /* 0th row at the top, 0th column at the left */
    [2] = {3, 2, {2, 1, 0, 5, 4, 3}}, /* top, right */
    [3] = {3, 2, {5, 4, 3, 2, 1, 0}}, /* bottom, right */
    [4] = {3, 2, {3, 4, 5, 0, 1, 2}}, /* bottom, left */
    [5] = {2, 3, {0, 3, 1, 4, 2, 5}}, /* left, top */
    [6] = {2, 3, {3, 0, 4, 1, 5, 2}}, /* right, top */
    [7] = {2, 3, {5, 2, 4, 1, 3, 0}}, /* right, bottom */
    [8] = {2, 3, {2, 5, 1, 4, 0, 3}}, /* left, bottom */
};

static struct ln_image stored(int width, int height, int channels) {
    struct ln_image image = {width, height, channels, ln_alloc((size_t)width * height * channels)};
    assert_non_null(image.pixels);
    for (int i = 0; i < width * height * channels; i++) image.pixels[i] = (unsigned char)i;
    return image;
}

static void all_eight(void **state) {
    for (int o = 1; o <= 8; o++)
        for (int channels = 1; channels <= 3; channels += 2) {
            struct ln_image image = stored(W, H, channels);
            assert_int_equal(ln_image_orient(&image, o), LINNET_OK);
            assert_int_equal(image.width, expected[o].width);
            assert_int_equal(image.height, expected[o].height);
            assert_true(ln_orientation_swaps(o) == (image.width == H));
            for (int i = 0; i < W * H; i++)
                for (int c = 0; c < channels; c++)
                    assert_int_equal(image.pixels[i * channels + c], expected[o].pixels[i] * channels + c);
            ln_image_fini(&image);
        }
}

static void nonsense_is_as_stored(void **state) {
    static const int wrong[] = {-1, 0, 9, 65535};
    for (int i = 0; i < 4; i++) {
        struct ln_image image = stored(W, H, 1);
        assert_int_equal(ln_image_orient(&image, wrong[i]), LINNET_OK);
        assert_int_equal(image.width, W);
        for (int p = 0; p < W * H; p++) assert_int_equal(image.pixels[p], p);
        assert_false(ln_orientation_swaps(wrong[i]));
        ln_image_fini(&image);
    }
}

/* An image larger than a tile, rotated and back: 6 undoes 8, the others undo themselves. */
static void there_and_back(void **state) {
    for (int o = 1; o <= 8; o++) {
        struct ln_image image = stored(71, 45, 3), untouched = stored(71, 45, 3);
        assert_int_equal(ln_image_orient(&image, o), LINNET_OK);
        assert_int_equal(ln_image_orient(&image, o == 6 ? 8 : o == 8 ? 6 : o), LINNET_OK);
        assert_int_equal(image.width, 71);
        assert_memory_equal(image.pixels, untouched.pixels, 71 * 45 * 3);
        ln_image_fini(&image);
        ln_image_fini(&untouched);
    }
}

static int turn_once(void *user) {
    struct ln_image image = {W, H, 1, ln_alloc(W * H)};
    if (!image.pixels) return LINNET_ERR_LIMIT;
    memset(image.pixels, 0, W * H);
    int status = ln_image_orient(&image, 6);
    ln_image_fini(&image);
    return status;
}

static void memory_fails(void **state) {
    fail_each_allocation(turn_once, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_eight),
        cmocka_unit_test(nonsense_is_as_stored),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
