/* What fuzz targets share: a check that ends the process, and an input as a file or as text. */
#ifndef LN_FUZZ_H
#define LN_FUZZ_H

#include "base/alloc.h"
#include "base/file.h"
#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_PATH = 64 };

static inline void check(bool ok) {
    if (!ok) abort();
}

/* An in-memory file with these bytes, and its path. The caller closes it. */
static inline int fuzz_file(const uint8_t *data, size_t size, char path[FUZZ_PATH]) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, FUZZ_PATH, "/proc/self/fd/%d", fd);
    return fd;
}

/* The input as an open file, which the caller closes. */
static inline void fuzz_open(struct ln_file *file, const uint8_t *data, size_t size) {
    char path[FUZZ_PATH];
    int fd = fuzz_file(data, size, path);
    check(ln_file_open(file, path) == LINNET_OK);
    close(fd); /* the file has a descriptor of its own */
}

/* The input with a NUL after it, which the caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    check(text != NULL);
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* The error record must have this status, a message, and a code that begins with `code` (limits excepted). */
static inline void fuzz_failed(int status, const char *code) {
    check(status < 0 && ln_error_get()->status == status && ln_error_get()->text[0]);
    check(status == LINNET_ERR_LIMIT || strncmp(ln_error_get()->code, code, strlen(code)) == 0);
}

#endif
