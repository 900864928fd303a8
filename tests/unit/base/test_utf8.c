/* UTF-8, and foreign text made safe for a terminal. */
#include "base/log.h"
#include "base/text.h"
#include "base_test.h"

/* The character that s encodes; 0 if s is not valid. */
static uint32_t decoded(const char *s) {
    uint32_t code = 0;
    size_t length = ln_utf8_decode(s, strlen(s), &code);
    if (length == 0) return 0;
    assert_int_equal(length, strlen(s));
    return code;
}

static void test_decode(void **state) {
    static const struct {
        const char *bytes;
        uint32_t code;
    } cases[] = {
        {"A", 'A'},
        {"\x7f", 0x7f},
        {"\xc2\x80", 0x80},
        {"\xc3\xb6", 0xf6},
        {"\xdf\xbf", 0x7ff},
        {"\xe0\xa0\x80", 0x800},
        {"\xea\xb3\xa0", 0xace0},
        {"\xed\x9f\xbf", 0xd7ff}, /* the last before the surrogates */
        {"\xee\x80\x80", 0xe000}, /* the first after them */
        {"\xf0\x90\x80\x80", 0x10000},
        {"\xf4\x8f\xbf\xbf", 0x10ffff},
        {"\x80", 0},
        {"\xc3", 0},
        {"\xc3(", 0},
        {"\xc0\x80", 0},     /* NUL in two bytes */
        {"\xe0\x9f\xbf", 0}, /* U+7FF in three */
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xed\xa0\x80", 0}, /* a surrogate */
        {"\xf4\x90\x80\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
    };
    uint32_t code;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(decoded(cases[i].bytes), cases[i].code);
    assert_int_equal(ln_utf8_decode("", 0, &code), 0);
    assert_int_equal(ln_utf8_decode("\xc3\xb6", 1, &code), 0); /* the second byte is outside the length */
}

static void test_cut(void **state) {
    static const char korean[] = "\xea\xb3\xa0\xec\x96\x91"; /* two characters of three bytes */
    static const size_t at[] = {0, 0, 0, 3, 3, 3, 6, 6};
    for (size_t most = 0; most < sizeof at / sizeof *at; most++)
        assert_int_equal(ln_utf8_cut(korean, 6, most), at[most]);
    assert_int_equal(ln_utf8_cut("abc", 3, 2), 2);
    assert_int_equal(ln_utf8_cut("\x80\x80\x80\x80", 4, 2), 2); /* no characters to split */
    assert_int_equal(ln_utf8_cut("ab\xf0\x9f\x90\xa6", 6, 5), 2);
}

static void assert_escaped(const char *s, const char *shown) {
    char out[512];
    assert_int_equal(ln_text_escape(s, strlen(s), out, sizeof out), strlen(s));
    assert_string_equal(out, shown);
}

static void test_utf8_stays(void **state) {
    static const char *const names[] = {
        "K\u00f6ln.jpg", "\uace0\uc591\uc774.jpg", "\u732b.png", "\u0643\u0644\u0628", "\U0001f426",
        "e\u0301",       "\u2764\ufe0f", /* the variation selector of a red heart */
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_escaped(names[i], names[i]);
}

static void test_harm_is_escaped(void **state) {
    assert_escaped("a\x1b[2J\n\r\x7f", "a\\x1b[2J\\x0a\\x0d\\x7f");
    assert_escaped("\xc2\x85|\xc2\x9b", "\\xc2\\x85|\\xc2\\x9b");      /* C1: next line, CSI */
    assert_escaped("a\xe2\x80\xaegpj.exe", "a\\xe2\\x80\\xaegpj.exe"); /* right-to-left override */
    assert_escaped("\xe2\x81\xa6x\xe2\x81\xa9", "\\xe2\\x81\\xa6x\\xe2\\x81\\xa9"); /* isolates */
    assert_escaped("c\xe2\x80\x8b"
                   "at",
                   "c\\xe2\\x80\\x8b"
                   "at");                                       /* zero-width space */
    assert_escaped("\xef\xbb\xbfx", "\\xef\\xbb\\xbfx");        /* byte order mark */
    assert_escaped("\xc2\xad", "\\xc2\\xad");                   /* soft hyphen */
    assert_escaped("\xe2\x80\xa8", "\\xe2\\x80\\xa8");          /* line separator */
    assert_escaped("\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"); /* a tag */
    assert_escaped("\xef\xbf\xbe", "\\xef\\xbf\\xbe");          /* a noncharacter */
    assert_escaped("caf\xe9 \xea\xb3", "caf\\xe9 \\xea\\xb3");  /* Latin-1; half a character */
}

/* At most 100 bytes of text, fewer if a character would be split. */
static void test_printable_cuts_between_characters(void **state) {
    char foreign[200], out[512];
    for (size_t i = 0; i + 3 <= sizeof foreign; i += 3) memcpy(foreign + i, "\xea\xb3\xa0", 3);
    ln_text_printable(foreign, 198, out, sizeof out);
    assert_int_equal(strlen(out), 99 + 3);
    assert_memory_equal(out + 96, "\xea\xb3\xa0...", 6);
}

static void test_printable(void **state) {
    char out[512];
    assert_string_equal(ln_text_printable("posix.system", 12, out, sizeof out), "posix.system");
    assert_string_equal(ln_text_printable("\0\x1b~\x7f\xff", 5, out, sizeof out), "\\x00\\x1b~\\x7f\\xff");
    assert_string_equal(ln_text_printable("", 0, out, sizeof out), "");
    char foreign[200];
    memset(foreign, 'f', sizeof foreign);
    ln_text_printable(foreign, 100, out, sizeof out);
    assert_int_equal(strlen(out), 100);
    ln_text_printable(foreign, 101, out, sizeof out);
    assert_int_equal(strlen(out), 103);
    assert_string_equal(out + 99, "f...");
    memset(foreign, 0xfe, sizeof foreign);
    ln_text_printable(foreign, sizeof foreign, out, sizeof out);
    assert_int_equal(strlen(out), 403);
}

/* For any size of the buffer, the output stays inside it, ends with a NUL and splits no escape. */
static void test_printable_in_any_room(void **state) {
    static const char foreign[] = "ab\xff\xfe"
                                  "cd\x01";
    static const char whole[] = "ab\\xff\\xfecd\\x01";
    for (size_t size = 1; size < 30; size++) {
        char out[32];
        memset(out, '#', sizeof out);
        ln_text_printable(foreign, 7, out, size);
        assert_true(strlen(out) < size);
        assert_int_equal(out[size], '#');
        assert_true(size > 16 ? strcmp(out, whole) == 0 : out[0] == 'a' || size <= 2 || out[0] == '.');
    }
    ln_text_printable(foreign, 7, NULL, 0);
}

static void test_escape_says_how_far(void **state) {
    char out[10];
    assert_int_equal(ln_text_escape("abc", 3, out, sizeof out), 3);
    assert_int_equal(ln_text_escape("ab\xff\xff\xff", 5, out, sizeof out), 3);
    assert_string_equal(out, "ab\\xff");
    assert_int_equal(ln_text_escape("abcdefghijk", 11, out, sizeof out), 9);
    assert_int_equal(ln_text_escape("abc", 3, out, 1), 0);
    assert_string_equal(out, "");
    assert_int_equal(ln_text_escape("abc", 3, NULL, 0), 0);
}

static void hear(void *user, int level, const char *line) {
    snprintf(user, 64, "%s", line);
}

static void test_failures_and_warnings_are_escaped(void **state) {
    char heard[64] = "";
    ln_fail(LINNET_ERR_INPUT, "code", "%s", "K\u00f6ln\x1b.jpg");
    assert_string_equal(ln_error_get()->text, "K\u00f6ln\\x1b.jpg");
    ln_error_clear();
    ln_log_set(hear, heard);
    ln_log(LINNET_LOG_WARNING, "%s", "K\u00f6ln\x1b.jpg");
    ln_log_set(NULL, NULL);
    assert_string_equal(heard, "K\u00f6ln\\x1b.jpg");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_utf8_stays),
        cmocka_unit_test(test_harm_is_escaped),
        cmocka_unit_test(test_printable_cuts_between_characters),
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_printable_in_any_room),
        cmocka_unit_test(test_escape_says_how_far),
        cmocka_unit_test(test_failures_and_warnings_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
