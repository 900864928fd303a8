/* Preprocessing: torchvision's sizes and offsets; a black border if the crop is larger than the image. tests/parity/image.py
 * compares with torchvision itself. */
#include "image/preprocess.h"
#include "samples.h"

static struct ln_image ramp(int width, int height) {
    struct ln_image image = {width, height, 3, malloc(3 * (size_t)width * height)};
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                image.pixels[3 * (y * width + x) + c] = (unsigned char)(x + 3 * y + 50 * c);
    return image;
}

/* The shorter side already fits, so only the centre is cropped; half pixels round to even. */
static void centre_crop(void **state) {
    static const struct {
        int width, crop, from;
    } cases[] = {
        {10, 6, 2}, {11, 6, 2}, {13, 6, 4}, {15, 6, 4}, {10, 10, 0}}; /* 2, 2.5 -> 2, 3.5 -> 4, 4.5 -> 4 */
    for (int i = 0; i < 5; i++) {
        struct ln_image image = ramp(cases[i].width, 10);
        const struct ln_preprocess pp = {.width = cases[i].crop, .height = 10, .channels = 3, .resize = 10};
        unsigned char out[3 * 10 * 10];
        assert_int_equal(ln_preprocess_pixels(&pp, &image, out), LINNET_OK);
        for (int y = 0; y < 10; y++)
            assert_memory_equal(out + 3 * y * pp.width, image.pixels + 3 * (y * image.width + cases[i].from),
                                3 * pp.width);
        free(image.pixels);
    }
}

static void black_around_small(void **state) {
    struct ln_image image = ramp(4, 3);
    const struct ln_preprocess pp = {.width = 7, .height = 6, .channels = 3, .resize = 3};
    unsigned char out[3 * 7 * 6];
    assert_int_equal(ln_preprocess_pixels(&pp, &image, out), LINNET_OK);
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 7; x++) { /* (7 - 4) / 2 and (6 - 3) / 2 are truncated */
            const bool inside = x >= 1 && x < 5 && y >= 1 && y < 4;
            for (int c = 0; c < 3; c++)
                assert_int_equal(out[3 * (y * 7 + x) + c],
                                 inside ? image.pixels[3 * ((y - 1) * 4 + x - 1) + c] : 0);
        }
    free(image.pixels);
}

static void as_it_is(void **state) {
    struct ln_image image = ramp(9, 5);
    const struct ln_preprocess pp = {.width = 9, .height = 5, .channels = 3};
    unsigned char out[3 * 9 * 5];
    assert_int_equal(ln_preprocess_pixels(&pp, &image, out), LINNET_OK);
    assert_memory_equal(out, image.pixels, sizeof out);
    free(image.pixels);
}

static void channels(void **state) {
    struct ln_image image = ramp(6, 6), grey = {6, 6, 1, malloc(36)};
    struct ln_preprocess pp = {.width = 6, .height = 6, .channels = 1, .std = {1, 1, 1}};
    unsigned char out[3 * 36];
    assert_int_equal(ln_preprocess_pixels(&pp, &image, out), LINNET_OK);
    for (int i = 0; i < 36; i++) {
        const unsigned char *p = image.pixels + 3 * i;
        assert_true(abs(out[i] - (int)(0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2] + 0.5)) <= 1);
        grey.pixels[i] = (unsigned char)(7 * i);
    }
    pp.channels = 3;
    assert_int_equal(ln_preprocess_pixels(&pp, &grey, out), LINNET_OK);
    for (int i = 0; i < 36; i++)
        for (int c = 0; c < 3; c++) assert_int_equal(out[3 * i + c], grey.pixels[i]);
    free(image.pixels);
    free(grey.pixels);
}

/* A picture one pixel wide would be resized to a huge one; only the crop is ever held in memory. */
static void slivers(void **state) {
    const struct ln_preprocess pp = {
        .width = 224, .height = 224, .channels = 3, .resize = 256, .std = {1, 1, 1}};
    struct ln_image tall = ramp(1, 60000), wide = ramp(60000, 1);
    unsigned char *out = malloc(3 * 224 * 224);
    assert_int_equal(ln_preprocess_pixels(&pp, &tall, out), LINNET_OK);
    assert_int_equal(ln_preprocess_pixels(&pp, &wide, out), LINNET_OK);
    free(out);
    free(tall.pixels);
    free(wide.pixels);
}

/* Where the input lies in the picture: without a crop, with one, and with black around a small picture. */
static void box(void **state) {
    struct ln_preprocess pp = {.width = 32, .height = 32, .channels = 3, .std = {1, 1, 1}};
    struct ln_box b = ln_preprocess_box(&pp, 60, 20);
    assert_true(b.left == 0 && b.top == 0 && b.right == 60 && b.bottom == 20);
    pp.resize = 40; /* 120 x 40, cropped to 32 x 32 */
    b = ln_preprocess_box(&pp, 60, 20);
    assert_true(b.left == 22 && b.right == 38 && b.top == 2 && b.bottom == 18);
    pp.resize = 16; /* 16 x 16 with 8 black pixels on each side */
    b = ln_preprocess_box(&pp, 8, 8);
    assert_true(b.left == -4 && b.right == 12 && b.top == -4 && b.bottom == 12);
}

static int apply_once(void *user) {
    const struct ln_preprocess pp = {.width = 9, .height = 9, .channels = 1, .resize = 7, .std = {1, 1, 1}};
    unsigned char out[81];
    return ln_preprocess_pixels(&pp, user, out);
}

static void memory_fails(void **state) {
    struct ln_image image = ramp(20, 10);
    fail_each_allocation(apply_once, &image);
    free(image.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(centre_crop), cmocka_unit_test(black_around_small),
        cmocka_unit_test(as_it_is),    cmocka_unit_test(channels),
        cmocka_unit_test(slivers),     cmocka_unit_test(memory_fails),
        cmocka_unit_test(box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
