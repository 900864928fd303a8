/* Untrusted JSON: the limits and the error codes. */
#include "model/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct ln_json_opts plain = {.place = "m.json: text", .code = "json"};

static void check_refused(const char *text, const struct ln_json_opts *opts, const char *code,
                          const char *says) {
    json_t *json;
    ln_error_clear();
    assert_int_equal(ln_json_parse(&json, text, strlen(text), opts), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, code);
    if (!strstr(ln_error_get()->text, says)) fail_msg("%s: %s", text, ln_error_get()->text);
}

static void check_read(const char *text, const struct ln_json_opts *opts) {
    json_t *json;
    ln_error_clear();
    assert_int_equal(ln_json_parse(&json, text, strlen(text), opts), LINNET_OK);
    json_decref(json);
}

static void test_depth(void **state) {
    struct ln_json_opts opts = plain;
    check_read("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", &opts);
    check_refused("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", &opts, "json", "nested 17 deep; the limit is 16");
    opts.depth = 2;
    check_read("[{\"[[[[\":1},{\"a\":\"{{{\\\"[[[\"}]", &opts); /* brackets in strings do not count */
    check_refused("[{\"a\":[]}]", &opts, "json", "nested 3 deep; the limit is 2");
}

static void test_values(void **state) {
    struct ln_json_opts opts = plain;
    opts.values = 4;
    check_read("[1,2,3,\",,,,,,\"]", &opts);
    check_refused("[1,2,3,4,5]", &opts, "json", "5 values; the limit is 4");
    check_refused("[{},{},{}]", &opts, "json", "6 values; the limit is 4");
}

static void test_codes(void **state) {
    struct ln_json_opts opts = plain;
    check_refused("", &opts, "json", "m.json: text: byte 0");
    check_refused("1", &opts, "json", "byte 1");
    check_refused("[1] x", &opts, "json", "byte 5");
    check_refused("[1e999]", &opts, "json", "1e999");
    check_refused("[\"\xc3\"]", &opts, "json", "byte");
    check_refused("{\"a\":1,\"a\":2}", &opts, "json", "\"a\"");
    opts.duplicate = "json-twice";
    check_refused("{\"a\":1,\"a\":2}", &opts, "json-twice", "\"a\"");
}

/* Text that ends inside a string or after a backslash is not read beyond its end. */
static void test_cut(void **state) {
    static const char text[] = "{\"a\\\"\":[\"\\\\\", \"\\u00e9\"]}";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        json_t *json;
        ln_error_clear();
        assert_int_equal(ln_json_parse(&json, text, n, &plain), LINNET_ERR_INPUT);
    }
    check_read(text, &plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_depth), cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_codes), cmocka_unit_test(test_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
