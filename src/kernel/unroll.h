/* For kernels that keep a tile of sums in registers: loops of constant length that are unrolled for certain.
 * Included inside a file of kernels, not by headers.
 */
#ifndef LN_KERNEL_UNROLL_H
#define LN_KERNEL_UNROLL_H

#include "base/simd.h"

#define FORCED static inline __attribute__((always_inline))
#if defined(LN_NO_CLONES) /* clang needs minutes to unroll what a sanitizer has grown */
#define UNROLL
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define EACH(i, count) UNROLL for (int i = 0; i < (count); i++)

/* Where the registers are nearly full, gcc would load a value again for each use. */
#if defined(__x86_64__)
#define IN_REGISTER(v) __asm__("" : "+v"(v))
#else
#define IN_REGISTER(v) ((void)0)
#endif

#endif
