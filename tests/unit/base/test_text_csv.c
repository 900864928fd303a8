/* Text quoted in JSON and in CSV. */
#include "base/text.h"
#include "base_test.h"

static void assert_quoted(void (*add)(struct ln_text *, const char *), const char *s, const char *quoted) {
    struct ln_text text = {0};
    add(&text, s);
    assert_string_equal(text.data, quoted);
    ln_text_fini(&text);
}

static void test_json(void **state) {
    assert_quoted(ln_text_add_json, "", "\"\"");
    assert_quoted(ln_text_add_json, "cat/1.jpg", "\"cat/1.jpg\"");
    assert_quoted(ln_text_add_json, "a\"b\\c\n\t\x01\x1f\x7f",
                  "\"a\\\"b\\\\c\\u000a\\u0009\\u0001\\u001f\\u007f\"");
    assert_quoted(ln_text_add_json, "a\xc2\x9b\x31m\xe2\x80\xae!", "\"a\\u009b1m\\u202e!\"");
    assert_quoted(ln_text_add_json, "caf\xc3\xa9 \xe9\xab\x98 \xf0\x9f\x90\xa6",
                  "\"caf\xc3\xa9 \xe9\xab\x98 \xf0\x9f\x90\xa6\"");
}

static void test_json_is_always_utf8(void **state) {
    static const char *const bad[] = {
        "\x80",
        "\xff",
        "\xc3",
        "\xc3(",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xe2\x82",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf0\x9f\x90",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ln_text text = {0};
        ln_text_add_json(&text, bad[i]);
        for (size_t k = 0; k < text.length; k++) assert_true((unsigned char)text.data[k] < 0x80);
        assert_memory_equal(text.data, "\"\\ufffd", 7);
        ln_text_fini(&text);
    }
    assert_quoted(ln_text_add_json, "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\""); /* U+10FFFF, the last */
    assert_quoted(ln_text_add_json, "\xed\x9f\xbf\xee\x80\x80",
                  "\"\xed\x9f\xbf\xee\x80\x80\""); /* just below and above the surrogates */
}

static void test_csv(void **state) {
    assert_quoted(ln_text_add_csv, "", "");
    assert_quoted(ln_text_add_csv, "plain text", "plain text");
    assert_quoted(ln_text_add_csv, "a,b", "\"a,b\"");
    assert_quoted(ln_text_add_csv, "say \"hi\"", "\"say \"\"hi\"\"\"");
    assert_quoted(ln_text_add_csv, "two\nlines", "\"two\nlines\"");
    assert_quoted(ln_text_add_csv, "a\r", "\"a\r\"");
    assert_quoted(ln_text_add_csv, "a;=b", "\"a;=b\"");
}

/* A tamed field is written with a leading apostrophe; reading removes it. */
static void assert_tamed(const char *s, bool tamed) {
    struct ln_text text = {0};
    char field[64];
    snprintf(field, sizeof field, "%s%s", tamed ? "'" : "", s);
    ln_text_add_csv(&text, s);
    assert_int_equal(text.data[0] == '"', tamed);
    assert_int_equal(text.data[tamed] == field[0], true);
    assert_string_equal(ln_text_csv_value(field), s);
    ln_text_fini(&text);
}

static void test_csv_formulas(void **state) {
    static const char *const formulas[] = {"=HYPERLINK(1)",
                                           "=1+1",
                                           "+cmd|' /C calc'!A0",
                                           "-1+1",
                                           "@SUM(A1)",
                                           "-",
                                           "\tx",
                                           "\r=1",
                                           "\n=1",
                                           "'=1",
                                           "''-1",
                                           ("\xef\xbc\x9d"
                                            "1")};
    static const char *const plain[] = {"-1", "+1", "-0.5", "cat=1", "'quoted'", "''", "a'=1"};
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) assert_tamed(formulas[i], true);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) assert_tamed(plain[i], false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_is_always_utf8),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_csv_formulas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
