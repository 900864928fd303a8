/* The atomic write under every disk fault: the target is the complete old file or the complete new one, and no
 * temporary file remains.
 */
#include "base/file.h"
#include "base_test.h"
#include "disk_faults.h"
#include <dirent.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

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

static void assert_file(const char *path, const void *data, size_t n) {
    unsigned char *found;
    size_t size;
    assert_int_equal(ln_file_read(path, SIZE_MAX, &found, &size), LINNET_OK);
    assert_int_equal(size, n);
    assert_memory_equal(found, data, n);
    ln_free(found);
}

static int entries(void) {
    struct ln_file_list list;
    assert_int_equal(ln_file_list_read(&list, "."), LINNET_OK);
    int count = (int)list.count;
    ln_file_list_fini(&list);
    return count;
}

/* 5 MB of pseudo-random bytes, so that a piece written to the wrong place is noticed. */
enum { BIG = 5000001 };
static unsigned char big[BIG];

static void big_fill(void) {
    uint32_t x = 1;
    for (int i = 0; i < BIG; i++) big[i] = (unsigned char)((x = x * 1664525u + 1013904223u) >> 24);
}

static void test_new_and_replaced(void **state) {
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    assert_file("f", "old", 3);
    assert_int_equal(ln_file_write("f", "", 0), LINNET_OK);
    assert_file("f", "", 0);
    assert_int_equal(ln_file_write("./f", big, BIG), LINNET_OK);
    assert_file("f", big, BIG);
    assert_int_equal(entries(), 1);
    char absolute[128];
    snprintf(absolute, sizeof absolute, "%s/g", folder);
    assert_int_equal(ln_file_write(absolute, "abs", 3), LINNET_OK);
    assert_file("g", "abs", 3);
}

/* Pieces below, at and above the buffer's size, in an order that leaves it part full. */
static void test_pieces(void **state) {
    static const size_t pieces[] = {1, 1000, 1 << 20, 3, (1 << 20) - 4, 2, (1 << 20) + 1, 0, 7};
    struct ln_file_writer w;
    size_t at = 0;
    assert_int_equal(ln_file_writer_begin(&w, "f", 0), LINNET_OK);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        assert_int_equal(ln_file_writer_write(&w, big + at, pieces[i]), LINNET_OK);
        at += pieces[i];
    }
    assert_false(ln_file_exists("f"));
    assert_int_equal(ln_file_writer_commit(&w), LINNET_OK);
    assert_file("f", big, at);
    ln_file_writer_abort(&w);
    ln_file_writer_abort(&(struct ln_file_writer){0});
    assert_int_equal(entries(), 1);
}

static void test_small_writes_are_gathered(void **state) {
    struct ln_file_writer w;
    assert_int_equal(ln_file_writer_begin(&w, "f", 0), LINNET_OK);
    for (int i = 0; i < 100000; i++) assert_int_equal(ln_file_writer_write(&w, big + i, 1), LINNET_OK);
    assert_int_equal(write_calls, 0);
    assert_int_equal(ln_file_writer_commit(&w), LINNET_OK);
    assert_int_equal(write_calls, 1);
    assert_int_equal(fsync_calls, 2); /* the file, then its folder */
    assert_file("f", big, 100000);
}

static void test_abort(void **state) {
    struct ln_file_writer w;
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    assert_int_equal(ln_file_writer_begin(&w, "f", 0), LINNET_OK);
    assert_int_equal(ln_file_writer_write(&w, big, BIG), LINNET_OK);
    assert_int_equal(entries(), 2);
    ln_file_writer_abort(&w);
    assert_int_equal(entries(), 1);
    assert_file("f", "old", 3);
}

/* An interrupted or short write is completed, whichever call it affects. */
static void test_writes_are_finished(void **state) {
    static const int errors[] = {SHORT, EINTR};
    for (int e = 0; e < 2; e++) {
        for (int call = 1; call <= 3; call++) {
            write_fault = (struct fault){call, errors[e]};
            struct ln_file_writer w;
            assert_int_equal(ln_file_writer_begin(&w, "f", BIG), LINNET_OK);
            for (size_t at = 0; at < BIG; at += BIG / 3)
                assert_int_equal(ln_file_writer_write(&w, big + at, BIG / 3), LINNET_OK);
            assert_int_equal(ln_file_writer_commit(&w), LINNET_OK);
            assert_int_equal(write_fault.countdown, 0);
            assert_file("f", big, BIG);
        }
    }
}

