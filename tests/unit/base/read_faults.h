/* Replaces pread by one that fails on request, as on a damaged disk. Include this in only one file of a test. */
#ifndef TESTS_UNIT_BASE_READ_FAULTS_H
#define TESTS_UNIT_BASE_READ_FAULTS_H

#include "unit/base/base_test.h"
#include <errno.h>
#include <sys/syscall.h>

static int read_countdown; /* the n-th read from now fails; 0: none */
static int read_calls;

/* pread under another name, because glibc's own declaration may be inline. */
ssize_t failing_pread(int fd, void *out, size_t n, off_t offset) __asm__("pread");

ssize_t failing_pread(int fd, void *out, size_t n, off_t offset) {
    read_calls++;
    if (read_countdown > 0 && --read_countdown == 0) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, fd, out, n, offset);
}

/* Lets read 1, 2, 3 ... of `attempt` fail until it succeeds without reaching the failing one. Each failure must be
 * LINNET_ERR_IO and leave no block behind. Returns how many reads failed. */
static inline int reads_fail(int (*attempt)(const void *), const void *arg) {
    for (int n = 1; n < 10000; n++) {
        int64_t live = ln_alloc_live();
        read_calls = 0;
        read_countdown = n;
        int status = attempt(arg);
        read_countdown = 0;
        assert_int_equal(ln_alloc_live(), live);
        if (read_calls < n) {
            assert_int_equal(status, LINNET_OK);
            return n - 1;
        }
        assert_failure(status, LINNET_ERR_IO, "file-read", "Input/output error");
    }
    fail_msg("still failing after 10000 reads");
    return 0;
}

#endif
