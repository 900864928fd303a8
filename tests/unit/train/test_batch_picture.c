/* train_batch.png: the images of a batch at their own size, in their own colours, with both labels of mixed ones. */
#include "train/run_folder.h"
#include "unit/train/shapes.h"

#include <sys/stat.h>

#include "image/image.h"

enum { SIDE = 24, PIXELS = SIDE * SIDE, COUNT_OF_IMAGES = 3 };

static const unsigned char colours[COUNT_OF_IMAGES][3] = {{250, 20, 30}, {10, 200, 60}, {40, 90, 240}};

static size_t pixels_of(const struct ln_image *sheet, const unsigned char colour[3]) {
    size_t count = 0;
    for (size_t i = 0; i < (size_t)sheet->width * (size_t)sheet->height; i++)
        count += memcmp(sheet->pixels + 3 * i, colour, 3) == 0;
    return count;
}

/* The model is used on larger images than the batch has. The batch's block of memory ends with its last image, so that
 * AddressSanitizer notices a read beyond it. */
static void test_smaller_than_the_model(void **state) {
    const struct fixture *f = *state;
    char red[] = "red", green[] = "green", blue[] = "blue", *names[] = {red, green, blue};
    const struct ln_model model = {
        .class_names = names, .classes = 3, .preprocess = {.width = 64, .height = 64, .channels = 3}};
    const struct ln_preprocess small = {
        .width = SIDE, .height = SIDE, .channels = 3, .mean = {0.5F, 0.4F, 0.3F}, .std = {0.2F, 0.25F, 0.3F}};
    static const int32_t labels[] = {0, 1, 2};
    float *images = ln_alloc(COUNT_OF_IMAGES * 3 * PIXELS * sizeof *images);
    struct ln_image sheet;
    size_t size;
    assert_non_null(images);
    for (int i = 0; i < COUNT_OF_IMAGES; i++)
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < PIXELS; k++)
                images[(i * 3 + c) * PIXELS + k] =
                    ((float)colours[i][c] / 255 - small.mean[c]) / small.std[c];
    assert_int_equal(mkdir(in(f, "run"), 0700), 0);
    assert_int_equal(ln_run_train_batch(in(f, "run"), &model,
                                        &(struct ln_seen_batch){.images = images,
                                                                .count = COUNT_OF_IMAGES,
                                                                .preprocess = &small,
                                                                .labels = labels}),
                     LINNET_OK);
    ln_free(images);
    char *png = get(f, "run/train_batch.png", &size);
    assert_int_equal(ln_image_decode((unsigned char *)png, size, "sheet", NULL, &sheet), LINNET_OK);
    assert_int_equal(sheet.channels, 3);
    for (int i = 0; i < COUNT_OF_IMAGES; i++)
        if (pixels_of(&sheet, colours[i]) < PIXELS / 2) fail_msg("image %d is not in the picture", i);
    ln_image_fini(&sheet);
    ln_free(png);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_smaller_than_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
