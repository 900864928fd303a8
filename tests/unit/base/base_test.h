/* What the tests of src/base share: cmocka, a scratch folder, the walk through every failing allocation. */
#ifndef LN_TESTS_BASE_TEST_H
#define LN_TESTS_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four headers above. */
#include <cmocka.h>

#include "base/alloc.h"
#include "base/status.h"
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

/* Checks the status, the code and a part of the text of the last failure, then clears the record. */
static inline void assert_failure(int status, int expected, const char *code, const char *part) {
    assert_int_equal(status, expected);
    assert_int_equal(ln_error_get()->status, expected);
    assert_string_equal(ln_error_get()->code, code);
    if (!strstr(ln_error_get()->text, part)) fail_msg("'%s' is not in '%s'", part, ln_error_get()->text);
    ln_error_clear();
}

/* Creates a scratch folder and changes into it, so that tests use short names. */
static inline void scratch_enter(char folder[64]) {
    strcpy(folder, "/tmp/linnet-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
}

static inline int scratch_remove(const char *path, const struct stat *stat, int kind, struct FTW *walk) {
    return remove(path);
}

static inline void scratch_leave(const char *folder) {
    assert_int_equal(chdir("/"), 0);
    nftw(folder, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* Lets allocation 1, 2, 3 ... of `attempt` fail until it succeeds without reaching the failing one. Each
 * failure must be LINNET_ERR_LIMIT and leave no block behind. Returns how many allocations failed. */
static inline int allocations_fail(int (*attempt)(const void *), const void *arg) {
    for (int n = 1; n < 10000; n++) {
        int64_t live = ln_alloc_live();
        uint64_t before = ln_alloc_count();
        ln_alloc_fail_at((uint64_t)n);
        int status = attempt(arg);
        ln_alloc_fail_at(0);
        assert_int_equal(ln_alloc_live(), live);
        if (ln_alloc_count() - before < (uint64_t)n) {
            assert_int_equal(status, LINNET_OK);
            return n - 1;
        }
        assert_failure(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    }
    fail_msg("still failing after 10000 allocations");
    return 0;
}

/* Runs `body` in a child process and returns its exit status, or 128 + the signal that ended it. Call it only
 * before the first parallel region: libgomp hangs after fork. */
static inline int child_run(void (*body)(void)) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(99);
        body();
        _exit(0);
    }
    int state;
    assert_int_equal(waitpid(child, &state, 0), child);
    return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

#endif
