/* Resampling: properties of any antialiased filter, crops compared with the whole, and PIL's values for a few
 * small cases. tests/parity/image.py compares hundreds of random cases with PIL itself. */
#include "image/resize.h"
#include "samples.h"

static struct ln_image noise(int width, int height, int channels) {
    struct ln_image image = {width, height, channels, malloc((size_t)width * height * channels)};
    uint32_t state = 12345;
    for (int i = 0; i < width * height * channels; i++) {
        state = state * 1664525 + 1013904223;
        image.pixels[i] = (unsigned char)(state >> 24);
    }
    return image;
}

static unsigned char *resized(const struct ln_image *image, const struct ln_resize_opts *opts) {
    const int width = opts->crop.width ? opts->crop.width : opts->width;
    const int height = opts->crop.height ? opts->crop.height : opts->height;
    unsigned char *out = malloc((size_t)width * height * image->channels);
    assert_int_equal(ln_resize(image, opts, out), LINNET_OK);
    return out;
}

static void same_size_is_a_copy(void **state) {
    for (int filter = LN_BILINEAR; filter <= LN_BICUBIC; filter++) {
        struct ln_image image = noise(37, 23, 3);
        unsigned char *out =
            resized(&image, &(struct ln_resize_opts){.filter = filter, .width = 37, .height = 23});
        assert_memory_equal(out, image.pixels, 37 * 23 * 3);
        free(out);
        free(image.pixels);
    }
}

/* An unscaled box of whole pixels is a crop, also if only one direction is unscaled. */
static void unscaled_box_is_a_crop(void **state) {
    struct ln_image image = noise(40, 30, 3);
    for (int filter = LN_BILINEAR; filter <= LN_BICUBIC; filter++) {
        const struct ln_resize_opts opts = {
            .filter = filter, .width = 11, .height = 9, .box = {5, 7, 16, 16}, .crop = {2, 3, 6, 4}};
        unsigned char *out = resized(&image, &opts);
        for (int y = 0; y < 4; y++)
            assert_memory_equal(out + y * 18, image.pixels + ((7 + 3 + y) * 40 + 5 + 2) * 3, 18);
        free(out);
    }
    free(image.pixels);
}

static void flat_stays_flat(void **state) {
    static const int sizes[] = {1, 2, 5, 31, 64, 100};
    for (int level = 0; level < 256; level += 51)
        for (int i = 0; i < 6; i++)
            for (int filter = LN_BILINEAR; filter <= LN_BICUBIC; filter++) {
                struct ln_image image = noise(33, 70, 1);
                memset(image.pixels, level, 33 * 70);
                const struct ln_resize_opts opts = {
                    .filter = filter, .width = sizes[i], .height = sizes[5 - i]};
                unsigned char *out = resized(&image, &opts);
                for (int p = 0; p < sizes[i] * sizes[5 - i]; p++) assert_int_equal(out[p], level);
                free(out);
                free(image.pixels);
            }
}

/* Cropping during the resize equals cropping afterwards, for any size of the internal bands. */
static void crop_is_part_of_the_whole(void **state) {
    static const struct ln_crop crops[] = {
        {0, 0, 1, 1}, {3, 5, 40, 60}, {79, 99, 1, 1}, {10, 0, 1, 100}, {0, 50, 80, 1}};
    struct ln_image image = noise(150, 130, 3);
    for (int filter = LN_BILINEAR; filter <= LN_BICUBIC; filter++)
        for (int i = 0; i < 5; i++) {
            struct ln_resize_opts opts = {
                .filter = filter, .width = 80, .height = 100, .box = {1.5, 0.25, 149, 120.75}};
            unsigned char *whole = resized(&image, &opts);
            opts.crop = crops[i];
            unsigned char *part = resized(&image, &opts);
            for (int y = 0; y < crops[i].height; y++)
                assert_memory_equal(part + (size_t)y * crops[i].width * 3,
                                    whole + ((size_t)(crops[i].top + y) * 80 + crops[i].left) * 3,
                                    crops[i].width * 3);
            free(whole);
            free(part);
        }
    free(image.pixels);
}

/* Resizing commutes with flipping, because the filters are symmetric. */
static void flips_commute(void **state) {
    struct ln_image image = noise(41, 57, 1), flipped = noise(41, 57, 1);
    for (int i = 0; i < 41 * 57; i++) flipped.pixels[i] = image.pixels[41 * 57 - 1 - i];
    const struct ln_resize_opts opts = {.filter = LN_BICUBIC, .width = 16, .height = 20};
    unsigned char *a = resized(&image, &opts), *b = resized(&flipped, &opts);
    for (int i = 0; i < 16 * 20; i++) assert_int_equal(a[i], b[16 * 20 - 1 - i]);
    free(a);
    free(b);
    free(image.pixels);
    free(flipped.pixels);
}

struct known {
    enum ln_interpolation filter;
    int in, out;
    unsigned char from[8], to[8];
};

/* Images one pixel high, as PIL 9.4 resizes them. */
static void numbers_of_pil(void **state) {
    static const struct known cases[] = {
        {LN_BILINEAR, 4, 2, {0, 100, 200, 250}, {71, 207}},
        {LN_BICUBIC, 4, 2, {0, 100, 200, 250}, {61, 218}},
        {LN_BILINEAR, 3, 6, {10, 20, 250}, {10, 13, 18, 78, 193, 250}},
        {LN_BICUBIC, 3, 6, {10, 20, 250}, {9, 7, 2, 72, 207, 255}},
        {LN_BILINEAR, 8, 3, {255, 0, 255, 0, 255, 0, 255, 0}, {134, 128, 121}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct known k = cases[i];
        const struct ln_image row = {k.in, 1, 1, k.from}, column = {1, k.in, 1, k.from};
        unsigned char out[8];
        assert_int_equal(
            ln_resize(&row, &(struct ln_resize_opts){.filter = k.filter, .width = k.out, .height = 1}, out),
            0);
        for (int x = 0; x < k.out; x++) assert_int_equal(out[x], k.to[x]);
        assert_int_equal(ln_resize(&column,
                                   &(struct ln_resize_opts){.filter = k.filter, .width = 1, .height = k.out},
                                   out),
                         0);
        for (int x = 0; x < k.out; x++) assert_int_equal(out[x], k.to[x]);
    }
}

static int resize_once(void *user) {
    const struct ln_image *image = user;
    unsigned char out[3 * 20 * 30];
    return ln_resize(image, &(struct ln_resize_opts){.width = 20, .height = 30}, out);
}

static void memory_fails(void **state) {
    struct ln_image image = noise(50, 50, 3);
    fail_each_allocation(resize_once, &image);
    free(image.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_size_is_a_copy), cmocka_unit_test(unscaled_box_is_a_crop),
        cmocka_unit_test(flat_stays_flat),     cmocka_unit_test(crop_is_part_of_the_whole),
        cmocka_unit_test(flips_commute),       cmocka_unit_test(numbers_of_pil),
        cmocka_unit_test(memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
