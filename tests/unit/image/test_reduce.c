/* Reduction by whole factors, compared with the definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "image/reduce.h"
#include <cmocka.h>
#include <math.h>
#include <string.h>

static struct ln_image noise(int width, int height, int channels) {
    const size_t n = (size_t)width * (size_t)height * (size_t)channels;
    struct ln_image image = {width, height, channels, ln_alloc(n)};
    uint32_t state = (uint32_t)(width * 31 + height * 17 + channels);
    assert_non_null(image.pixels);
    for (size_t i = 0; i < n; i++)
        image.pixels[i] = (unsigned char)((state = state * 1664525 + 1013904223) >> 24);
    return image;
}

/* The mean of the pixels in square (x, y), half rounded up. */
static int expected(const struct ln_image *image, int factor, int x, int y, int c) {
    int sum = 0, n = 0;
    for (int v = y * factor; v < (y + 1) * factor && v < image->height; v++)
        for (int u = x * factor; u < (x + 1) * factor && u < image->width; u++, n++)
            sum += image->pixels[(v * image->width + u) * image->channels + c];
    return (int)floor((double)sum / n + 0.5);
}

static void squares_become_their_means(void **state) {
    static const int sizes[][2] = {{1, 1}, {7, 5}, {64, 33}, {2, 100}, {100, 3}};
    for (int s = 0; s < 5; s++)
        for (int channels = 1; channels <= 3; channels += 2)
            for (int factor = 1; factor < 12; factor++) {
                struct ln_image image = noise(sizes[s][0], sizes[s][1], channels);
                struct ln_image before = noise(sizes[s][0], sizes[s][1], channels);
                ln_image_reduce(&image, factor);
                assert_int_equal(image.width, (before.width + factor - 1) / factor);
                assert_int_equal(image.height, (before.height + factor - 1) / factor);
                for (int y = 0, i = 0; y < image.height; y++)
                    for (int x = 0; x < image.width; x++)
                        for (int c = 0; c < channels; c++, i++)
                            assert_int_equal(image.pixels[i], expected(&before, factor, x, y, c));
                ln_image_fini(&image);
                ln_image_fini(&before);
            }
}

/* If the block cannot be shrunk, it keeps its size. */
static void works_without_memory(void **state) {
    struct ln_image image = noise(8, 8, 3);
    ln_alloc_fail_at(1);
    ln_image_reduce(&image, 2);
    ln_alloc_fail_at(0);
    assert_int_equal(image.width, 4);
    assert_int_equal(ln_error_get()->status, LINNET_OK);
    ln_image_fini(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squares_become_their_means),
        cmocka_unit_test(works_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
