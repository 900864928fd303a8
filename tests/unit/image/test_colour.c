/* Colour models: PIL's formulas, checked for all values. */
#include "image/colour.h"
#include "samples.h"

static void grey_of_rgb(void **state) {
    static const unsigned char rgb[] = {255, 0, 0, 0, 255, 0, 0, 0,  255, 255, 255,
                                        255, 0, 0, 0, 1,   1, 1, 10, 200, 30};
    static const unsigned char grey[] = {76, 150, 29, 255, 0, 1, 124};
    unsigned char out[7];
    ln_rgb_to_grey(rgb, out, 7);
    assert_memory_equal(out, grey, 7);
    for (int v = 0; v < 256; v++) { /* grey input keeps its value */
        const unsigned char same[3] = {(unsigned char)v, (unsigned char)v, (unsigned char)v};
        ln_rgb_to_grey(same, out, 1);
        assert_int_equal(out[0], v);
    }
}

static void inks(void **state) {
    for (unsigned black = 0; black < 256; black++)
        for (unsigned ink = 0; ink < 256; ink++) {
            unsigned char pixel[3] = {(unsigned char)ink, 0, 255};
            const double white = 255.0 - black;
            ln_cmy_to_rgb(pixel, black);
            assert_true(pixel[0] <= white - ink * white / 255 + 0.5);
            assert_true(pixel[0] >= white - ink * white / 255 - 0.5);
            assert_int_equal(pixel[1], 255 - black);
            assert_int_equal(pixel[2], 0);
        }
}

static void palettes(void **state) {
    static const unsigned char samples[] = {0x1b, 0xe4}; /* 00 01 10 11, 11 10 01 00 */
    static const unsigned char levels[] = {0, 85, 170, 255, 255, 170, 85};
    struct ln_palette palette;
    unsigned char rgb[3 * 8];
    ln_palette_init(&palette, 2, false);
    ln_palette_apply(&palette, samples, 2, 7, rgb);
    for (int i = 0; i < 7; i++)
        for (int c = 0; c < 3; c++) assert_int_equal(rgb[3 * i + c], levels[i]);
    ln_palette_init(&palette, 1, true);
    ln_palette_apply(&palette, samples, 1, 8, rgb);
    for (int i = 0; i < 8; i++) assert_int_equal(rgb[3 * i], 0x1b >> (7 - i) & 1 ? 0 : 255);
    ln_palette_init(&palette, 4, false);
    ln_palette_apply(&palette, samples, 4, 4, rgb);
    assert_int_equal(rgb[0], 17);
    assert_int_equal(rgb[3], 17 * 11);
    ln_palette_init(&palette, 8, false);
    for (int i = 0; i < 256; i++) assert_int_equal(palette.rgb[i][1], i);
}

static int convert_both_ways(void *user) {
    struct ln_image *image = user, grey, rgb;
    int status = ln_image_convert(image, 1, &grey);
    if (status != LINNET_OK) return status;
    status = ln_image_convert(&grey, 3, &rgb);
    if (status == LINNET_OK) assert_int_equal(rgb.pixels[5], grey.pixels[1]);
    ln_image_fini(&grey);
    if (status == LINNET_OK) ln_image_fini(&rgb);
    return status;
}

static void conversions(void **state) {
    unsigned char *pixels = sample_rgb();
    struct ln_image image = {SAMPLE_WIDTH, SAMPLE_HEIGHT, 3, pixels}, copy;
    fail_each_allocation(convert_both_ways, &image);
    assert_int_equal(ln_image_convert(&image, 3, &copy), LINNET_OK);
    assert_memory_equal(copy.pixels, pixels, 3 * SAMPLE_PIXELS);
    ln_image_fini(&copy);
    free(pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grey_of_rgb),
        cmocka_unit_test(inks),
        cmocka_unit_test(palettes),
        cmocka_unit_test(conversions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
