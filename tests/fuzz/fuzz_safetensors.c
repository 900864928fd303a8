/* Opens the input as a safetensors file. If it opens, every tensor must lie inside the file, have the size of
 * its shape, be found by name and be readable; an error must have a message; nothing may leak. */
#include "fuzz.h"
#include "model/convert.h"
#include "model/safetensors.h"

static void tensor_check(const struct ln_st_file *st, const struct ln_st_tensor *tensor, size_t size) {
    size_t count;
    check(ln_size_slice(size, tensor->offset, tensor->bytes));
    check(ln_shape_count(&tensor->shape, &count));
    check(count * ln_dtype_size(tensor->dtype) == tensor->bytes);
    check(ln_st_find(st, tensor->name) == tensor);

    unsigned char *raw = malloc(tensor->bytes);
    float *values = malloc(count * sizeof *values);
    check(ln_st_read(st, tensor, raw) == LINNET_OK);
    int status = ln_st_read_f32(st, tensor, values);
    check((status == LINNET_OK) == ln_convert_is_float(tensor->dtype));
    free(raw);
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_st_file st;
    char path[FUZZ_PATH];
    int64_t live = ln_alloc_live();
    int fd = fuzz_file(data, size, path);
    ln_error_clear();
    if (ln_st_open(&st, path) == LINNET_OK) {
        for (size_t i = 0; i < st.count; i++) tensor_check(&st, &st.tensors[i], size);
        for (size_t i = 0; i < st.metadata_count; i++)
            check(ln_st_metadata(&st, st.metadata[i].key) == st.metadata[i].value);
    } else {
        check(strncmp(ln_error_get()->code, "st-", 3) == 0);
    }
    ln_st_close(&st);
    close(fd);
    check(ln_alloc_live() == live);
    return 0;
}
