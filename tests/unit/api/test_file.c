/* linnet_file: a commit replaces the whole file, an abort changes nothing. */
#include <linnet/linnet.h>

#include "unit/base/base_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static const char *in_folder(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int count_files(void) {
    char command[96], line[16] = "";
    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(line, sizeof line, pipe));
    pclose(pipe);
    return atoi(line);
}

static void read_whole(const char *name, char *out, size_t size) {
    FILE *file = fopen(in_folder(name), "r");
    assert_non_null(file);
    out[fread(out, 1, size - 1, file)] = 0;
    fclose(file);
}

static void write_file(const char *name, const char *text) {
    linnet_file *file;
    assert_int_equal(linnet_file_create(&file, in_folder(name)), LINNET_OK);
    assert_int_equal(linnet_file_write(file, text, strlen(text)), LINNET_OK);
    assert_int_equal(linnet_file_commit(file), LINNET_OK);
}

static void test_commit_replaces(void **state) {
    char text[32];
    write_file("a", "old");
    write_file("a", "newer");
    read_whole("a", text, sizeof text);
    assert_string_equal(text, "newer");
    assert_int_equal(count_files(), 1);
}

/* Readers see the old file until the commit, and after an abort. */
static void test_abort_keeps_the_old_file(void **state) {
    char text[32];
    linnet_file *file;
    write_file("a", "old");
    assert_int_equal(linnet_file_create(&file, in_folder("a")), LINNET_OK);
    assert_int_equal(linnet_file_write(file, "new", 3), LINNET_OK);
    assert_int_equal(linnet_file_write(file, NULL, 0), LINNET_OK);
    read_whole("a", text, sizeof text);
    assert_string_equal(text, "old");
    linnet_file_abort(file);
    linnet_file_abort(NULL);
    read_whole("a", text, sizeof text);
    assert_string_equal(text, "old");
    assert_int_equal(count_files(), 1);
}

static void test_refusals(void **state) {
    linnet_file *file = NULL;
    assert_int_equal(linnet_file_create(&file, "/dev/null"), LINNET_ERR_IO);
    assert_string_equal(linnet_error_code(), "file-write");
    assert_int_equal(linnet_file_create(&file, folder), LINNET_ERR_IO);
    assert_int_equal(linnet_file_create(&file, in_folder("no/such/file")), LINNET_ERR_IO);
    assert_null(file);
    assert_int_equal(linnet_file_create(NULL, "a"), LINNET_ERR_USAGE);
    assert_int_equal(linnet_file_create(&file, NULL), LINNET_ERR_USAGE);
    assert_int_equal(linnet_file_write(NULL, "a", 1), LINNET_ERR_USAGE);
    assert_int_equal(linnet_file_commit(NULL), LINNET_ERR_USAGE);
    assert_int_equal(linnet_file_create(&file, in_folder("b")), LINNET_OK);
    assert_int_equal(linnet_file_write(file, NULL, 1), LINNET_ERR_USAGE);
    linnet_file_abort(file);
    assert_true(access(in_folder("b"), F_OK) != 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_commit_replaces),
                                       cmocka_unit_test(test_abort_keeps_the_old_file),
                                       cmocka_unit_test(test_refusals)};
    snprintf(folder, sizeof folder, "/tmp/linnet-file-XXXXXX");
    if (!mkdtemp(folder)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(in_folder("a"));
    rmdir(folder);
    return failed;
}
