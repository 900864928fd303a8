/* Sizes: checked multiplication and addition, for sizes that come from a file or a shape; and rounding. */
#ifndef LN_BASE_SIZE_H
#define LN_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline int64_t ln_smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t ln_larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* count / step rounded up, and count rounded up to a multiple of step; neither is negative. */
static inline int64_t ln_ceil_of(int64_t count, int64_t step) {
    return (count + step - 1) / step;
}

static inline int64_t ln_round_up(int64_t count, int64_t step) {
    return ln_ceil_of(count, step) * step;
}

/* Return false, and leave *out untouched, if the result does not fit. */
static inline bool ln_size_mul(size_t a, size_t b, size_t *out) {
    size_t r;
    if (__builtin_mul_overflow(a, b, &r)) return false;
    *out = r;
    return true;
}

static inline bool ln_size_add(size_t a, size_t b, size_t *out) {
    size_t r;
    if (__builtin_add_overflow(a, b, &r)) return false;
    *out = r;
    return true;
}

/* True if [offset, offset + length) lies inside [0, total). For untrusted offsets. */
static inline bool ln_size_slice(size_t total, size_t offset, size_t length) {
    return offset <= total && length <= total - offset;
}

/* `size` rounded up to a multiple of `align` (a power of two); sizes here are far from SIZE_MAX. */
static inline size_t ln_size_align(size_t size, size_t align) {
    return (size + align - 1) & ~(align - 1);
}

#endif
