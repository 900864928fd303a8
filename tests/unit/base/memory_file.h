/* A file in memory, for tests that open thousands of files: nothing waits for a disk. */
#ifndef TESTS_UNIT_BASE_MEMORY_FILE_H
#define TESTS_UNIT_BASE_MEMORY_FILE_H

#include "unit/base/base_test.h"
#include <sys/mman.h>

struct memory_file {
    int fd;
    char path[64];
};

static inline struct memory_file memory_file_make(const void *bytes, size_t size) {
    struct memory_file file = {.fd = memfd_create("test", MFD_CLOEXEC)};
    assert_true(file.fd >= 0);
    for (size_t done = 0; done < size;) {
        const ssize_t wrote = write(file.fd, (const char *)bytes + done, size - done);
        assert_true(wrote > 0);
        done += (size_t)wrote;
    }
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    return file;
}

static inline void memory_file_cut(const struct memory_file *file, size_t size) {
    assert_int_equal(ftruncate(file->fd, (off_t)size), 0);
}

static inline void memory_file_drop(const struct memory_file *file) {
    close(file->fd);
}

#endif
