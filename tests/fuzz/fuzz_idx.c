/* Reads the input as an IDX file of images and of labels. On success the data must have the size given in the
 * header and equal the bytes of a plain file; an error must have a message; nothing may leak. */
#include "data/idx_file.h"
#include "fuzz.h"

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
    char path[FUZZ_PATH];
    int64_t live = ln_alloc_live();
    int fd = fuzz_file(data, size, path);
    read_as(path, 3, data, size);
    read_as(path, 1, data, size);
    close(fd);
    check(ln_alloc_live() == live);
    return 0;
}