static int write_big(const void *path) {
    struct ln_file_writer w;
    LN_TRY(ln_file_writer_begin(&w, path, BIG));
    int status = LINNET_OK;
    for (size_t at = 0; status == LINNET_OK && at < BIG; at += 300000)
        status = ln_file_writer_write(&w, big + at, BIG - at < 300000 ? BIG - at : 300000);
    if (status == LINNET_OK) status = ln_file_writer_commit(&w);
    ln_file_writer_abort(&w);
    return status;
}

static void test_failed_write(void **state) {
    static const int errors[] = {ENOSPC, EIO, EDQUOT, EFBIG, NOTHING};
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        for (int call = 1;; call++) {
            write_fault = (struct fault){call, errors[e]};
            int status = write_big("f");
            if (write_fault.countdown > 0) break; /* all calls of a save have failed once */
            const bool full = errors[e] == ENOSPC || errors[e] == EDQUOT;
            assert_failure(status, LINNET_ERR_IO, full ? "file-full" : "file-write", "f: write: ");
            assert_file("f", "old", 3);
            assert_int_equal(entries(), 1);
        }
        write_fault = (struct fault){0};
        assert_file("f", big, BIG);
        assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    }
}

/* The exact error line. */
static void test_message(void **state) {
    char expected[256];
    write_fault = (struct fault){3, ENOSPC};
    assert_int_equal(write_big("f"), LINNET_ERR_IO);
    assert_string_equal(ln_error_line(),
                        "f: write: No space left on device at 1800000 of 5000001 bytes; f is untouched "
                        "[file-full]");
    ln_error_clear();
    assert_int_equal(mkdir("run", 0777), 0);
    assert_int_equal(ln_file_write("run/f", "old", 3), LINNET_OK);
    write_fault = (struct fault){1, EIO};
    struct ln_file_writer w;
    assert_int_equal(ln_file_writer_begin(&w, "run/f", 0), LINNET_OK); /* no size expected */
    assert_int_equal(ln_file_writer_commit(&w), LINNET_OK);            /* nothing to write, no fault */
    assert_int_equal(ln_file_writer_begin(&w, "run/f", 0), LINNET_OK);
    assert_int_equal(ln_file_writer_write(&w, "x", 1), LINNET_OK);
    assert_int_equal(ln_file_writer_commit(&w), LINNET_ERR_IO);
    snprintf(expected, sizeof expected,
             "f: write: Input/output error at 0 bytes; run/f is untouched [file-write]");
    assert_string_equal(ln_error_line(), expected);
    ln_error_clear();
}

static void test_failed_sync(void **state) {
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    fsync_calls = 0;
    fsync_fault = (struct fault){1, EIO};
    assert_failure(write_big("f"), LINNET_ERR_IO, "file-write",
                   "f: sync: Input/output error at 5000001 of 5000001 bytes");
    assert_int_equal(fsync_calls, 1); /* reported, never retried */
    assert_file("f", "old", 3);
    assert_int_equal(entries(), 1);
}

static void test_failed_folder_sync(void **state) {
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    fsync_fault = (struct fault){2, EIO};
    assert_failure(write_big("f"), LINNET_ERR_IO, "file-write",
                   "f: sync of its folder: Input/output error; f is the new file");
    assert_file("f", big, BIG);
    fsync_fault = (struct fault){2, EINVAL}; /* a file system that cannot sync a folder */
    assert_int_equal(ln_file_write("f", "new", 3), LINNET_OK);
    assert_file("f", "new", 3);
}

static void test_failed_rename(void **state) {
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    rename_fault = (struct fault){1, EACCES};
    assert_failure(write_big("f"), LINNET_ERR_IO, "file-write", "f: rename: Permission denied");
    assert_file("f", "old", 3);
    assert_int_equal(entries(), 1);
}

