/* Reads the input as an IDX file of images and of labels. On success the data must have the size given in the
 * header and equal the bytes of a plain file; an error must have a message; nothing may leak. */
#include "base/alloc.h"
#include "data/idx_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok) {
    if (!ok) abort();
}

/* A file in memory with a path that names it. */
static int file_make(const uint8_t *data, size_t size, char *path, size_t path_size) {
    int fd = memfd_create("idx", MFD_CLOEXEC);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, path_size, "/proc/self/fd/%d", fd);
    return fd;
}

static void idx_check(const struct ln_idx_file *idx, int dimensions, const uint8_t *data, size_t size) {
    size_t header = 4 + 4 * (size_t)dimensions, bytes = (size_t)idx->dim[0] * idx->dim[1] * idx->dim[2];
    unsigned sum = 0;
    for (size_t i = 0; i < bytes; i++)
        sum += idx->data[i]; /* AddressSanitizer checks that all of it is readable */
    check(sum <= 255 * bytes && bytes > 0);
    if (data[0] == 0x1f) return; /* gzip */
    check(size == header + bytes && memcmp(idx->data, data + header, bytes) == 0);
}

static void read_as(const char *path, int dimensions, const uint8_t *data, size_t size) {
    struct ln_idx_file idx;
    ln_error_clear();
    if (ln_idx_file_read(&idx, path, dimensions, 0) == LINNET_OK) {
        idx_check(&idx, dimensions, data, size);
        ln_idx_file_fini(&idx);
    } else {
        check(strncmp(ln_error_get()->code, "idx-", 4) == 0 && !idx.data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int64_t live = ln_alloc_live();
    int fd = file_make(data, size, path, sizeof path);
    read_as(path, 3, data, size);
    read_as(path, 1, data, size);
    close(fd);
    check(ln_alloc_live() == live);
    return 0;
}
