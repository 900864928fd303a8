/* Turning samples into rows of a batch. Without augmentation, the normalising table gives exactly the bits of
 * the definition for every shape that needs no resizing. */
#include "data/transform.h"
#include "unit/data/reference.h"

enum { WIDTH = 7, HEIGHT = 5, FLOATS_MAX = 3 * WIDTH * HEIGHT };

/* Preprocesses the image both ways and returns how many bytes the transform allocated. */
static uint64_t compare(const struct ln_preprocess *pp, int channels) {
    unsigned char pixels[FLOATS_MAX];
    for (int i = 0; i < FLOATS_MAX; i++) pixels[i] = (unsigned char)(37 * i);
    struct ln_image image = {.width = WIDTH, .height = HEIGHT, .channels = channels, .pixels = pixels};
    struct ln_transform transform;
    struct ln_draw draw;
    ln_transform_init(&transform, pp, NULL);
    ln_transform_draw(&transform, WIDTH, HEIGHT, (struct ln_sample_key){1, 2, 3}, &draw);
    size_t floats = ln_transform_floats(&transform);
    float *expected = test_calloc(floats, sizeof *expected), *got = test_calloc(floats, sizeof *got);
    preprocess_by_definition(pp, &image, expected);
    uint64_t calls = ln_alloc_count();
    assert_int_equal(ln_transform_apply(&transform, &draw, &image, got), LINNET_OK);
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

static void sized_images_use_the_table(void **state) {
    static const int shapes[][2] = {{1, 1}, {3, 3}, {3, 1}}; /* network, image */
    for (int i = 0; i < 3; i++)
        for (int resize = 0; resize <= HEIGHT; resize += HEIGHT) {
            struct ln_preprocess pp = fitting;
            pp.channels = shapes[i][0];
            pp.resize = resize;
            assert_int_equal(compare(&pp, shapes[i][1]), 0);
        }
}

static void other_images_are_preprocessed(void **state) {
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

/* RandomCrop's shift and the flip, compared with their definition. */
static void shift_and_flip_move_pixels(void **state) {
    unsigned char pixels[FLOATS_MAX];
    for (int i = 0; i < FLOATS_MAX; i++) pixels[i] = (unsigned char)(37 * i);
    const struct ln_image image = {.width = WIDTH, .height = HEIGHT, .channels = 3, .pixels = pixels};
    struct ln_preprocess pp = fitting;
    struct ln_transform t;
    pp.channels = 3;
    ln_transform_init(&t, &pp, &(struct ln_augment){.crop = LN_CROP_PADDED, .padding = 9, .flip = 0.5});
    for (uint32_t index = 0; index < 500; index++) {
        float got[FLOATS_MAX];
        struct ln_draw draw;
        ln_transform_draw(&t, WIDTH, HEIGHT, (struct ln_sample_key){1, 2, index}, &draw);
        assert_int_equal(ln_transform_apply(&t, &draw, &image, got), LINNET_OK);
        for (int i = 0; i < FLOATS_MAX; i++) {
            int c = i / (WIDTH * HEIGHT), y = i / WIDTH % HEIGHT, x = i % WIDTH;
            int from_x = (draw.flip ? WIDTH - 1 - x : x) + draw.shift_x, from_y = y + draw.shift_y;
            bool black = from_x < 0 || from_x >= WIDTH || from_y < 0 || from_y >= HEIGHT;
            assert_true(got[i] == t.table[c][black ? 0 : pixels[(from_y * WIDTH + from_x) * 3 + c]]);
        }
    }
}

/* A reduced version of a picture gives nearly the same result, because the crop box is scaled to it. */
static void boxes_follow_a_smaller_version(void **state) {
    enum { SIDE = 16, BIG = 160, SMALL = 40 };
    static unsigned char big[BIG * BIG], small[SMALL * SMALL];
    for (int y = 0; y < BIG; y++)
        for (int x = 0; x < BIG; x++) big[y * BIG + x] = (unsigned char)((x + y) * 255 / (2 * BIG));
    const struct ln_image image = {BIG, BIG, 1, big}, shrunk = {SMALL, SMALL, 1, small};
    assert_int_equal(ln_resize(&image, &(struct ln_resize_opts){.width = SMALL, .height = SMALL}, small),
                     LINNET_OK);
    const struct ln_preprocess pp = {.width = SIDE, .height = SIDE, .channels = 1, .std = {1, 1, 1}};
    struct ln_transform t;
    ln_transform_init(
        &t, &pp, &(struct ln_augment){.crop = LN_CROP_RESIZED, .scale = {0.2, 1}, .ratio = {0.75, 1.33}});
    for (uint32_t index = 0; index < 200; index++) {
        float a[SIDE * SIDE], b[SIDE * SIDE];
        struct ln_draw draw;
        ln_transform_draw(&t, BIG, BIG, (struct ln_sample_key){1, 2, index}, &draw);
        int shrink = ln_transform_shrink(&t, BIG, BIG);
        assert_true((draw.box.right - draw.box.left) / shrink >= SIDE);
        assert_true((draw.box.bottom - draw.box.top) / shrink >= SIDE);
        assert_int_equal(ln_transform_apply(&t, &draw, &image, a), LINNET_OK);
        assert_int_equal(ln_transform_apply(&t, &draw, &shrunk, b), LINNET_OK);
        for (int i = 0; i < SIDE * SIDE; i++) assert_float_equal(a[i], b[i], 3.0 / 255);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(sized_images_use_the_table),
        fixture_test(other_images_are_preprocessed),
        fixture_test(shift_and_flip_move_pixels),
        fixture_test(boxes_follow_a_smaller_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
