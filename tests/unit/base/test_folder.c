/* Folders: made with their parents, listed in byte order, synced. */
#include "base/file.h"
#include "base_test.h"
#include <fcntl.h>
#include <sys/stat.h>

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

static void touch(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT, 0666);
    assert_true(fd >= 0);
    close(fd);
}

static void test_make(void **state) {
    static const char *const paths[] = {"a", "a", "a/b/c", "x//y/", "./z", "a/../w", ".", "/"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(ln_file_make_folder(paths[i]), LINNET_OK);
        assert_true(ln_file_is_folder(paths[i]));
    }
    char absolute[128];
    snprintf(absolute, sizeof absolute, "%s/p/q", folder);
    assert_int_equal(ln_file_make_folder(absolute), LINNET_OK);
    assert_true(ln_file_is_folder("p/q"));
}

static void test_make_refused(void **state) {
    touch("f");
    assert_failure(ln_file_make_folder("f"), LINNET_ERR_IO, "folder-make", "f: Not a directory");
    assert_failure(ln_file_make_folder("f/g/h"), LINNET_ERR_IO, "folder-make", "f: Not a directory");
    assert_failure(ln_file_make_folder(""), LINNET_ERR_IO, "folder-make", "No such file");
    assert_failure(ln_file_make_folder("/proc/linnet/x"), LINNET_ERR_IO, "folder-make", "/proc/linnet: ");
}

static int make_one(const void *path) {
    return ln_file_make_folder(path);
}

static void test_list(void **state) {
    static const char *const files[] = {"cat.10.jpg", "cat.1.jpg", "Zebra",    ".hidden",
                                        "b",          "\xff\xfe",  "cat.2.jpg"};
    static const char *const sorted[] = {".hidden",   "Zebra",    "b",   "cat.1.jpg", "cat.10.jpg",
                                         "cat.2.jpg", "dangling", "dir", "link",      "\xff\xfe"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) touch(files[i]);
    assert_int_equal(mkdir("dir", 0777), 0);
    assert_int_equal(symlink("dir", "link"), 0);
    assert_int_equal(symlink("missing", "dangling"), 0);
    struct ln_file_list list;
    assert_int_equal(ln_file_list_read(&list, "."), LINNET_OK);
    assert_int_equal(list.count, sizeof sorted / sizeof *sorted);
    for (size_t i = 0; i < list.count; i++) {
        assert_string_equal(list.entries[i].name, sorted[i]);
        bool is_folder = strcmp(sorted[i], "dir") == 0 || strcmp(sorted[i], "link") == 0;
        assert_int_equal(list.entries[i].is_folder, is_folder);
    }
    ln_file_list_fini(&list);
    ln_file_list_fini(&list);
    assert_int_equal(list.count, 0);
}

static void test_list_empty_and_large(void **state) {
    struct ln_file_list list;
    assert_int_equal(mkdir("d", 0777), 0);
    assert_int_equal(ln_file_list_read(&list, "d"), LINNET_OK);
    assert_int_equal(list.count, 0);
    ln_file_list_fini(&list);
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "d/%03d", i * 7 % 300);
        touch(name);
    }
    assert_int_equal(ln_file_list_read(&list, "d"), LINNET_OK);
    assert_int_equal(list.count, 300);
    for (int i = 0; i < 300; i++) assert_int_equal(atoi(list.entries[i].name), i);
    ln_file_list_fini(&list);
}

static void test_list_refused(void **state) {
    struct ln_file_list list;
    touch("f");
    assert_failure(ln_file_list_read(&list, "missing"), LINNET_ERR_INPUT, "file-open",
                   "missing: No such file");
    assert_failure(ln_file_list_read(&list, "f"), LINNET_ERR_INPUT, "file-open", "f: Not a directory");
    assert_int_equal(list.count, 0);
    assert_null(list.entries);
    assert_int_equal(mkdir("secret", 0), 0);
    if (access("secret", R_OK) != 0)
        assert_failure(ln_file_list_read(&list, "secret"), LINNET_ERR_IO, "file-access", "Permission denied");
}

static int list_one(const void *path) {
    struct ln_file_list list;
    LN_TRY(ln_file_list_read(&list, path));
    ln_file_list_fini(&list);
    return LINNET_OK;
}

static void test_allocations_fail(void **state) {
    for (char name[] = "a"; name[0] <= 'j'; name[0]++) touch(name);
    assert_int_equal(allocations_fail(list_one, "."), 5); /* growing names and places, sorted list */
    assert_int_equal(allocations_fail(make_one, "new/folder"), 1);
}

static void test_names_are_synced(void **state) {
    assert_int_equal(mkdir("a", 0777), 0);
    assert_int_equal(ln_file_sync_name("a"), LINNET_OK);
    assert_int_equal(ln_file_sync_name("a//"), LINNET_OK);
    assert_int_equal(ln_file_sync_name("/"), LINNET_OK);
    assert_failure(ln_file_sync_name("missing/a"), LINNET_ERR_IO, "file-write", "sync of its folder");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_make),
        TEST(test_make_refused),
        TEST(test_list),
        TEST(test_list_empty_and_large),
        TEST(test_list_refused),
        TEST(test_allocations_fail),
        TEST(test_names_are_synced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
