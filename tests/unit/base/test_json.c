/* The JSON writer: values, layout, bad UTF-8. Strings are tested with ln_text_add_json in test_text.c. */
#include "base/json.h"
#include "base_test.h"
#include <math.h>

static void put_values(struct linnet_json *json) {
    ln_json_begin(json, NULL, '{');
    ln_json_string(json, "name", "a\"b");
    ln_json_string(json, "none", NULL);
    ln_json_begin(json, "list", '[');
    ln_json_int(json, NULL, INT64_MIN);
    ln_json_double(json, NULL, 0.1);
    ln_json_double(json, NULL, NAN);
    ln_json_begin(json, NULL, '{');
    ln_json_end(json);
    ln_json_end(json);
    ln_json_bool(json, "yes", true);
    ln_json_end(json);
}

static void assert_written(int lines, const char *want) {
    struct ln_text text = {0};
    struct linnet_json json = ln_json_into(&text, lines);
    put_values(&json);
    assert_int_equal(json.depth, 0);
    assert_string_equal(text.data, want);
    ln_text_fini(&text);
}

static void test_layout(void **state) {
    const char *line =
        "{\"name\": \"a\\\"b\", \"none\": null, \"list\": [-9223372036854775808, 0.1, null, {}], "
        "\"yes\": true}";
    char ended[256];
    snprintf(ended, sizeof ended, "%s\n", line);
    assert_written(-1, line);
    assert_written(0, ended);
    assert_written(
        1, "{\n  \"name\": \"a\\\"b\",\n  \"none\": null,\n  \"list\": [-9223372036854775808, 0.1, null, "
           "{}],\n  \"yes\": true\n}\n");
    assert_written(2,
                   "{\n  \"name\": \"a\\\"b\",\n  \"none\": null,\n  \"list\": [\n    -9223372036854775808,\n"
                   "    0.1,\n    null,\n    {}\n  ],\n  \"yes\": true\n}\n");
}

/* One writer writes two documents, each on its own line. */
static void test_again(void **state) {
    struct ln_text text = {0};
    struct linnet_json json = ln_json_into(&text, 0);
    for (int i = 0; i < 2; i++) {
        ln_json_begin(&json, NULL, '[');
        ln_json_int(&json, NULL, i);
        ln_json_end(&json);
    }
    assert_string_equal(text.data, "[0]\n[1]\n");
    ln_text_fini(&text);
}

static void test_digits(void **state) {
    struct ln_text text = {0};
    struct linnet_json json = ln_json_into(&text, 0);
    ln_json_begin(&json, NULL, '[');
    ln_json_double(&json, NULL, 1.0 / 3);
    json.digits = 9;
    ln_json_double(&json, NULL, 1.0 / 3);
    ln_json_double(&json, NULL, 12);
    ln_json_double(&json, NULL, -INFINITY);
    ln_json_end(&json);
    assert_string_equal(text.data, "[0.3333333333333333, 0.333333333, 12, null]\n");
    ln_text_fini(&text);
}

/* Deeper than the writer can track: the layout degrades, but no memory is overwritten. */
static void test_depth(void **state) {
    struct ln_text text = {0};
    struct linnet_json json = ln_json_into(&text, 3);
    for (int i = 0; i < 40; i++) ln_json_begin(&json, NULL, '[');
    assert_int_equal(json.depth, 31);
    ln_text_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
