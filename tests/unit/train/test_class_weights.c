/* Class weights: from sizes, from a list, from a file; what is refused. */
#include "shapes.h"
#include "train/class_weights.h"

#include <math.h>

/* 6 images of "cat", 2 of "dog" and 1 of "eel" to train with, and none of "fox". */
static char cat[] = "cat", dog[] = "dog", eel[] = "eel", fox[] = "fox", path[] = "data";
static char *names[] = {cat, dog, eel, fox};
static int32_t labels[] = {0, 0, 0, 0, 0, 0, 1, 1, 2, 3};
static uint32_t train[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
static struct ln_dataset unequal = {.path = path,
                                    .classes = 4,
                                    .class_names = names,
                                    .count = 10,
                                    .labels = labels,
                                    .parts = {[LINNET_TRAIN] = {train, 9}}};

static float *weights_of(const char *what) {
    float *weights;
    if (ln_class_weights(what, &unequal, &weights) != LINNET_OK) fail_msg("%s", ln_error_line());
    return weights;
}

static void test_auto(void **state) {
    float *w = weights_of("auto");
    double mean = 0;
    for (int i = 0; i < 9; i++) mean += w[labels[train[i]]] / 9;
    assert_true(fabs(mean - 1) < 1e-6);
    assert_true(fabs(w[1] / w[0] - 3) < 1e-6 && fabs(w[2] / w[0] - 6) < 1e-6);
    assert_true(w[3] == 1);
    ln_free(w);
    assert_null(weights_of(NULL));
}

static void test_list(void **state) {
    float *w = weights_of("1,2.5,1e-3,4");
    assert_true(w[0] == 1 && w[1] == 2.5F && w[2] == 1e-3F && w[3] == 4);
    ln_free(w);
}

static void test_file(void **state) {
    const struct fixture *f = *state;
    static const char text[] = "class,weight\ndog,2\ncat,1\nfox,0.5\neel,8\n";
    put(f, "w.csv", text, sizeof text - 1);
    float *w = weights_of(in(f, "w.csv"));
    assert_true(w[0] == 1 && w[1] == 2 && w[2] == 8 && w[3] == 0.5F);
    ln_free(w);
}

/* A file becomes a list of the same weights; "auto" and NULL stay as they are. */
static void test_spelt_without_a_file(void **state) {
    const struct fixture *f = *state;
    static const char text[] = "dog,0.1\ncat,1\nfox,0.5\neel,8\n";
    char *spelt;
    put(f, "w.csv", text, sizeof text - 1);
    assert_int_equal(ln_class_weights_spell(in(f, "w.csv"), &unequal, &spelt), LINNET_OK);
    float *from_file = weights_of(in(f, "w.csv")), *from_list = weights_of(spelt);
    assert_memory_equal(from_file, from_list, 4 * sizeof *from_file);
    ln_free(from_file);
    ln_free(from_list);
    ln_free(spelt);
    assert_int_equal(ln_class_weights_spell("auto", &unequal, &spelt), LINNET_OK);
    assert_string_equal(spelt, "auto");
    ln_free(spelt);
    assert_int_equal(ln_class_weights_spell(NULL, &unequal, &spelt), LINNET_OK);
    assert_null(spelt);
    assert_int_equal(ln_class_weights_spell(in(f, "gone.csv"), &unequal, &spelt), LINNET_ERR_INPUT);
    assert_null(spelt);
    ln_error_clear();
}

static void refuse(const char *what, int status, const char *word) {
    float *weights;
    assert_int_equal(ln_class_weights(what, &unequal, &weights), status);
    if (!strstr(ln_error_line(), word)) fail_msg("'%s' does not say '%s'", ln_error_line(), word);
    assert_null(weights);
    ln_error_clear();
}

static void test_refusals(void **state) {
    static const char *const lists[] = {"1",       "1,2,3",    "1,2,3,4,5", "1,2,,4",
                                        "1,2,3,0", "1,2,3,-1", "1,2,3,1e9", "1,2,3,"};
    static const char *const files[][2] = {{"cat,1\ndog,2\neel,3\n", "class 'fox' has no weight"},
                                           {"cat,1\ncow,2\n", "line 2: there is no class 'cow'"},
                                           {"cat,1\ncat,2\n", "line 2: must be class,weight"},
                                           {"cat,none\n", "line 1: must be class,weight"},
                                           {"cat\n", "line 1: must be class,weight"},
                                           {"", "class 'cat' has no weight"}};
    const struct fixture *f = *state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        refuse(lists[i], LINNET_ERR_USAGE, "must be 4 numbers");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        put(f, "bad.csv", files[i][0], strlen(files[i][0]));
        refuse(in(f, "bad.csv"), LINNET_ERR_INPUT, files[i][1]);
    }
    refuse(in(f, "gone.csv"), LINNET_ERR_INPUT, "gone.csv");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auto), cmocka_unit_test(test_list),
        fixture_test(test_file),     fixture_test(test_spelt_without_a_file),
        fixture_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
