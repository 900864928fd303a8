/* Appending to files, with disk faults. */
#include "base/file.h"
#include "base_test.h"
#include "disk_faults.h"

static char folder[64];

static int enter(void **state) {
    scratch_enter(folder);
    ln_error_clear();
    disk_faults_clear();
    return 0;
}

static int leave(void **state) {
    scratch_leave(folder);
    return 0;
}

static void assert_log(const char *text, size_t n) {
    unsigned char *data;
    size_t size;
    assert_int_equal(ln_file_read("log", 100, &data, &size), LINNET_OK);
    assert_int_equal(size, n);
    assert_memory_equal(data, text, n);
    ln_free(data);
}

static void test_grows(void **state) {
    assert_int_equal(ln_file_append("log", "ab\0", 3), LINNET_OK);
    assert_int_equal(ln_file_append("log", "", 0), LINNET_OK);
    assert_int_equal(ln_file_append("log", "cd", 2), LINNET_OK);
    assert_log("ab\0cd", 5);
}

static void test_no_folder(void **state) {
    assert_failure(ln_file_append("missing/log", "a", 1), LINNET_ERR_IO, "file-append",
                   "missing/log: cannot be appended to: No such file or directory");
}

/* Every write to /dev/full fails. */
static void test_full(void **state) {
    assert_failure(ln_file_append("/dev/full", "a", 1), LINNET_ERR_IO, "file-append",
                   "No space left on device");
}

static void test_writes_are_finished(void **state) {
    write_fault = (struct fault){1, EINTR};
    assert_int_equal(ln_file_append("log", "abcd", 4), LINNET_OK);
    write_fault = (struct fault){1, SHORT};
    assert_int_equal(ln_file_append("log", "efgh", 4), LINNET_OK);
    assert_log("abcdefgh", 8);
}

static void test_failures(void **state) {
    write_fault = (struct fault){1, EIO};
    assert_failure(ln_file_append("log", "a", 1), LINNET_ERR_IO, "file-append", "Input/output error");
    write_fault = (struct fault){1, NOTHING};
    assert_failure(ln_file_append("log", "a", 1), LINNET_ERR_IO, "file-append", "Input/output error");
    close_fault = (struct fault){1, EDQUOT}; /* as a network file system may report */
    assert_failure(ln_file_append("log", "a", 1), LINNET_ERR_IO, "file-append",
                   "log: cannot be appended to: ");
    write_fault = (struct fault){1, EIO};
    close_fault = (struct fault){1, EDQUOT}; /* the first failure is reported */
    assert_failure(ln_file_append("log", "a", 1), LINNET_ERR_IO, "file-append", "Input/output error");
    assert_log("a", 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_grows, enter, leave),
        cmocka_unit_test_setup_teardown(test_no_folder, enter, leave),
        cmocka_unit_test_setup_teardown(test_full, enter, leave),
        cmocka_unit_test_setup_teardown(test_writes_are_finished, enter, leave),
        cmocka_unit_test_setup_teardown(test_failures, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
