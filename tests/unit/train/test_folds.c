/* Folds: each image in one of them, classes in equal shares, groups together, the same by the same seed. */
#include "shapes.h"
#include "train/folds.h"

static struct ln_folds deal(const struct ln_dataset *ds, int count, uint64_t seed) {
    struct ln_folds f;
    if (ln_folds_init(&f, ds, count, seed) != LINNET_OK) fail_msg("%s", ln_error_line());
    return f;
}

/* Every image of the train and test parts is dealt once. Validation is the test part here and is not dealt again. */
static void test_all_once(void **state) {
    put_shapes(*state, 50, 21, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, NULL);
    struct ln_folds f = deal(ds, 4, 1);
    int seen[71] = {0};
    assert_true(ds->val_is_test);
    assert_int_equal(f.total, 71);
    assert_int_equal(f.begin[0], 0);
    assert_int_equal(f.begin[4], 71);
    for (size_t i = 0; i < f.total; i++) seen[f.images[i]]++;
    for (int i = 0; i < 71; i++) assert_int_equal(seen[i], 1);
    ln_folds_fini(&f);
    ln_dataset_close(ds);
}

static void test_classes_in_equal_shares(void **state) {
    put_shapes(*state, 50, 21, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, NULL);
    struct ln_folds f = deal(ds, 5, 1);
    for (int k = 0; k < 5; k++) {
        int counts[SHAPES] = {0};
        for (size_t i = f.begin[k]; i < f.begin[k + 1]; i++) counts[ds->labels[f.images[i]]]++;
        for (int c = 0; c < SHAPES; c++) assert_in_range(counts[c], 4, 5); /* 24, 24, 23 in fifths */
    }
    ln_folds_fini(&f);
    ln_dataset_close(ds);
}

static void test_seed(void **state) {
    put_shapes(*state, 50, 21, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, NULL);
    struct ln_folds a = deal(ds, 5, 1), b = deal(ds, 5, 1), c = deal(ds, 5, 2);
    assert_memory_equal(a.images, b.images, 71 * sizeof *a.images);
    assert_memory_not_equal(a.images, c.images, 71 * sizeof *a.images);
    ln_folds_fini(&a);
    ln_folds_fini(&b);
    ln_folds_fini(&c);
    ln_dataset_close(ds);
}

/* Samples 0 and 1 are near-identical, 2 and 3, and so on: each pair is in one fold. */
static void test_groups(void **state) {
    put_shapes(*state, 50, 20, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, NULL);
    uint32_t groups[70];
    int fold[70];
    for (uint32_t i = 0; i < 70; i++) groups[i] = i / 2 * 2;
    ds->groups = groups;
    struct ln_folds f = deal(ds, 5, 3);
    for (int k = 0; k < 5; k++)
        for (size_t i = f.begin[k]; i < f.begin[k + 1]; i++) fold[f.images[i]] = k;
    for (int i = 0; i < 70; i += 2) assert_int_equal(fold[i], fold[i + 1]);
    ln_folds_fini(&f);
    ds->groups = NULL;
    ln_dataset_close(ds);
}

static void test_view(void **state) {
    put_shapes(*state, 50, 21, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, NULL);
    struct ln_folds f = deal(ds, 4, 1);
    uint32_t index[71];
    for (int k = 0; k < 4; k++) {
        const struct ln_dataset view = ln_folds_view(&f, k, ds, index);
        int seen[71] = {0};
        assert_false(view.val_is_test);
        assert_int_equal(view.parts[LINNET_VAL].count, 0);
        assert_int_equal(view.parts[LINNET_TEST].count, f.begin[k + 1] - f.begin[k]);
        for (size_t i = 0; i < view.parts[LINNET_TEST].count; i++) {
            assert_int_equal(view.parts[LINNET_TEST].index[i], f.images[f.begin[k] + i]);
            seen[view.parts[LINNET_TEST].index[i]]++;
        }
        for (size_t i = 0; i < view.parts[LINNET_TRAIN].count; i++) seen[view.parts[LINNET_TRAIN].index[i]]++;
        for (int i = 0; i < 71; i++) assert_int_equal(seen[i], 1);
    }
    ln_folds_fini(&f);
    ln_dataset_close(ds);
}

static void test_refusals(void **state) {
    put_shapes(*state, 50, 21, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, NULL);
    const int counts[] = {-1, 0, 1, 72, LN_FOLDS_MOST + 1};
    for (int i = 0; i < 5; i++) {
        struct ln_folds f;
        assert_int_equal(ln_folds_init(&f, ds, counts[i], 0), LINNET_ERR_USAGE);
        assert_string_equal(ln_error_get()->code, "clean-folds");
        ln_error_clear();
        ln_folds_fini(&f);
    }
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_all_once), fixture_test(test_classes_in_equal_shares),
        fixture_test(test_seed),     fixture_test(test_groups),
        fixture_test(test_view),     fixture_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
