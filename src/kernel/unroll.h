/* For kernels that keep a tile of sums in registers: loops of constant length that are always unrolled. For
 * files of kernels, not for headers.
 */
#ifndef LN_KERNEL_UNROLL_H
#define LN_KERNEL_UNROLL_H

#include "base/simd.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

#define FORCED LN_INLINED
#if defined(IS_SANITIZED) /* clang needs minutes to unroll instrumented loops */
#define UNROLL
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define EACH(i, count) UNROLL for (int i = 0; i < (count); i++)

/* If the registers are nearly full, gcc would reload a value for each use. */
#if defined(__x86_64__)
#define IN_REGISTER(v) __asm__("" : "+v"(v))
#else
#define IN_REGISTER(v) ((void)0)
#endif

#endif
