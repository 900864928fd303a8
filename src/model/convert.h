/* The types of files, as fp32. */
#ifndef LN_MODEL_CONVERT_H
#define LN_MODEL_CONVERT_H

#include "tensor/tensor.h"

/* True for F32, BF16, F16 and F64. */
bool ln_convert_is_float(enum ln_dtype dtype);

/* out[i] = in[i] for n elements, as PyTorch's copy_() does it: exact for F32, BF16 and F16 (subnormals,
 * infinities and the bits of a nan too, whatever the processor's flush-to-zero mode), rounded to nearest for
 * F64 and whole numbers. `in` needs no alignment. */
void ln_convert_to_f32(enum ln_dtype dtype, const void *in, size_t n, float *out);

/* None of them is infinite or nan. */
bool ln_convert_all_finite(const float *values, size_t count);

#endif
