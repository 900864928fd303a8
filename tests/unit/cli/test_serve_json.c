/* The reader of JSON in requests. */
#include "cli_test.h"
#include "serve_json.h"
#include <math.h>

/* True if the whole text is one value. The copy has the exact size, so that a sanitizer detects reads beyond its end. */
static bool is_json(const char *text, size_t size) {
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    struct serve_json json = {copy, copy + size};
    serve_json_skip(&json);
    const bool good = serve_json_end(&json);
    free(copy);
    return good;
}

static void test_skip(void **state) {
    static const char *const good[] = {
        "0",     "-1.5e+9", "true",  "null",  "\"\"",      "\"a\\\"b\"",
        "[]",    "{}",      " [ ] ", "[1,2]", "{\"a\":1}", "{\"a\":[{},[],\"x\"],\"b\":{\"c\":null}} ",
        "[[[]]]"};
    static const char *const bad[] = {"",      " ",     "[",      "]",       "[1",        "[1,]",
                                      "[,1]",  "[1 2]", "{",      "{\"a\"}", "{\"a\":}",  "{\"a\":1,}",
                                      "{a:1}", "\"",    "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\n\"",
                                      "1 2",   "[}",    "{]",     "[1}",     "#"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_true(is_json(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(is_json(bad[i], strlen(bad[i])));
}

static void test_depth(void **state) {
    char text[80];
    for (int depth = 30; depth <= 36; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        assert_int_equal(is_json(text, 2 * (size_t)depth), depth <= 32);
    }
}

static void test_values(void **state) {
    char text[] =
        "{\"name\": \"im\\u0061ge \\ud55c\\n\\ud83d\\ude00\\ud800\", \"shape\": [1, -2 , 3], \"x\": {}, \"long key\": 7}";
    struct serve_json json = {text, text + sizeof text - 1};
    static const int64_t shape[] = {1, -2, 3};
    char key[5];
    size_t length;
    serve_json_begin(&json, '{');
    assert_true(serve_json_key(&json, key, sizeof key));
    assert_string_equal(key, "name");
    assert_string_equal(serve_json_string(&json, &length),
                        "image \xed\x95\x9c\n\xf0\x9f\x98\x80\xef\xbf\xbd");
    assert_int_equal(length, 17);
    assert_true(serve_json_key(&json, key, sizeof key));
    assert_string_equal(key, "shap"); /* cut */
    serve_json_begin(&json, '[');
    for (int i = 0; i < 3; i++) {
        assert_true(serve_json_item(&json));
        assert_true(serve_json_int(&json) == shape[i]);
    }
    assert_false(serve_json_item(&json));
    assert_true(serve_json_key(&json, key, sizeof key));
    assert_int_equal(serve_json_peek(&json), '{');
    serve_json_skip(&json);
    assert_true(serve_json_key(&json, key, sizeof key));
    assert_int_equal(serve_json_int(&json), 7);
    assert_false(serve_json_key(&json, key, sizeof key));
    assert_true(serve_json_end(&json));
}

static void test_numbers(void **state) {
    static const char *const bad[] = {"", "-", "1.5", "1e3", "x", "1234567890123456", "\"1\""};
    char good[] = "123456789012345";
    struct serve_json json = {good, good + sizeof good - 1};
    assert_true(serve_json_int(&json) == 123456789012345);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[32];
        snprintf(text, sizeof text, "%s", bad[i]);
        json = (struct serve_json){text, text + strlen(text)};
        serve_json_int(&json);
        assert_false(serve_json_end(&json));
    }
}

static void test_doubles(void **state) {
    static const char *const bad[] = {"",
                                      "x",
                                      "-",
                                      "1x",
                                      "1.2.3",
                                      "true",
                                      "\"1\"", /* the last has more digits than any double needs */
                                      "1234567890123456789012345678901234567890123456789012345678901234"};
    char good[] = "[-1.5e3, null, 7, true, false]";
    struct serve_json json = {good, good + sizeof good - 1};
    serve_json_begin(&json, '[');
    assert_true(serve_json_item(&json) && serve_json_double(&json) == -1500);
    assert_true(serve_json_item(&json) && isnan(serve_json_double(&json)));
    assert_true(serve_json_item(&json) && serve_json_double(&json) == 7);
    assert_true(serve_json_item(&json) && serve_json_bool(&json));
    assert_true(serve_json_item(&json) && !serve_json_bool(&json));
    assert_false(serve_json_item(&json));
    assert_true(serve_json_end(&json));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[80];
        snprintf(text, sizeof text, "%s", bad[i]);
        json = (struct serve_json){text, text + strlen(text)};
        serve_json_double(&json);
        assert_false(serve_json_end(&json));
    }
    char word[] = "tru";
    json = (struct serve_json){word, word + 3};
    serve_json_bool(&json);
    assert_false(serve_json_end(&json));
}

static void test_mutations(void **state) {
    static const char seed[] =
        "{\"inputs\": [{\"name\": \"\\u0061\\n\", \"shape\": [1, 2], \"data\": [[1], [2.5]]}], \"id\": null}";
    uint32_t x = 2463534242u;
    for (int round = 0; round < 200000; round++) {
        char text[sizeof seed];
        size_t size = sizeof seed - 1;
        memcpy(text, seed, size);
        for (int i = 0; i < 3; i++) {
            x ^= x << 13, x ^= x >> 17, x ^= x << 5;
            if (x % 7 == 0) size = x / 7 % (size + 1);
            text[x / 64 % sizeof text] = "[]{}\",:\\u0\x80 1"[x % 14];
        }
        is_json(text, size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_skip),    cmocka_unit_test(test_depth),
                                       cmocka_unit_test(test_values),  cmocka_unit_test(test_numbers),
                                       cmocka_unit_test(test_doubles), cmocka_unit_test(test_mutations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
