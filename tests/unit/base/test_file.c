/* Reading files: whole files, slices, and every kind of path that is not a regular file. */
#include "base/file.h"
#include "base_test.h"
#include <fcntl.h>
#include <pthread.h>
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

/* Does not use the code under test. */
static void make_file(const char *path, const void *data, size_t n) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void test_whole(void **state) {
    unsigned char *data;
    size_t size = 99;
    make_file("f", "ab\0cd", 5);
    assert_int_equal(ln_file_read("f", 5, &data, &size), LINNET_OK);
    assert_int_equal(size, 5);
    assert_memory_equal(data, "ab\0cd", 6); /* with the NUL after it */
    ln_free(data);
    make_file("empty", "", 0);
    assert_int_equal(ln_file_read("empty", 0, &data, &size), LINNET_OK);
    assert_int_equal(size, 0);
    assert_int_equal(data[0], 0);
    ln_free(data);
}

static void test_too_large(void **state) {
    unsigned char *data = NULL;
    size_t size = 99;
    make_file("f", "12345", 5);
    assert_failure(ln_file_read("f", 4, &data, &size), LINNET_ERR_INPUT, "file-size",
                   "f: has 5 bytes, at most 4 are allowed");
    assert_null(data);
    assert_int_equal(size, 99);
}

/* A sparse file claims 1 TB: it is refused by its size, before memory is allocated for it. */
static void test_bomb(void **state) {
    unsigned char *data = NULL;
    size_t size;
    int fd = open("bomb", O_WRONLY | O_CREAT, 0666);
    assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
    close(fd);
    uint64_t calls = ln_alloc_count();
    assert_failure(ln_file_read("bomb", 1 << 20, &data, &size), LINNET_ERR_INPUT, "file-size",
                   "1099511627776 bytes");
    assert_true(ln_alloc_count() - calls <= 1); /* the path */
}

static void assert_not_opened(const char *path, int status, const char *code, const char *part) {
    unsigned char *data = NULL;
    size_t size;
    struct ln_file file;
    assert_failure(ln_file_read(path, SIZE_MAX, &data, &size), status, code, part);
    assert_null(data);
    assert_failure(ln_file_open(&file, path), status, code, part);
    ln_file_close(&file);
}

