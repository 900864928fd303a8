/* Rows of bfloat16, widened and narrowed. */
#include "tensor/bf16.h"
#include "base/simd.h"

LN_KERNEL(void, widen, (const ln_bf16 *restrict from, float *restrict to, size_t n), (from, to, n)) {
    for (size_t i = 0; i < n; i++) to[i] = ln_bf16_value(from[i]);
}

LN_KERNEL(void, narrow, (const float *restrict from, ln_bf16 *restrict to, size_t n), (from, to, n)) {
    for (size_t i = 0; i < n; i++) to[i] = ln_bf16_of(from[i]);
}

void ln_bf16_widen(const ln_bf16 *restrict from, float *restrict to, size_t n) {
    widen(from, to, n);
}

void ln_bf16_narrow(const float *restrict from, ln_bf16 *restrict to, size_t n) {
    narrow(from, to, n);
}
