/* Opens the input as a .pth. If it opens, every tensor must lie inside its record, every record inside the
 * file, and every tensor must be found by name and read to the values in the file; an error must have a
 * message; nothing may leak. */
#include "fuzz.h"
#include "model/torch_pth.h"

enum { ELEMENTS_MAX = 1 << 16 }; /* larger tensors are not read: a view may repeat its elements */

static void place_check(const struct ln_pth *pth, const struct ln_pth_tensor *t, size_t size) {
    const struct ln_pth_record *record = &pth->records[t->record];
    size_t last = t->first, item = ln_dtype_size(t->dtype), count;
    check(t->record < pth->record_count && ln_size_slice(size, record->offset, record->bytes));
    check(ln_shape_count(&t->shape, &count));
    for (int i = 0; count && i < t->shape.rank; i++)
        last += (size_t)(t->shape.dim[i] - 1) * (size_t)t->stride[i];
    check(count == 0 || ln_size_slice(record->bytes, last * item, item));
    check(ln_pth_find(pth, t->name) == t);
}

/* Compares the first and the last element with the bytes, for the type that needs no conversion. */
static void numbers_check(const struct ln_pth *pth, const struct ln_pth_tensor *t, const uint8_t *data,
                          const float *values, size_t count) {
    size_t last = t->first;
    const uint8_t *base = data + pth->records[t->record].offset;
    for (int i = 0; i < t->shape.rank; i++) last += (size_t)(t->shape.dim[i] - 1) * (size_t)t->stride[i];
    check(memcmp(values, base + t->first * sizeof *values, sizeof *values) == 0);
    check(memcmp(values + count - 1, base + last * sizeof *values, sizeof *values) == 0);
}

static void tensor_check(struct ln_pth *pth, const struct ln_pth_tensor *t, const uint8_t *data,
                         size_t size) {
    size_t count = 0;
    place_check(pth, t, size);
    if (!ln_shape_count(&t->shape, &count) || count > ELEMENTS_MAX) return;
    float *values = malloc(count * sizeof *values + 1);
    check(values);
    int status = ln_pth_read_f32(pth, t, values);
    check(status == LINNET_OK || strcmp(ln_error_get()->code, "pth-zip-crc") == 0);
    if (status == LINNET_OK && count > 0 && t->dtype == LN_F32) numbers_check(pth, t, data, values, count);
    ln_error_clear();
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_pth pth;
    char path[FUZZ_PATH];
    int64_t live = ln_alloc_live();
    int fd = fuzz_file(data, size, path);
    ln_error_clear();
    if (ln_pth_open(&pth, path) == LINNET_OK)
        for (size_t i = 0; i < pth.count; i++) tensor_check(&pth, &pth.tensors[i], data, size);
    else
        check(strncmp(ln_error_get()->code, "pth-", 4) == 0);
    ln_pth_close(&pth);
    close(fd);
    check(ln_alloc_live() == live);
    return 0;
}
