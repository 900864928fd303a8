/* Raw little-endian arrays, one file each: how the programs here and their Python scripts exchange numbers. */
#ifndef LN_TESTS_PARITY_ARRAYS_H
#define LN_TESTS_PARITY_ARRAYS_H

#include "base/alloc.h"
#include "base/file.h"

/* Reads a file of `bytes` bytes into *out, which the caller frees with ln_free. LINNET_ERR_INPUT "run-size" if
 * the file has another size. */
static inline int array_read(const char *folder, const char *name, size_t bytes, void *out) {
    char *path = ln_file_join(folder, name);
    unsigned char *data = NULL;
    size_t size = 0;
    int status = path ? ln_file_read(path, (size_t)1 << 31, &data, &size) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK && size != bytes)
        status = ln_fail(LINNET_ERR_INPUT, "run-size", "%s: %zu bytes, %zu are needed", path, size, bytes);
    if (status == LINNET_OK) *(void **)out = data;
    if (status != LINNET_OK) ln_free(data);
    ln_free(path);
    return status;
}

static inline int array_write(const char *folder, const char *name, const void *data, size_t bytes) {
    char *path = ln_file_join(folder, name);
    int status = path ? ln_file_write(path, data, bytes) : LINNET_ERR_LIMIT;
    ln_free(path);
    return status;
}

#endif
