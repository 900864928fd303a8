/* bfloat16: an fp32's upper half, 1 sign, 8 exponent and 7 mantissa bits. Tensors of activations and their
 * gradients may be of it; all arithmetic is in fp32: numbers are widened as they are loaded, which is exact,
 * and rounded to the nearest as they are stored, to the even one between two.
 *
 * A kernel for both types is written once, with ln_get and ln_put in the place of x[i], and `bf16` a constant
 * where the compiler inlines it; one for whole vectors over kernel/row.h; one that is fine with fp32 alone
 * works on pieces that ln_bf16_widen and ln_bf16_narrow bring into the cache and back.
 */
#ifndef LN_TENSOR_BF16_H
#define LN_TENSOR_BF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* As may lie in memory that was of another type before. */
typedef uint16_t __attribute__((may_alias)) ln_bf16;

static inline float ln_bf16_value(ln_bf16 half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Adding half of the last place that stays, or just less where that one is even, carries into it where it is
 * to be rounded up; so does infinity come of what is too large. A nan is not rounded, or it might carry
 * into an infinity: it keeps its upper bits, and one that says that it is a (quiet) nan. */
static inline ln_bf16 ln_bf16_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
    return (ln_bf16)((value != value ? bits | 0x400000 : rounded) >> 16);
}

/* x[i] and y[i] = value of a tensor of either type. */
static inline float ln_get(const void *x, int64_t i, bool bf16) {
    return bf16 ? ln_bf16_value(((const ln_bf16 *)x)[i]) : ((const float *)x)[i];
}

static inline void ln_put(void *y, int64_t i, float value, bool bf16) {
    if (bf16)
        ((ln_bf16 *)y)[i] = ln_bf16_of(value);
    else
        ((float *)y)[i] = value;
}

/* The address of x[i], where an element has so many bytes; NULL stays NULL. */
static inline const void *ln_at(const void *x, int64_t i, size_t size) {
    return x ? (const char *)x + i * (int64_t)size : NULL;
}

static inline void *ln_at_mutable(void *x, int64_t i, size_t size) {
    return x ? (char *)x + i * (int64_t)size : NULL;
}

void ln_bf16_widen(const ln_bf16 *from, float *to, size_t n);
void ln_bf16_narrow(const float *from, ln_bf16 *to, size_t n);

#endif
