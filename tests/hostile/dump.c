/* Prints what Linnet reads from files of tensors, for differential.py:
 *
 *     dump st|pth FILE...
 *
 *     file FILE
 *     refused CODE                                or, for each tensor,
 *     tensor NAME DTYPE DIMS VALUES               name in hex; dims as 2x3; values in hex: st as stored, pth as fp32
 */
#include "base/alloc.h"
#include "model/safetensors.h"
#include "model/torch_pth.h"
#include <stdio.h>
#include <string.h>

enum { VALUES_MOST = 1 << 16 }; /* larger tensors print "large": a view may repeat its elements */

static void put_hex(const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) printf("%02x", ((const unsigned char *)bytes)[i]);
    if (n == 0) putchar('-');
}

static void put_tensor(const char *name, enum ln_dtype dtype, const struct ln_shape *shape) {
    printf("tensor ");
    put_hex(name, strlen(name));
    printf(" %s ", ln_dtype_safetensors(dtype));
    for (int i = 0; i < shape->rank; i++) printf("%s%lld", i ? "x" : "", (long long)shape->dim[i]);
    printf("%s ", shape->rank ? "" : "-");
}

/* Values that were read, or why not. */
static void put_values(int status, const void *values, size_t bytes) {
    if (status == LINNET_OK)
        put_hex(values, bytes);
    else
        printf("refused:%s", ln_error_get()->code);
    putchar('\n');
    ln_error_clear();
}

static int dump_st(const char *path) {
    struct ln_st_file st = {0};
    LN_TRY(ln_st_open(&st, path));
    for (size_t i = 0; i < st.count; i++) {
        unsigned char *raw = ln_alloc(st.tensors[i].bytes + 1);
        if (!raw) return LINNET_ERR_LIMIT;
        put_tensor(st.tensors[i].name, st.tensors[i].dtype, &st.tensors[i].shape);
        put_values(ln_st_read(&st, &st.tensors[i], raw), raw, st.tensors[i].bytes);
        ln_free(raw);
    }
    ln_st_close(&st);
    return LINNET_OK;
}

static int dump_pth(const char *path) {
    struct ln_pth pth = {0};
    LN_TRY(ln_pth_open(&pth, path));
    for (size_t i = 0; i < pth.count; i++) {
        size_t count = 0;
        put_tensor(pth.tensors[i].name, pth.tensors[i].dtype, &pth.tensors[i].shape);
        if (!ln_shape_count(&pth.tensors[i].shape, &count) || count > VALUES_MOST) {
            puts("large");
            continue;
        }
        float *values = ln_alloc(count * sizeof *values + 1);
        if (!values) return LINNET_ERR_LIMIT;
        put_values(ln_pth_read_f32(&pth, &pth.tensors[i], values), values, count * sizeof *values);
        ln_free(values);
    }
    ln_pth_close(&pth);
    return LINNET_OK;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    for (int i = 2; i < argc; i++) {
        printf("file %s\n", argv[i]);
        ln_error_clear();
        int status = strcmp(argv[1], "st") == 0 ? dump_st(argv[i]) : dump_pth(argv[i]);
        if (status != LINNET_OK) printf("refused %s\n", ln_error_get()->code);
    }
    return 0;
}
