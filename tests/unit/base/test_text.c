/* The growing string. */
#include "base/text.h"
#include "base_test.h"
#include <locale.h>
#include <math.h>

static void test_grows(void **state) {
    struct ln_text text = {0};
    for (int i = 0; i < 1000; i++) {
        ln_text_add(&text, "ab");
        ln_text_addf(&text, "%d,", i % 10);
    }
    ln_text_add_bytes(&text, "\0x", 2);
    ln_text_add_bytes(&text, NULL, 0);
    ln_text_add(&text, "");
    assert_false(text.failed);
    assert_int_equal(text.length, 4002);
    assert_memory_equal(text.data, "ab0,ab1,ab2,", 12);
    assert_memory_equal(text.data + 4000, "\0x", 3);
    ln_text_fini(&text);
    ln_text_fini(&text);
    assert_null(text.data);
}

static void test_one_long_piece(void **state) {
    struct ln_text text = {0};
    char piece[5000];
    memset(piece, 'p', sizeof piece - 1);
    piece[sizeof piece - 1] = '\0';
    ln_text_addf(&text, "[%s]", piece);
    assert_int_equal(text.length, 5001);
    assert_int_equal(text.data[0], '[');
    assert_string_equal(text.data + 4999, "p]");
    ln_text_fini(&text);
}

static void test_reals(void **state) {
    struct ln_text text = {0};
    const double values[] = {0.9, 0, -0.1, 1e-300, 2.0 / 3, 1e22, INFINITY, NAN};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        ln_text_add_real(&text, values[i]);
        ln_text_add(&text, " ");
    }
    assert_string_equal(text.data, "0.9 0 -0.1 1e-300 0.6666666666666666 1e+22 null null ");
    ln_text_fini(&text);
}

static void test_take(void **state) {
    struct ln_text text = {0};
    char *taken = NULL;
    assert_int_equal(ln_text_take(&text, &taken), LINNET_OK); /* nothing added: an empty string */
    assert_string_equal(taken, "");
    ln_free(taken);
    ln_text_add(&text, "linnet");
    assert_int_equal(ln_text_take(&text, &taken), LINNET_OK);
    assert_string_equal(taken, "linnet");
    assert_null(text.data);
    ln_text_add(&text, "again");
    assert_string_equal(text.data, "again");
    ln_text_fini(&text);
    ln_free(taken);
}

static int write_all_kinds(const void *arg) {
    struct ln_text text = {0};
    char *taken;
    for (int i = 0; i < 20; i++) {
        ln_text_add(&text, "some text that is long enough to grow");
        ln_text_addf(&text, "%d %s", i, "formatted");
        ln_text_add_json(&text, "a \"string\"\n");
        ln_text_add_csv(&text, "a, \"field\"");
    }
    LN_TRY(ln_text_take(&text, &taken));
    ln_free(taken);
    return LINNET_OK;
}

static void test_allocations_fail(void **state) {
    assert_true(allocations_fail(write_all_kinds, NULL) >= 5);
}

/* After a failed append, later text is dropped, so that the result has no gap. */
static void test_failure_is_remembered(void **state) {
    struct ln_text text = {0};
    char *taken = NULL;
    ln_text_add(&text, "before");
    ln_alloc_fail_at(1);
    ln_text_addf(&text, "%100s", "x");
    ln_text_add(&text, "after");
    assert_true(text.failed);
    assert_string_equal(text.data, "before");
    assert_failure(ln_text_take(&text, &taken), LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    assert_null(taken);
    assert_null(text.data);
}

/* Taking a failed text records the error again, because the record may have been cleared in between. */
static void test_take_records(void **state) {
    struct ln_text text = {0};
    char *taken = NULL;
    ln_alloc_fail_at(1);
    ln_text_add(&text, "x");
    ln_error_clear();
    assert_failure(ln_text_take(&text, &taken), LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
}

/* Sets a locale with a decimal comma (German). If it is not installed, compiles it from the sources in Debian's package locales. */
static bool german_numbers(void) {
    char folder[64];
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8")) return true;
    scratch_enter(folder);
    bool made = system("localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 >/dev/null 2>&1") == 0 &&
                setenv("LOCPATH", folder, 1) == 0 && setlocale(LC_NUMERIC, "de_DE.UTF-8");
    unsetenv("LOCPATH");
    scratch_leave(folder);
    return made;
}

static void test_numbers_in_any_locale(void **state) {
    if (!german_numbers()) {
        print_message("skipped: localedef cannot make a locale with a decimal comma\n");
        skip();
    }
    assert_string_equal(localeconv()->decimal_point, ",");
    struct ln_text text = {0};
    double value = 0;
    ln_text_addf(&text, "%g", 0.5);
    bool parsed = ln_text_to_double("0.5", 0, 1, &value);
    setlocale(LC_NUMERIC, "C");
    assert_string_equal(text.data, "0.5");
    assert_true(parsed && value == 0.5);
    ln_text_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_one_long_piece),
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_allocations_fail),
        cmocka_unit_test(test_failure_is_remembered),
        cmocka_unit_test(test_take_records),
        cmocka_unit_test(test_numbers_in_any_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
