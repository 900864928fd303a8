/* bfloat16: the upper half of an fp32, with 1 sign, 8 exponent and 7 mantissa bits. Activations and their
 * gradients may have this type. All arithmetic is in fp32: a load widens, which is exact, and a store rounds
 * to the nearest, ties to even.
 *
 * A kernel for both types is written once, with ln_get and ln_put in place of x[i], and with `bf16` as a
 * constant where the compiler inlines it. A kernel of whole vectors uses kernel/row.h. A kernel in fp32 alone
 * works on pieces that ln_bf16_widen and ln_bf16_narrow convert in the cache.
 */
#ifndef LN_TENSOR_BF16_H
#define LN_TENSOR_BF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* May alias memory of another type. */
typedef uint16_t __attribute__((may_alias)) ln_bf16;

static inline float ln_bf16_value(ln_bf16 half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Adds half of the last place that is kept, or just less if that place is even: the carry rounds up, and a
 * number that is too large becomes infinity. A nan is not rounded, since the carry could make it an infinity:
 * it keeps its upper bits, and the quiet bit is set. */
static inline ln_bf16 ln_bf16_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
    return (ln_bf16)((value != value ? bits | 0x400000 : rounded) >> 16);
}

/* x[i], and y[i] = value, in a tensor of either type. */
static inline float ln_get(const void *x, int64_t i, bool bf16) {
    return bf16 ? ln_bf16_value(((const ln_bf16 *)x)[i]) : ((const float *)x)[i];
}

static inline void ln_put(void *y, int64_t i, float value, bool bf16) {
    if (bf16)
        ((ln_bf16 *)y)[i] = ln_bf16_of(value);
    else
        ((float *)y)[i] = value;
}

/* The address of x[i], for elements of `size` bytes; NULL stays NULL. */
static inline const void *ln_at(const void *x, int64_t i, size_t size) {
    return x ? (const char *)x + i * (int64_t)size : NULL;
}

static inline void *ln_at_mutable(void *x, int64_t i, size_t size) {
    return x ? (char *)x + i * (int64_t)size : NULL;
}

void ln_bf16_widen(const ln_bf16 *from, float *to, size_t n);
void ln_bf16_narrow(const float *from, ln_bf16 *to, size_t n);

#endif
