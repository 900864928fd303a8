/* The table of element types, and shapes. */
#include "tensor/tensor.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    size_t size;
    const char *name, *safetensors;
} dtypes[LN_DTYPES] = {
    [LN_F32] = {4, "f32", "F32"},    [LN_BF16] = {2, "bf16", "BF16"}, [LN_F16] = {2, "f16", "F16"},
    [LN_F64] = {8, "f64", "F64"},    [LN_I64] = {8, "i64", "I64"},    [LN_I32] = {4, "i32", "I32"},
    [LN_I16] = {2, "i16", "I16"},    [LN_I8] = {1, "i8", "I8"},       [LN_U8] = {1, "u8", "U8"},
    [LN_BOOL] = {1, "bool", "BOOL"},
};

size_t ln_dtype_size(enum ln_dtype dtype) {
    assert(dtype < LN_DTYPES);
    return dtypes[dtype].size;
}

const char *ln_dtype_name(enum ln_dtype dtype) {
    assert(dtype < LN_DTYPES);
    return dtypes[dtype].name;
}

const char *ln_dtype_safetensors(enum ln_dtype dtype) {
    assert(dtype < LN_DTYPES);
    return dtypes[dtype].safetensors;
}

bool ln_dtype_from_safetensors(const char *s, enum ln_dtype *dtype) {
    for (int i = 0; i < LN_DTYPES; i++) {
        if (strcmp(s, dtypes[i].safetensors) == 0) {
            *dtype = (enum ln_dtype)i;
            return true;
        }
    }
    return false;
}

/* A dimension of 0 makes the count 0, whatever the size and the order of the others. */
bool ln_shape_count(const struct ln_shape *shape, size_t *count) {
    size_t product = 1;
    bool fits = true, empty = false;
    if (shape->rank < 0 || shape->rank > LN_RANK_MAX) return false;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dim[i] < 0) return false;
        if (shape->dim[i] == 0) empty = true;
        fits = fits && ln_size_mul(product, (size_t)shape->dim[i], &product);
    }
    if (!fits && !empty) return false;
    *count = empty ? 0 : product;
    return true;
}

bool ln_shape_equal(const struct ln_shape *a, const struct ln_shape *b) {
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

const char *ln_shape_text(const struct ln_shape *shape, char *out, size_t size) {
    size_t at = (size_t)snprintf(out, size, "[");
    for (int i = 0; i < shape->rank && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%" PRId64, i ? ", " : "", shape->dim[i]);
    if (at < size) snprintf(out + at, size - at, "]");
    return out;
}
