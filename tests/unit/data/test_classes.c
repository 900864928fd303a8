/* Class names, mainly from classes.txt. */
#include "data/classes.h"
#include "unit/data/fixture.h"

static void assert_names(struct fixture *f, const char *text, size_t count, const char *const *names) {
    struct ln_classes classes = {0};
    put_text(f, "classes.txt", text);
    assert_int_equal(ln_classes_read(&classes, in(f, "classes.txt"), 5), LINNET_OK);
    assert_int_equal(classes.count, count);
    for (size_t i = 0; i < count; i++) assert_string_equal(classes.names[i], names[i]);
    ln_classes_fini(&classes);
}

static void one_name_a_line(void **state) {
    static const char *const names[] = {"cat", "big dog", "\xe9\xb3\xa5", "0", "e"};
    assert_names(*state, "cat\nbig dog\n", 2, names);
    assert_names(*state, "cat\r\nbig dog", 2, names);
    assert_names(*state, "cat\nbig dog\n\xe9\xb3\xa5\n0\ne\n\r\n\n", 5, names);
}

static void refuse(struct fixture *f, const char *text, size_t size, const char *words) {
    struct ln_classes classes = {0};
    put(f, "classes.txt", text, size);
    assert_refused(ln_classes_read(&classes, in(f, "classes.txt"), 5), LINNET_ERR_INPUT, "classes-name",
                   words);
    ln_classes_fini(&classes);
}

static void bad_names_are_refused_by_line(void **state) {
    refuse(*state, "", 0, "contains no class names");
    refuse(*state, "\n\r\n", 3, "contains no class names");
    refuse(*state, "a\n\nb\n", 5, "line 2: a class has an empty name");
    refuse(*state, "a\n\r\nb\n", 6, "line 2: a class has an empty name");
    refuse(*state, "a\nb\na\n", 6, "line 3: 'a' is already on line 1");
    refuse(*state, "a\nb\0c\n", 6, "line 2: the name of class 'b' contains the control byte 0x00");
    refuse(*state, "a\nb\nc\nd\ne\nf\n", 12, "line 6: more than 5 classes");
}

static void numbers(void **state) {
    struct ln_classes classes = {0};
    assert_int_equal(ln_classes_number(&classes, 12), LINNET_OK);
    assert_int_equal(classes.count, 12);
    assert_string_equal(classes.names[0], "0");
    assert_string_equal(classes.names[11], "11");
    ln_classes_fini(&classes);
    ln_alloc_fail_at(4);
    assert_refused(ln_classes_number(&classes, 12), LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    ln_alloc_fail_at(0);
    ln_classes_fini(&classes);
}

/* A word that is not UTF-8 is compared by its escaped spelling, which needs memory. */
static void spelling(void **state) {
    assert_true(ln_class_is("caf\\xe9", "caf\xe9"));
    assert_false(ln_class_is("caf", "caf\xe9"));
    ln_alloc_fail_at(1);
    assert_false(ln_class_is("caf\\xe9", "caf\xe9"));
    ln_alloc_fail_at(0);
    ln_error_clear();
}

static void one_spelling_of_two_classes(void **state) {
    static const char *const names[] = {"a\xe9", "a\\xe9", "b", "c"};
    struct ln_classes classes = {0};
    assert_int_equal(ln_classes_copy(&classes, names, 4), LINNET_OK);
    assert_refused(ln_classes_spell(&classes, "data"), LINNET_ERR_INPUT, "classes-name",
                   "data: two classes are spelt 'a\\xe9'; rename one of them");
    ln_classes_fini(&classes);
}

/* A class that only another part has: the message suggests the nearest name, if one is near enough. */
static void unknown_class(void **state) {
    struct ln_classes classes = {0};
    static const char *const names[] = {"cat", "dog"};
    assert_int_equal(ln_classes_copy(&classes, names, 2), LINNET_OK);
    assert_refused(ln_classes_fail_unknown(&classes, "data", "val", (struct ln_word){"cats", 4}),
                   LINNET_ERR_INPUT, "data-class",
                   "'cats' is not one of the 2 classes of the training part; did you mean 'cat'?");
    ln_error_clear();
    (void)ln_classes_fail_unknown(&classes, "data", "val", (struct ln_word){"elephant", 8});
    assert_string_equal(ln_error_get()->text,
                        "data/val: 'elephant' is not one of the 2 classes of the training part");
    ln_error_clear();
    ln_classes_fini(&classes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(one_name_a_line),
        fixture_test(bad_names_are_refused_by_line),
        fixture_test(numbers),
        fixture_test(spelling),
        fixture_test(one_spelling_of_two_classes),
        fixture_test(unknown_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
