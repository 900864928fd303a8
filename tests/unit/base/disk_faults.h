/* Replaces the system calls of a write by ones that fail on request. Include this in only one file of a test. */
#ifndef TESTS_UNIT_BASE_DISK_FAULTS_H
#define TESTS_UNIT_BASE_DISK_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SHORT = -1, NOTHING = -2 }; /* in place of an errno value: writes half the bytes; writes none */

struct fault {
    int countdown; /* the n-th call from now fails; 0: none */
    int error;
};
static struct fault write_fault, pwrite_fault, fsync_fault, rename_fault, close_fault, open_fault;
static int write_calls, fsync_calls;

static bool strikes(struct fault *fault) {
    return fault->countdown > 0 && --fault->countdown == 0;
}

ssize_t write(int fd, const void *data, size_t n) {
    write_calls++;
    if (strikes(&write_fault)) {
        if (write_fault.error == SHORT) return syscall(SYS_write, fd, data, (n + 1) / 2);
        if (write_fault.error == NOTHING) return 0;
        errno = write_fault.error;
        return -1;
    }
    return syscall(SYS_write, fd, data, n);
}

int fsync(int fd) {
    fsync_calls++;
    if (strikes(&fsync_fault)) {
        errno = fsync_fault.error;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to) {
    if (strikes(&rename_fault)) {
        errno = rename_fault.error;
        return -1;
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset) {
    if (strikes(&pwrite_fault)) {
        if (pwrite_fault.error == SHORT) return syscall(SYS_pwrite64, fd, data, (n + 1) / 2, offset);
        if (pwrite_fault.error == NOTHING) return 0;
        errno = pwrite_fault.error;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, data, n, offset);
}

int close(int fd) {
    const int status = (int)syscall(SYS_close, fd);
    if (strikes(&close_fault)) {
        errno = close_fault.error;
        return -1;
    }
    return status;
}

int open(const char *path, int flags, ...) {
    if (strikes(&open_fault)) {
        errno = open_fault.error;
        return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0666);
}

static int link_error; /* of every call; 0: none */

int link(const char *from, const char *to) {
    errno = link_error;
    return link_error ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* Lets every call succeed again, and resets the counts. */
static inline void disk_faults_clear(void) {
    write_fault = pwrite_fault = fsync_fault = rename_fault = close_fault = open_fault = (struct fault){0};
    write_calls = fsync_calls = link_error = 0;
}

#endif
