/* Names that begin with the class: finding the class in a name, and a whole folder of such names. */
#include "data/dataset.h"
#include "data/flat.h"
#include "unit/data/fixture.h"

static void the_class_in_a_name(void **state) {
    static const struct {
        const char *name, *class;
    } cases[] = {
        {"cat.12.jpg", "cat"},
        {"cat.0.JPEG", "cat"},
        {"cat12.png", "cat"},
        {"cat_12_rotated.webp", "cat"},
        {"cat_12.HEIC", "cat"},
        {"cat.12.heif", "cat"},
        {"cat12.avif", "cat"},
        {"cat.12.rotated90.jpg", "cat"},
        {"american_bulldog_3.jpg", "american_bulldog"},
        {"dog (4).jpg", "dog"},
        {"f16_12.jpg", "f16"},
        {"f16a.jpg", "f"},
        {"\xec\x83\x88-7.bmp", "\xec\x83\x88"},
        {"cat.jpg", ""},
        {"12.jpg", ""},
        {"0001_cat.jpg", ""},
        {"_1.jpg", ""},
        {"cat.12.txt", ""},
        {"cat.12", ""},
        {"cat12", ""},
        {".cat.12.jpg", ""},
        {"", ""},
        {".jpg", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t length = ln_flat_class(cases[i].name);
        if (length != strlen(cases[i].class) || memcmp(cases[i].name, cases[i].class, length) != 0)
            fail_msg("%s: '%.*s', expected '%s'", cases[i].name, (int)length, cases[i].name, cases[i].class);
    }
}

static struct ln_dataset *opened(const struct fixture *f) {
    struct ln_dataset *ds;
    int status = ln_dataset_open(&ds, f->dir, NULL);
    if (status != LINNET_OK) fail_msg("%s", ln_error_get()->text);
    return ds;
}

static void assert_names(const struct ln_dataset *ds, const char *const *names, size_t count) {
    assert_int_equal(ds->count, count);
    for (uint32_t i = 0; i < count; i++) {
        char name[64];
        assert_string_equal(ln_dataset_sample_name(ds, i, name, sizeof name), names[i]);
    }
}

static void a_flat_folder(void **state) {
    static const char *const names[] = {"dog.1.jpg", "cat.2.jpg", "cat.10.jpg", "cat-big.1.jpg",
                                        "README.md", "7.jpg",     ".x1.jpg"};
    for (int i = 0; i < 7; i++) put_text(*state, names[i], "");
    struct ln_dataset *ds = opened(*state);
    assert_int_equal(ds->classes, 3);
    assert_string_equal(ds->class_names[0], "cat");
    assert_string_equal(ds->class_names[1], "cat-big");
    assert_string_equal(ds->class_names[2], "dog");
    assert_names(ds, (const char *const[]){"cat.10.jpg", "cat.2.jpg", "cat-big.1.jpg", "dog.1.jpg"}, 4);
    assert_int_equal(ds->labels[2], 1);
    ln_dataset_close(ds);
}

static void folders_or_names(void **state) {
    put_folder(*state, "cat");
    put_folder(*state, "dog");
    put_text(*state, "cat/a", "");
    put_text(*state, "dog/b", "");
    put_text(*state, "figure1.png", "");
    put_text(*state, "plot2.png", "");
    struct ln_dataset *ds = opened(*state); /* a few pictures beside class folders */
    assert_names(ds, (const char *const[]){"cat/a", "dog/b"}, 2);
    ln_dataset_close(ds);
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "bird.%d.jpg", i);
        put_text(*state, name, "");
    }
    ds = opened(*state); /* a few folders beside photos */
    assert_int_equal(ds->count, 22);
    assert_string_equal(ds->class_names[0], "bird");
    ln_dataset_close(ds);
}

/* Kaggle's dogs-vs-cats: train/ has names such as cat.0.jpg; test1/ has names such as 1.jpg, without a label. */
static void flat_parts_of_a_tree(void **state) {
    put_folder(*state, "train");
    put_folder(*state, "test1");
    for (int i = 0; i < 10; i++) {
        char name[32];
        snprintf(name, sizeof name, "train/%s.%d.jpg", i % 2 ? "cat" : "dog", i);
        put_text(*state, name, "");
        snprintf(name, sizeof name, "test1/%d.jpg", i);
        put_text(*state, name, "");
    }
    struct ln_dataset *ds = opened(*state);
    assert_int_equal(ds->classes, 2);
    assert_int_equal(ds->count, 10);
    assert_int_equal(ds->parts[LINNET_TRAIN].count, 8); /* only a training part: split 80,10,10 */
    ln_dataset_close(ds);
    put_text(*state, "test1/cow.1.jpg", "");
    assert_refused(ln_dataset_open(&ds, ((struct fixture *)*state)->dir, NULL), LINNET_ERR_INPUT,
                   "data-class", "/test1: 'cow' is not one of the 2 classes");
}

static void no_memory_at_any_call(void **state) {
    static const char *const names[] = {"dog.1.jpg", "cat.2.jpg", "cat.10.jpg"};
    for (int i = 0; i < 3; i++) put_text(*state, names[i], "");
    struct ln_dataset *ds;
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_dataset_open(&ds, ((struct fixture *)*state)->dir, NULL);
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 15);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(the_class_in_a_name),   fixture_test(a_flat_folder),
        fixture_test(folders_or_names),      fixture_test(flat_parts_of_a_tree),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
