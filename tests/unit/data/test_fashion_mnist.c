/* The real Fashion-MNIST, if it is installed: its published sizes, names and statistics. */
#include "data/dataset.h"
#include "unit/data/fixture.h"
#include <math.h>

static const char folder[] = "/usr/share/datasets/fashion-mnist";

static int open_set(void **state) {
    return ln_dataset_open((struct ln_dataset **)state, folder, NULL);
}

static int close_set(void **state) {
    ln_dataset_close(*state);
    return 0;
}

static void sizes_and_names(void **state) {
    const struct ln_dataset *ds = *state;
    assert_int_equal(ds->parts[LINNET_TRAIN].count, 60000);
    assert_int_equal(ds->parts[LINNET_TEST].count, 10000);
    assert_true(ds->val_is_test);
    assert_int_equal(ds->width, 28);
    assert_int_equal(ds->height, 28);
    assert_int_equal(ds->classes, 10);
    assert_string_equal(ds->class_names[7], "Sneaker");
    char name[64];
    assert_string_equal(ln_dataset_sample_name(ds, 60017, name, sizeof name),
                        "t10k-images-idx3-ubyte.gz[17]");
}

static void every_class_has_as_many_images(void **state) {
    const struct ln_dataset *ds = *state;
    int count[LINNET_TEST + 1][10] = {0};
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        for (size_t i = 0; i < ds->parts[p].count; i++) count[p][ds->labels[ds->parts[p].index[i]]]++;
    for (int c = 0; c < 10; c++) {
        assert_int_equal(count[LINNET_TRAIN][c], 6000);
        assert_int_equal(count[LINNET_TEST][c], 1000);
    }
    static const int first[] = {9, 0, 0, 3, 0, 2, 7, 2, 5, 5}; /* as the set's README shows them */
    for (int i = 0; i < 10; i++) assert_int_equal(ds->labels[i], first[i]);
}

static void mean_and_deviation(void **state) {
    float mean[3], std[3];
    assert_int_equal(ln_dataset_statistics(*state, mean, std), LINNET_OK);
    for (int c = 0; c < 3; c++) {
        assert_true(fabsf(mean[c] - 0.2860406F) < 1e-6F);
        assert_true(fabsf(std[c] - 0.3530242F) < 1e-6F);
    }
}

int main(void) {
    if (!ln_file_is_folder(folder)) {
        puts("skipped: the package dataset-fashion-mnist is not installed");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_names),
        cmocka_unit_test(every_class_has_as_many_images),
        cmocka_unit_test(mean_and_deviation),
    };
    return cmocka_run_group_tests(tests, open_set, close_set);
}
