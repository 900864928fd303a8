/* Element types and shapes. A shape is counted in elements; dimensions are named n, c, h, w (batch, channels,
 * rows, columns), k for output channels.
 */
#ifndef LN_TENSOR_TENSOR_H
#define LN_TENSOR_TENSOR_H

#include "base/size.h"
#include "base/status.h"

enum ln_dtype { LN_F32, LN_BF16, LN_F16, LN_F64, LN_I64, LN_I32, LN_I16, LN_I8, LN_U8, LN_BOOL, LN_DTYPES };

size_t ln_dtype_size(enum ln_dtype dtype);
const char *ln_dtype_name(enum ln_dtype dtype);        /* "f32", as our tables print it */
const char *ln_dtype_safetensors(enum ln_dtype dtype); /* "F32", as safetensors writes it */
bool ln_dtype_from_safetensors(const char *s, enum ln_dtype *dtype);

enum { LN_RANK_MAX = 8 };

struct ln_shape {
    int rank; /* 0: a scalar */
    int64_t dim[LN_RANK_MAX];
};

/* ln_shape_of(32, 3, 224, 224): from one to four dimensions. */
#define ln_shape_of(...)                                                                  \
    ((struct ln_shape){.rank = (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), \
                       .dim = {__VA_ARGS__}})

/* Rows and columns of a kernel, a stride or a padding. As an attribute of a layer {3} is 3x3, {3, 5} is three
 * rows by five columns, and {3, LINNET_NONE} is 3x0. {0}, like all zero attributes, is the default. */
struct ln_pair {
    int h, w;
};

/* The number of elements; false if a dimension is negative or the product does not fit. */
bool ln_shape_count(const struct ln_shape *shape, size_t *count);
bool ln_shape_equal(const struct ln_shape *a, const struct ln_shape *b);
/* "[32, 3, 224, 224]" into out; returns out. */
const char *ln_shape_text(const struct ln_shape *shape, char *out, size_t size);

#endif
