/* Option tables used by a program of another version: shorter structs, sizes that were not set. */
#include "unit/base/base_test.h"

#include <linnet/linnet.h>

static const struct linnet_option *row(linnet_option_fn *options, const char *name) {
    for (int i = 0; options(i); i++)
        if (!strcmp(options(i)->name, name)) return options(i);
    fail_msg("no row %s", name);
    return NULL;
}

static void refused(int status, const char *code) {
    assert_int_equal(status, LINNET_ERR_USAGE);
    assert_string_equal(linnet_error_code(), code);
}

static void test_parse(void **state) {
    struct linnet_train_opts opts = {.size = sizeof opts};
    const struct linnet_option *epochs = row(linnet_train_options, "epochs"),
                               *lr = row(linnet_train_options, "lr");
    assert_int_equal(linnet_option_parse(epochs, &opts, "7"), LINNET_OK);
    assert_int_equal(linnet_option_parse(lr, &opts, "0.5"), LINNET_OK);
    assert_true(opts.epochs == 7 && opts.lr == 0.5);
    refused(linnet_option_parse(epochs, &opts, "x"), "option-value");
    assert_int_equal(linnet_option_parse(epochs, &opts, "8"), LINNET_OK); /* clears the error */
    refused(linnet_option_parse(NULL, &opts, "1"), "api-null");
    refused(linnet_option_parse(epochs, NULL, "1"), "api-null");
}

static void test_older_struct(void **state) {
    const struct linnet_option *epochs = row(linnet_train_options, "epochs");
    const struct linnet_option *last = row(linnet_train_options, "recipe");
    struct linnet_train_opts older = {.size = last->offset}, newer = {.size = sizeof newer, .recipe = "f"};
    older.recipe = "bytes that belong to somebody else";
    assert_int_equal(linnet_option_parse(epochs, &older, "7"), LINNET_OK);
    refused(linnet_option_parse(last, &older, "x"), "api-size");
    linnet_option_copy(last, &older, &newer);
    linnet_option_copy(epochs, &newer, &older);
    assert_string_equal(older.recipe, "bytes that belong to somebody else");
    assert_int_equal(newer.epochs, 7);
    *(volatile double *)&older.lr = -1;
    refused(linnet_options_check(linnet_train_options, &older), "option-value");
    older.size = row(linnet_train_options, "lr")->offset; /* older still: without a learning rate */
    assert_int_equal(linnet_options_check(linnet_train_options, &older), LINNET_OK);
    struct linnet_train_opts unsized = {.epochs = 1};
    refused(linnet_option_parse(epochs, &unsized, "7"), "api-size");
}

static void write_bytes(void *out, const char *bytes, size_t count) {
    strncat(out, bytes, count);
}

static void test_json(void **state) {
    struct linnet_data_opts older = {.size = row(linnet_data_options, "limit")->offset, .split = "80,20"};
    char text[512] = "";
    struct linnet_json json = {.write = write_bytes, .user = text};
    older.limit = 5;
    linnet_json_begin(&json, NULL, '{');
    linnet_json_options(&json, linnet_data_options, &older);
    linnet_json_end(&json);
    assert_string_equal(
        text, "{\"split\": \"80,20\", \"stratify\": false, \"group_near\": false, \"skip_bad\": false, "
              "\"split_file\": null, \"data_seed\": 0, \"hold_out\": 0, \"limit\": 0}\n");
}

static void test_null(void **state) {
    char out[8] = "";
    const char *const names[] = {"cosine"};
    refused(linnet_options_check(NULL, out), "api-null");
    refused(linnet_options_check(linnet_train_options, NULL), "api-null");
    assert_null(linnet_option_default(NULL, out, sizeof out));
    assert_string_equal(linnet_nearest("cosin", names, 1), "cosine");
    linnet_option_copy(NULL, out, out);
    assert_null(linnet_train_options(-1));
    assert_null(linnet_train_options(1000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_older_struct),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
