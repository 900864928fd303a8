/* Strict number parsing: the whole text must be a number. */
#include "base/text.h"
#include "base_test.h"
#include <math.h>

static void test_i64(void **state) {
    static const struct {
        const char *s;
        int64_t value;
    } good[] = {
        {"0", 0},   {"42", 42},
        {"-7", -7}, {"+3", 3},
        {"007", 7}, {"9223372036854775807", INT64_MAX},
        {"-0", 0},  {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {
        "",
        " ",
        "-",
        "+",
        "--1",
        "+-1",
        "1-",
        "1 ",
        " 1",
        "\n1",
        "0x10",
        "1e3",
        "1.0",
        "1,000",
        "one",
        "1\xc2\xa0",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t value = 99;
        assert_true(ln_text_to_i64(good[i].s, INT64_MIN, INT64_MAX, &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t value = 99;
        if (ln_text_to_i64(bad[i], INT64_MIN, INT64_MAX, &value)) fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(value, 99);
    }
}

static void test_i64_range(void **state) {
    int64_t value = 99;
    assert_true(ln_text_to_i64("1", 1, 10, &value));
    assert_true(ln_text_to_i64("10", 1, 10, &value));
    assert_false(ln_text_to_i64("0", 1, 10, &value));
    assert_false(ln_text_to_i64("11", 1, 10, &value));
    assert_int_equal(value, 10);
}

static void test_double(void **state) {
    static const struct {
        const char *s;
        double value;
    } good[] = {
        {"0", 0},      {"0.1", 0.1},           {".5", .5},
        {"5.", 5},     {"-1.25e-3", -1.25e-3}, {"+2E2", 200},
        {"1e-400", 0}, {"1e308", 1e308},       {"4.9e-324", 4.9e-324},
    };
    static const char *const bad[] = {
        "",      " ",   ".",   "-",   "e5",   "1e",       "1e+",   "1.2.3",  " 1",  "1 ",    "1x",
        "0x1p3", "nan", "NAN", "inf", "-inf", "infinity", "1e999", "-1e999", "0,5", "1_000", "1f",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = 99;
        assert_true(ln_text_to_double(good[i].s, -INFINITY, INFINITY, &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 99;
        if (ln_text_to_double(bad[i], -INFINITY, INFINITY, &value)) fail_msg("'%s' was taken", bad[i]);
        assert_true(value == 99);
    }
}

static void test_double_range(void **state) {
    double value = 99;
    assert_true(ln_text_to_double("1", 0, 1, &value));
    assert_false(ln_text_to_double("1.0000001", 0, 1, &value));
    assert_false(ln_text_to_double("-0.1", 0, 1, &value));
    assert_true(value == 1);
}

static void test_starts_and_ends(void **state) {
    assert_true(ln_text_starts("cat.12.jpg", "cat."));
    assert_true(ln_text_starts("cat", ""));
    assert_true(ln_text_starts("", ""));
    assert_false(ln_text_starts("ca", "cat"));
    assert_false(ln_text_starts("dog", "cat"));
    assert_true(ln_text_ends("cat.12.jpg", ".jpg"));
    assert_true(ln_text_ends("cat", ""));
    assert_true(ln_text_ends(".gz", ".gz"));
    assert_false(ln_text_ends("gz", ".gz"));
    assert_false(ln_text_ends("a.gz.tmp", ".gz"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i64),
        cmocka_unit_test(test_i64_range),
        cmocka_unit_test(test_double),
        cmocka_unit_test(test_double_range),
        cmocka_unit_test(test_starts_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
