/* Conversion of the data types in files to fp32. */
#ifndef LN_MODEL_CONVERT_H
#define LN_MODEL_CONVERT_H

#include "tensor/tensor.h"

/* True for F32, BF16, F16 and F64. */
bool ln_convert_is_float(enum ln_dtype dtype);

/* out[i] = in[i] for n elements, like PyTorch's copy_(): exact for F32, BF16 and F16 (including subnormals,
 * infinities and NaN payloads, whatever the processor's flush-to-zero mode), rounded to nearest for F64 and
 * integers. `in` may be unaligned. */
void ln_convert_to_f32(enum ln_dtype dtype, const void *in, size_t n, float *out);

/* True if no value is infinite or NaN. */
bool ln_convert_all_finite(const float *values, size_t count);

#endif
