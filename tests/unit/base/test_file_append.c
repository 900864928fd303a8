/* Appending to files. */
#include "base/file.h"
#include "base_test.h"

static char folder[64];

static int enter(void **state) {
    scratch_enter(folder);
    ln_error_clear();
    return 0;
}

static int leave(void **state) {
    scratch_leave(folder);
    return 0;
}

static void test_grows(void **state) {
    unsigned char *data;
    size_t size;
    assert_int_equal(ln_file_append("log", "ab\0", 3), LINNET_OK);
    assert_int_equal(ln_file_append("log", "", 0), LINNET_OK);
    assert_int_equal(ln_file_append("log", "cd", 2), LINNET_OK);
    assert_int_equal(ln_file_read("log", 100, &data, &size), LINNET_OK);
    assert_int_equal(size, 5);
    assert_memory_equal(data, "ab\0cd", 5);
    ln_free(data);
}

static void test_no_folder(void **state) {
    assert_failure(ln_file_append("missing/log", "a", 1), LINNET_ERR_IO, "file-append",
                   "missing/log: append: No such file or directory");
}

/* /dev/full takes nothing. */
static void test_full(void **state) {
    assert_failure(ln_file_append("/dev/full", "a", 1), LINNET_ERR_IO, "file-append",
                   "No space left on device");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_grows, enter, leave),
        cmocka_unit_test_setup_teardown(test_no_folder, enter, leave),
        cmocka_unit_test_setup_teardown(test_full, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