static void test_no_file(void **state) {
    make_file("f", "x", 1);
    assert_int_equal(mkdir("d", 0777), 0);
    assert_int_equal(mkfifo("pipe", 0666), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    char longer[5000];
    memset(longer, 'l', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_not_opened("missing", LINNET_ERR_INPUT, "file-open", "missing: No such file or directory");
    assert_not_opened("", LINNET_ERR_INPUT, "file-open", "No such file");
    assert_not_opened("f/g", LINNET_ERR_INPUT, "file-open", "f/g: Not a directory");
    assert_not_opened("d", LINNET_ERR_INPUT, "file-open", "d: is a folder");
    assert_not_opened("pipe", LINNET_ERR_INPUT, "file-open",
                      "pipe: is not a regular file"); /* and opening it does not block */
    assert_not_opened("/dev/zero", LINNET_ERR_INPUT, "file-open", "is not a regular file");
    assert_not_opened("loop", LINNET_ERR_INPUT, "file-open", "symbolic links");
    assert_not_opened(longer, LINNET_ERR_INPUT, "file-open", "File name too long");
}

static void test_no_permission(void **state) {
    make_file("secret", "x", 1);
    assert_int_equal(chmod("secret", 0), 0);
    if (access("secret", R_OK) == 0) {
        print_message("skipped: this user may read everything\n");
        skip();
    }
    assert_not_opened("secret", LINNET_ERR_IO, "file-access", "secret: Permission denied");
}

static int read_one(const void *path) {
    unsigned char *data;
    size_t size;
    LN_TRY(ln_file_read(path, 100, &data, &size));
    ln_free(data);
    return LINNET_OK;
}

static void test_allocations_fail(void **state) {
    make_file("f", "12345", 5);
    assert_int_equal(allocations_fail(read_one, "f"), 2);
}

static void test_slices(void **state) {
    struct ln_file file;
    char out[8] = "#######";
    make_file("f", "0123456789", 10);
    assert_int_equal(ln_file_open(&file, "f"), LINNET_OK);
    assert_int_equal(file.size, 10);
    assert_string_equal(file.path, "f");
    assert_int_equal(ln_file_read_at(&file, 3, out, 4), LINNET_OK);
    assert_string_equal(out, "3456###");
    assert_int_equal(ln_file_read_at(&file, 8, out, 2), LINNET_OK);
    assert_int_equal(ln_file_read_at(&file, 10, out, 0), LINNET_OK);
    assert_string_equal(out, "8956###");
    assert_failure(ln_file_read_at(&file, 9, out, 2), LINNET_ERR_INPUT, "file-short",
                   "f: 2 bytes are needed at byte 9, but the file has only 10");
    assert_failure(ln_file_read_at(&file, UINT64_MAX, out, 2), LINNET_ERR_INPUT, "file-short",
                   "file has only 10");
    assert_failure(ln_file_read_at(&file, 2, out, SIZE_MAX), LINNET_ERR_INPUT, "file-short",
                   "file has only 10");
    assert_string_equal(out, "8956###");
    ln_file_close(&file);
    ln_file_close(&file);
    ln_file_close(&(struct ln_file){0});
    assert_int_equal(fcntl(0, F_GETFD), 0); /* closing a zeroed file leaves descriptor 0 open */
}

static void test_cut_while_open(void **state) {
    struct ln_file file;
    char out[10];
    make_file("f", "0123456789", 10);
    assert_int_equal(ln_file_open(&file, "f"), LINNET_OK);
    assert_int_equal(truncate("f", 4), 0);
    assert_failure(ln_file_read_at(&file, 0, out, 10), LINNET_ERR_INPUT, "file-short",
                   "f: the file ends at byte 4, but had 10 bytes when it was opened");
    ln_file_close(&file);
}

enum { THREADS = 4, BYTES = 1 << 16 };

static void *read_backwards(void *file) {
    for (int i = BYTES - 256; i >= 0; i -= 256) {
        unsigned char out[256];
        if (ln_file_read_at(file, (uint64_t)i, out, 256) != LINNET_OK)
            return file; /* any pointer but NULL: failed */
        for (int k = 0; k < 256; k++)
            if (out[k] != (unsigned char)((i + k) * 7 >> 3)) return file;
    }
    return NULL;
}

static void test_several_threads_read(void **state) {
    static unsigned char data[BYTES];
    struct ln_file file;
    pthread_t threads[THREADS];
    for (int i = 0; i < BYTES; i++) data[i] = (unsigned char)(i * 7 >> 3);
    make_file("f", data, BYTES);
    assert_int_equal(ln_file_open(&file, "f"), LINNET_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_backwards, &file), 0);
    for (int i = 0; i < THREADS; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        assert_null(fault);
    }
    ln_file_close(&file);
}

static void test_questions(void **state) {
    make_file("f", "", 0);
    assert_int_equal(mkdir("d", 0777), 0);
    assert_int_equal(symlink("d", "link"), 0);
    assert_int_equal(symlink("missing", "dangling"), 0);
    assert_true(ln_file_exists("f") && ln_file_exists("d") && ln_file_exists("link"));
    assert_false(ln_file_exists("missing") || ln_file_exists("dangling") || ln_file_exists(""));
    assert_true(ln_file_is_folder("d") && ln_file_is_folder("link"));
    assert_false(ln_file_is_folder("f") || ln_file_is_folder("missing"));
    assert_int_equal(ln_error_get()->status, LINNET_OK); /* a negative answer is not an error */
}

static void test_names(void **state) {
    static const char *const joins[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"},
        {"", "b", "b"},    {".", "b", "./b"},  {"a", "", "a/"},
    };
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
        char *path = ln_file_join(joins[i][0], joins[i][1]);
        assert_string_equal(path, joins[i][2]);
        ln_free(path);
    }
    ln_alloc_fail_at(1);
    assert_null(ln_file_join("a", "b"));
    assert_string_equal(ln_error_get()->code, "mem-alloc");
    ln_error_clear();
    assert_string_equal(ln_file_name("a/b/c.jpg"), "c.jpg");
    assert_string_equal(ln_file_name("c.jpg"), "c.jpg");
    assert_string_equal(ln_file_name("a/"), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_whole),     TEST(test_too_large),      TEST(test_bomb),
        TEST(test_no_file),   TEST(test_no_permission),  TEST(test_allocations_fail),
        TEST(test_slices),    TEST(test_cut_while_open), TEST(test_several_threads_read),
        TEST(test_questions), TEST(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
