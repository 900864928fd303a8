/* Vectors of sixteen numbers in fp32, loaded from and stored to memory in fp32 or bf16 (tensor/bf16.h has the
 * rounding). Only `lanes` of them are in memory. If lanes and bf16 are constants to the compiler, a load or a
 * store is one instruction, and a few for bf16. For files of kernels, not for headers.
 */
#ifndef LN_KERNEL_ROW_H
#define LN_KERNEL_ROW_H

#include "base/simd.h"
#include "kernel/planes.h"
#include "tensor/bf16.h"

typedef float ln_vec
    __attribute__((vector_size(LN_LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef uint32_t ln_words __attribute__((vector_size(LN_LANES * sizeof(float))));
typedef uint16_t ln_halves
    __attribute__((vector_size(LN_LANES * sizeof(uint16_t)), aligned(sizeof(uint16_t)), may_alias));

#define INLINED         LN_INLINED
#define VECTOR(floats)  (*(ln_vec *)(floats))
#define CVECTOR(floats) (*(const ln_vec *)(floats))

/* f(first, lanes, bf16, ...) for the numbers of a run, sixteen at a time; AVX2's blocks have eight. */
#define IN_SIXTEENS(f, count, bf16, ...)                                                                \
    do {                                                                                                \
        int64_t first_ = 0, count_ = (count);                                                           \
        for (; first_ + LN_LANES <= count_; first_ += LN_LANES) f(first_, LN_LANES, bf16, __VA_ARGS__); \
        if (count_ - first_ == LN_LANES / 2)                                                            \
            f(first_, LN_LANES / 2, bf16, __VA_ARGS__);                                                 \
        else if (first_ < count_)                                                                       \
            f(first_, count_ - first_, bf16, __VA_ARGS__);                                              \
    } while (0)

/* f(lanes, bf16, ...) for a whole row of either type, with both as constants. */
#define IN_EACH_TYPE(f, bf16, ...)           \
    do {                                     \
        if (bf16)                            \
            f(LN_LANES, true, __VA_ARGS__);  \
        else                                 \
            f(LN_LANES, false, __VA_ARGS__); \
    } while (0)

/* The same for rows that may be shorter; their lanes are not a constant, and the copies are slow. */
#define IN_EACH_KIND(f, lanes, bf16, ...)       \
    do {                                        \
        if ((lanes) == LN_LANES)                \
            IN_EACH_TYPE(f, bf16, __VA_ARGS__); \
        else if (bf16)                          \
            f(lanes, true, __VA_ARGS__);        \
        else                                    \
            f(lanes, false, __VA_ARGS__);       \
    } while (0)

INLINED void load_floats(ln_vec *v, const float *from, int64_t lanes) {
    if (lanes == LN_LANES) {
        *v = CVECTOR(from);
        return;
    }
    *v = (ln_vec){0};
    memcpy(v, from, (size_t)lanes * sizeof(float));
}

INLINED void load_bf16(ln_vec *v, const ln_bf16 *from, int64_t lanes) {
    ln_halves h = {0};
    if (lanes == LN_LANES)
        h = *(const ln_halves *)from;
    else
        memcpy(&h, from, (size_t)lanes * sizeof *from);
    *v = (ln_vec)(__builtin_convertvector(h, ln_words) << 16);
}

INLINED void store_bf16(const ln_vec *v, ln_bf16 *to, int64_t lanes) {
    ln_words bits = (ln_words)*v, nan = (ln_words)(*v != *v);
    ln_words rounded = bits + 0x7fff + (bits >> 16 & 1);
    ln_halves h = __builtin_convertvector((((bits | 0x400000) & nan) | (rounded & ~nan)) >> 16, ln_halves);
    if (lanes == LN_LANES)
        *(ln_halves *)to = h;
    else
        memcpy(to, &h, (size_t)lanes * sizeof *to);
}

/* *v = from[at ..]; to[at ..] = *v. */
INLINED void load(ln_vec *v, const void *from, int64_t at, int64_t lanes, bool bf16) {
    if (bf16)
        load_bf16(v, (const ln_bf16 *)from + at, lanes);
    else
        load_floats(v, (const float *)from + at, lanes);
}

INLINED void store(const ln_vec *v, void *to, int64_t at, int64_t lanes, bool bf16) {
    if (bf16)
        store_bf16(v, (ln_bf16 *)to + at, lanes);
    else if (lanes == LN_LANES)
        VECTOR((float *)to + at) = *v;
    else
        memcpy((float *)to + at, v, (size_t)lanes * sizeof(float));
}

#endif
