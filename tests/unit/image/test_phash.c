/* The perceptual hash: altered copies of a picture are near-identical, different pictures are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "image/phash.h"
#include <cmocka.h>
#include <math.h>
#include <string.h>

/* A picture of gradients and waves, different for each scene. */
static struct ln_image draw(int scene, int width, int height, int channels) {
    struct ln_image image = {width, height, channels, ln_alloc((size_t)width * height * channels)};
    assert_non_null(image.pixels);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++) {
                double u = (x + 0.5) / width, v = (y + 0.5) / height, sum = 0;
                for (int k = 1; k < 6; k++)
                    sum += sin(k * (3 + scene % 7) * u + (scene % 11 - 5) * k * v + scene * k * k) / k;
                image.pixels[((size_t)y * width + x) * channels + c] = (unsigned char)(120 + 40 * sum);
            }
    return image;
}

static struct ln_phash hash_of(const struct ln_image *image) {
    struct ln_phash out;
    assert_int_equal(ln_phash_of(image, &out), LINNET_OK);
    return out;
}

static struct ln_phash hash(int scene, int width, int height, int channels) {
    struct ln_image image = draw(scene, width, height, channels);
    struct ln_phash out = hash_of(&image);
    ln_image_fini(&image);
    return out;
}

static void at_most_half_of_the_bits_are_set(void **state) {
    for (int scene = 1; scene < 20; scene++) {
        struct ln_phash h = hash(scene, 90, 70, 3);
        assert_in_range(__builtin_popcountll(h.bits), 1, 32);
        assert_false(h.blank || h.small);
    }
}

static void size_and_colour_do_not_matter(void **state) {
    for (int scene = 1; scene < 20; scene++) {
        struct ln_phash a = hash(scene, 200, 150, 3), b = hash(scene, 80, 64, 3),
                        c = hash(scene, 300, 300, 1);
        assert_true(ln_phash_near(&a, &b));
        assert_true(ln_phash_near(&a, &c));
        assert_in_range(ln_phash_distance(&a, &c), 0, LN_PHASH_NEAR);
    }
}

static void light_and_contrast_do_not_matter(void **state) {
    struct ln_image image = draw(3, 100, 80, 3);
    struct ln_phash a = hash_of(&image);
    for (int i = 0; i < 100 * 80 * 3; i++) image.pixels[i] = (unsigned char)(30 + image.pixels[i] / 2);
    struct ln_phash b = hash_of(&image);
    assert_true(ln_phash_near(&a, &b));
    assert_int_equal(ln_phash_distance(&a, &b), ln_phash_distance(&b, &a));
    ln_image_fini(&image);
}

static void different_pictures_differ(void **state) {
    for (int i = 1; i < 12; i++)
        for (int k = i + 1; k < 12; k++) {
            struct ln_phash a = hash(i, 90, 70, 3), b = hash(k, 90, 70, 3);
            assert_false(ln_phash_near(&a, &b));
        }
}

static void a_mirrored_picture_differs(void **state) {
    struct ln_image image = draw(3, 100, 80, 1);
    struct ln_phash a = hash_of(&image);
    for (int y = 0; y < 80; y++)
        for (int x = 0; x < 50; x++) {
            unsigned char *p = image.pixels + 100 * y, left = p[x];
            p[x] = p[99 - x];
            p[99 - x] = left;
        }
    struct ln_phash b = hash_of(&image);
    assert_false(ln_phash_near(&a, &b));
    ln_image_fini(&image);
}

/* Small pictures need a higher correlation: at 28 pixels, a change of the brightest parts makes another digit. The same change
 * leaves a large picture nearly identical. */
static void small_pictures_need_more_agreement(void **state) {
    for (int side = 28; side <= 100; side += 72) {
        struct ln_image image = draw(5, side, side, 1);
        struct ln_phash a = hash_of(&image);
        assert_true(ln_phash_near(&a, &a));
        for (int i = 0; i < side * side; i++)
            if (image.pixels[i] > 150) image.pixels[i] = 150;
        struct ln_phash b = hash_of(&image);
        assert_int_equal(a.small, side < 64);
        assert_int_equal(ln_phash_near(&a, &b), side >= 64);
        ln_image_fini(&image);
    }
}

static void blank_pictures_match_nothing(void **state) {
    struct ln_image image = draw(1, 70, 70, 3);
    memset(image.pixels, 77, (size_t)70 * 70 * 3);
    struct ln_phash a = hash_of(&image);
    image.pixels[0] = 79;
    struct ln_phash b = hash_of(&image);
    assert_true(a.blank && b.blank);
    assert_false(ln_phash_near(&a, &b) || ln_phash_near(&a, &a));
    ln_image_fini(&image);
}

static void any_size_has_a_hash(void **state) {
    static const int sizes[][2] = {{1, 1}, {1, 300}, {300, 1}, {2, 3}, {31, 33}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) hash(4, sizes[i][0], sizes[i][1], 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_most_half_of_the_bits_are_set),
        cmocka_unit_test(size_and_colour_do_not_matter),
        cmocka_unit_test(light_and_contrast_do_not_matter),
        cmocka_unit_test(different_pictures_differ),
        cmocka_unit_test(a_mirrored_picture_differs),
        cmocka_unit_test(small_pictures_need_more_agreement),
        cmocka_unit_test(blank_pictures_match_nothing),
        cmocka_unit_test(any_size_has_a_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