/* The previous file is kept by a hard link, or by a rename if the file system has no hard links (link_error). */
static void test_replaced_is_kept(void **state) {
    for (int links = 0; links < 2; links++) {
        assert_int_equal(ln_file_write("f", "1", 1), LINNET_OK);
        for (char n = '2'; n <= '4'; n++) {
            const char now = n, before = (char)(n - 1);
            struct ln_file_writer w;
            const struct ln_file_replaced replaced = {.kept_as = "f.previous"};
            assert_int_equal(ln_file_writer_begin_over(&w, "f", 1, &replaced), LINNET_OK);
            assert_int_equal(ln_file_writer_write(&w, &now, 1), LINNET_OK);
            link_error = links ? 0 : EPERM;
            assert_int_equal(ln_file_writer_commit(&w), LINNET_OK);
            assert_file("f", &now, 1);
            assert_file("f.previous", &before, 1);
            assert_int_equal(entries(), 2);
        }
    }
}

/* If the last rename fails, the old file gets its name back. */
static void test_replaced_comes_back(void **state) {
    const struct ln_file_replaced replaced = {.kept_as = "f.previous", .note = "the old one stands"};
    struct ln_file_writer w;
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    assert_int_equal(ln_file_writer_begin_over(&w, "f", 0, &replaced), LINNET_OK);
    link_error = EPERM;
    rename_fault = (struct fault){2, EIO};
    assert_failure(ln_file_writer_commit(&w), LINNET_ERR_IO, "file-write",
                   "f: rename: Input/output error at 0 bytes; the old one stands");
    assert_file("f", "old", 3);
    assert_int_equal(entries(), 1);
}

static void test_patch(void **state) {
    struct ln_file_writer w;
    assert_int_equal(ln_file_writer_begin(&w, "f", 0), LINNET_OK);
    assert_int_equal(ln_file_writer_write(&w, "abcdef", 6), LINNET_OK);
    assert_int_equal(ln_file_writer_patch(&w, 2, "XY", 2), LINNET_OK);
    assert_int_equal(ln_file_writer_write(&w, "g", 1), LINNET_OK);
    assert_int_equal(ln_file_writer_commit(&w), LINNET_OK);
    assert_file("f", "abXYefg", 7);
}

static void test_patch_faults(void **state) {
    static const int errors[] = {EINTR, SHORT, ENOSPC, NOTHING};
    for (int e = 0; e < 4; e++) {
        struct ln_file_writer w;
        assert_int_equal(ln_file_writer_begin(&w, "f", 0), LINNET_OK);
        assert_int_equal(ln_file_writer_write(&w, "abcdef", 6), LINNET_OK);
        pwrite_fault = (struct fault){1, errors[e]};
        const int status = ln_file_writer_patch(&w, 2, "XY", 2);
        if (e < 2) {
            assert_int_equal(status, LINNET_OK);
            assert_int_equal(ln_file_writer_commit(&w), LINNET_OK);
        } else {
            assert_failure(status, LINNET_ERR_IO, e == 2 ? "file-full" : "file-write", "f: write: ");
            ln_file_writer_abort(&w);
        }
        assert_file("f", "abXYef", 6);
        assert_int_equal(entries(), 1);
    }
}

static void test_opens(void **state) {
    struct ln_file_writer w;
    open_fault = (struct fault){1, EINTR};
    assert_int_equal(ln_file_write("f", "1", 1), LINNET_OK);
    assert_file("f", "1", 1);
    open_fault = (struct fault){1, EACCES};
    assert_failure(ln_file_writer_begin(&w, "f", 0), LINNET_ERR_IO, "file-write",
                   "f: create: Permission denied");
    open_fault = (struct fault){2, EACCES}; /* a folder that may be written, but not read */
    assert_int_equal(ln_file_write("f", "2", 1), LINNET_OK);
    assert_file("f", "2", 1);
    open_fault = (struct fault){2, EMFILE};
    assert_failure(ln_file_write("f", "3", 1), LINNET_ERR_IO, "file-write", "f: sync of its folder");
    assert_file("f", "3", 1);
    assert_int_equal(entries(), 1);
}

static void test_closes(void **state) {
    close_fault = (struct fault){1, EINTR};
    assert_int_equal(ln_file_write("f", "1", 1), LINNET_OK);
    close_fault = (struct fault){1, EIO};
    assert_failure(ln_file_write("f", "2", 1), LINNET_ERR_IO, "file-write", "f: close: Input/output error");
    assert_file("f", "1", 1);
    assert_int_equal(entries(), 1);
}

/* A link whose target is missing is itself replaced, because the new file's place is unknown. */
static void test_link_to_nothing(void **state) {
    assert_int_equal(symlink("missing", "f"), 0);
    assert_int_equal(ln_file_write("f", "1", 1), LINNET_OK);
    assert_file("f", "1", 1);
}

