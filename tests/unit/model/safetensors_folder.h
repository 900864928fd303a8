/* Shared by the safetensors tests: a temporary folder, and files made of a header and some bytes. */
#ifndef LN_TESTS_SAFETENSORS_FOLDER_H
#define LN_TESTS_SAFETENSORS_FOLDER_H

#include "base/alloc.h"
#include "base/file.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64] = "/tmp/linnet-safetensors-XXXXXX";

static int folder_make(void **state) {
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state) {
    struct ln_file_list list;
    if (ln_file_list_read(&list, folder) != LINNET_OK) return -1;
    for (size_t i = 0; i < list.count; i++) {
        char *path = ln_file_join(folder, list.entries[i].name);
        unlink(path);
        ln_free(path);
    }
    ln_file_list_fini(&list);
    return rmdir(folder);
}

/* The path of a file in the folder; valid until the next call. */
static const char *folder_path(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void bytes_write(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Writes a header of `size` bytes that claims to have `length`, and `data` bytes 0, 1, 2 ... after it. */
static inline const char *file_make(const char *header, size_t size, uint64_t length, size_t data) {
    const char *path = folder_path("made.safetensors");
    char *bytes = test_malloc(8 + size + data);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, size);
    for (size_t i = 0; i < data; i++) bytes[8 + size + i] = (char)i;
    bytes_write(path, bytes, 8 + size + data);
    test_free(bytes);
    return path;
}

#endif
