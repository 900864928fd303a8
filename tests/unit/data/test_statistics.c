/* Mean and standard deviation of small sets with known values. */
#include "data/dataset.h"
#include "unit/data/fixture.h"
#include <math.h>

static struct idx_bytes idx;

/* A training part of two images of two pixels. */
static struct ln_dataset *four_pixels(const struct fixture *f, const unsigned char pixels[4]) {
    idx_images(&idx, 2, 1, 2);
    memcpy(idx.data + 16, pixels, 4);
    put(f, "train-images-idx3-ubyte", idx.data, idx.size);
    idx_labels(&idx, 2, 2);
    put(f, "train-labels-idx1-ubyte", idx.data, idx.size);
    struct ln_dataset *ds;
    assert_int_equal(ln_dataset_open(&ds, f->dir, &(struct linnet_data_opts){.split = "100,0"}), LINNET_OK);
    return ds;
}

static void assert_statistics(const struct ln_dataset *ds, double mean, double std) {
    float m[3], s[3];
    assert_int_equal(ln_dataset_statistics(ds, m, s), LINNET_OK);
    for (int c = 0; c < 3; c++) {
        assert_true(fabs(m[c] - mean) < 1e-7);
        assert_true(fabs(s[c] - std) < 1e-7);
    }
}

static void known_values(void **state) {
    struct ln_dataset *ds = four_pixels(*state, (const unsigned char[]){0, 51, 102, 255});
    assert_statistics(ds, 0.4, sqrt((0.16 + 0.04 + 0 + 0.36) / 4));
    ln_dataset_close(ds);
}

static void a_constant_channel_gets_std_one(void **state) {
    struct ln_dataset *ds = four_pixels(*state, (const unsigned char[]){51, 51, 51, 51});
    assert_statistics(ds, 0.2, 1);
    ln_dataset_close(ds);
}

static void no_training_images_is_an_error(void **state) {
    struct ln_dataset *ds = four_pixels(*state, (const unsigned char[]){0, 0, 0, 0});
    ds->parts[LINNET_TRAIN].count = 0;
    float mean[3], std[3];
    assert_refused(ln_dataset_statistics(ds, mean, std), LINNET_ERR_INPUT, "data-count", "no images");
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(known_values),
        fixture_test(a_constant_channel_gets_std_one),
        fixture_test(no_training_images_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
