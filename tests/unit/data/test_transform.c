/* The table that normalises gives what ln_preprocess_apply gives, to the bit, for every shape that needs no
 * resizing. */
#include "data/transform.h"
#include "unit/data/fixture.h"

enum { WIDTH = 7, HEIGHT = 5, FLOATS_MAX = 3 * WIDTH * HEIGHT };

/* Preprocesses the image both ways, and says how much memory was asked for by the transform. */
static uint64_t compare(const struct ln_preprocess *pp, int channels) {
    unsigned char pixels[FLOATS_MAX];
    for (int i = 0; i < FLOATS_MAX; i++) pixels[i] = (unsigned char)(37 * i);
    struct ln_image image = {.width = WIDTH, .height = HEIGHT, .channels = channels, .pixels = pixels};
    struct ln_transform transform;
    ln_transform_init(&transform, pp);
    size_t floats = ln_transform_floats(&transform);
    float *expected = test_calloc(floats, sizeof *expected), *got = test_calloc(floats, sizeof *got);
    assert_int_equal(ln_preprocess_apply(pp, &image, expected), LINNET_OK);
    uint64_t calls = ln_alloc_count();
    assert_int_equal(ln_transform_apply(&transform, &image, got), LINNET_OK);
    calls = ln_alloc_count() - calls;
    assert_memory_equal(got, expected, floats * sizeof *got);
    test_free(expected);
    test_free(got);
    return calls;
}

static const struct ln_preprocess fitting = {
    .width = WIDTH,
    .height = HEIGHT,
    .mean = {0.485F, 0.456F, 0.406F},
    .std = {0.229F, 0.224F, 0.225F},
};

static void what_fits_is_looked_up(void **state) {
    static const int shapes[][2] = {{1, 1}, {3, 3}, {3, 1}}; /* network, image */
    for (int i = 0; i < 3; i++)
        for (int resize = 0; resize <= HEIGHT; resize += HEIGHT) {
            struct ln_preprocess pp = fitting;
            pp.channels = shapes[i][0];
            pp.resize = resize;
            assert_int_equal(compare(&pp, shapes[i][1]), 0);
        }
}

static void what_does_not_fit_is_preprocessed(void **state) {
    struct ln_preprocess grey = fitting, larger = fitting, cropped = fitting;
    grey.channels = 1;
    assert_true(compare(&grey, 3) > 0);
    larger.channels = 1;
    larger.width = 2 * WIDTH;
    assert_true(compare(&larger, 1) > 0);
    cropped.channels = 3;
    cropped.resize = 2 * HEIGHT;
    assert_true(compare(&cropped, 3) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(what_fits_is_looked_up),
        fixture_test(what_does_not_fit_is_preprocessed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