static void test_large_write_fails(void **state) {
    write_fault = (struct fault){1, EIO};
    assert_failure(ln_file_write("f", big, BIG), LINNET_ERR_IO, "file-write", "f: write: Input/output error");
    assert_int_equal(entries(), 0);
}

/* A previous file that cannot be kept makes the write fail, unless the reason is that kept_as is on another disk (EXDEV). */
static void test_cannot_be_kept(void **state) {
    const struct ln_file_replaced replaced = {.kept_as = "kept"};
    static const int errors[] = {EXDEV, EIO};
    static const char *const written[] = {"new", "odd"};
    struct ln_file_writer w;
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    assert_int_equal(mkdir("kept", 0777), 0);
    assert_int_equal(ln_file_writer_begin_over(&w, "f", 0, &replaced), LINNET_OK);
    assert_failure(ln_file_writer_commit(&w), LINNET_ERR_IO, "file-write", "f: rename: ");
    assert_file("f", "old", 3);
    assert_int_equal(rmdir("kept"), 0);
    for (int e = 0; e < 2; e++) {
        assert_int_equal(ln_file_writer_begin_over(&w, "f", 0, &replaced), LINNET_OK);
        assert_int_equal(ln_file_writer_write(&w, written[e], 3), LINNET_OK);
        link_error = errors[e];
        rename_fault = (struct fault){1, errors[e]};
        const int status = ln_file_writer_commit(&w);
        if (errors[e] == EXDEV)
            assert_int_equal(status, LINNET_OK);
        else
            assert_failure(status, LINNET_ERR_IO, "file-write", "f: rename: Input/output error");
        assert_file("f", written[0], 3); /* the second write failed */
        assert_int_equal(entries(), 1);
    }
}

/* A limit of the kernel instead of an injected fault: a partial write, then EFBIG. */
static void limited_write(void) {
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, 100000});
    if (write_big("f") != LINNET_ERR_IO) _exit(1);
    if (!strstr(ln_error_line(), "f: write: File too large at 100000 of 5000001 bytes")) _exit(2);
}

static void test_file_size_limit(void **state) {
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    assert_int_equal(child_run(limited_write), 0);
    assert_file("f", "old", 3);
    assert_int_equal(entries(), 1);
}

static void killed_while_writing(void) {
    struct ln_file_writer w;
    if (ln_file_writer_begin(&w, "f", BIG) != LINNET_OK) _exit(1);
    if (ln_file_writer_write(&w, big, BIG) != LINNET_OK) _exit(2);
    raise(SIGKILL);
}

static void test_killed(void **state) {
    assert_int_equal(ln_file_write("f", "old", 3), LINNET_OK);
    assert_int_equal(child_run(killed_while_writing), 128 + SIGKILL);
    assert_file("f", "old", 3);
    assert_int_equal(entries(), 2); /* the killed child left its temporary file */
}

/* The files of a killed run with the same process ID are neither touched nor in the way. */
static void test_left_over_names(void **state) {
    struct ln_file_writer w;
    char left[64], next[64];
    snprintf(left, sizeof left, "f.tmp-%ld-0", (long)getpid());
    snprintf(next, sizeof next, "f.tmp-%ld-1", (long)getpid());
    assert_int_equal(symlink("precious", left), 0); /* must not be followed */
    assert_int_equal(ln_file_writer_begin(&w, "f", 0), LINNET_OK);
    assert_true(ln_file_exists(next));
    assert_int_equal(ln_file_writer_commit(&w), LINNET_OK);
    assert_false(ln_file_exists("precious") || ln_file_exists(next));
}

/* The next write of the file removes the temporary files of killed processes, and nothing else. */
static void test_left_over_files(void **state) {
    char dead[64], locked[64], ours[64];
    assert_int_equal(child_run(killed_while_writing), 128 + SIGKILL);
    assert_int_equal(entries(), 1);
    assert_int_equal(ln_file_write("f", "new", 3), LINNET_OK);
    assert_int_equal(entries(), 1);
    assert_file("f", "new", 3);

    const pid_t child = fork();
    if (child == 0) _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    snprintf(dead, sizeof dead, "f.tmp-%ld", (long)child);
    snprintf(locked, sizeof locked, "f.tmp-%ld-7", (long)child);
    snprintf(ours, sizeof ours, "f.tmp-%ld-7", (long)getpid());
    const char *const kept[] = {locked, ours, "f.tmp-1-0", "f.tmp-x", "f.tmp-12x", "f.tmp-", "g.tmp-99999-0"};
    const int held = open(locked, O_WRONLY | O_CREAT, 0666);
    assert_int_equal(flock(held, LOCK_EX), 0);
    for (size_t i = 1; i < sizeof kept / sizeof *kept; i++) close(open(kept[i], O_WRONLY | O_CREAT, 0666));
    close(open(dead, O_WRONLY | O_CREAT, 0666));
    assert_int_equal(ln_file_write("f", "x", 1), LINNET_OK);
    assert_false(ln_file_exists(dead));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) assert_true(ln_file_exists(kept[i]));
    close(held);
}

