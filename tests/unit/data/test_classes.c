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
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(one_name_a_line),
        fixture_test(bad_names_are_refused_by_line),
        fixture_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
