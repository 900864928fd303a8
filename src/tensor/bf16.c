/* Rows of bfloat16, widened and narrowed. */
#include "tensor/bf16.h"
#include "base/simd.h"

LN_CLONES void ln_bf16_widen(const ln_bf16 *restrict from, float *restrict to, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = ln_bf16_value(from[i]);
}

LN_CLONES void ln_bf16_narrow(const float *restrict from, ln_bf16 *restrict to, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = ln_bf16_of(from[i]);
}