/* If every temporary name is taken, the write fails and no file is removed. */
static void test_no_name_left(void **state) {
    for (int n = 0; n < 1000; n++) {
        char name[64];
        snprintf(name, sizeof name, "f.tmp-%ld-%d", (long)getpid(), n);
        close(open(name, O_WRONLY | O_CREAT, 0666));
    }
    assert_failure(ln_file_write("f", "x", 1), LINNET_ERR_IO, "file-write",
                   "f: create: File exists at 0 of 1 bytes");
    assert_int_equal(entries(), 1000);
}

static void assert_refused(const char *path, const char *part) {
    struct ln_file_writer w;
    assert_failure(ln_file_writer_begin(&w, path, 0), LINNET_ERR_IO, "file-write", part);
    ln_file_writer_abort(&w);
    assert_failure(ln_file_write(path, "x", 1), LINNET_ERR_IO, "file-write", part);
}

static void test_refused_targets(void **state) {
    assert_int_equal(mkdir("d", 0777), 0);
    assert_int_equal(mkfifo("pipe", 0666), 0);
    assert_refused("missing/f", "f: create: No such file or directory");
    assert_refused("d", "d: is a folder");
    assert_refused("pipe", "pipe: is not a regular file");
    assert_refused("/dev/null", "/dev/null: is not a regular file");
    assert_refused("", "'' is not the name of a file");
    assert_refused("missing/", "'missing/' is not the name of a file");
    struct stat null;
    assert_int_equal(stat("/dev/null", &null), 0);
    assert_true(S_ISCHR(null.st_mode));
}

/* A link to another disk stays a link; the file that it points to is replaced. */
static void test_link(void **state) {
    struct stat found;
    assert_int_equal(mkdir("disk", 0777), 0);
    assert_int_equal(ln_file_write("disk/best", "old", 3), LINNET_OK);
    assert_int_equal(symlink("disk/best", "link"), 0);
    assert_int_equal(ln_file_write("link", "new", 3), LINNET_OK);
    assert_file("disk/best", "new", 3);
    assert_int_equal(lstat("link", &found), 0);
    assert_true(S_ISLNK(found.st_mode));
}

static void test_mode(void **state) {
    struct stat found;
    mode_t before = umask(027);
    assert_int_equal(ln_file_write("f", "x", 1), LINNET_OK);
    umask(before);
    assert_int_equal(stat("f", &found), 0);
    assert_int_equal(found.st_mode & 0777, 0640);
}

static void test_allocations_fail(void **state) {
    assert_int_equal(allocations_fail(write_big, "f"), 3);
    assert_file("f", big, BIG);
    assert_int_equal(entries(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_new_and_replaced),
        TEST(test_pieces),
        TEST(test_small_writes_are_gathered),
        TEST(test_abort),
        TEST(test_writes_are_finished),
        TEST(test_failed_write),
        TEST(test_message),
        TEST(test_failed_sync),
        TEST(test_failed_folder_sync),
        TEST(test_failed_rename),
        TEST(test_replaced_is_kept),
        TEST(test_replaced_comes_back),
        TEST(test_patch),
        TEST(test_patch_faults),
        TEST(test_opens),
        TEST(test_closes),
        TEST(test_link_to_nothing),
        TEST(test_large_write_fails),
        TEST(test_cannot_be_kept),
        TEST(test_file_size_limit),
        TEST(test_killed),
        TEST(test_left_over_names),
        TEST(test_left_over_files),
        TEST(test_no_name_left),
        TEST(test_refused_targets),
        TEST(test_link),
        TEST(test_mode),
        TEST(test_allocations_fail),
    };
    big_fill();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
