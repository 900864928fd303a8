/* Linnet's own loops are plain C that the compiler vectorises, once for each set of instructions (base/cpu.h):
 *
 *     LN_KERNEL(void, scale, (float *x, float by, size_t n), (x, by, n)) {
 *         for (size_t i = 0; i < n; i++) x[i] *= by;
 *     }
 *
 * defines `static void scale(float *x, float by, size_t n)`, which runs the copy for this processor. Kernels
 * whose source depends on the width of the registers are included once for each set (kernel/conv_lanes.c).
 *
 * No OpenMP inside: a parallel region becomes a function of its own, which has no copies. A function that
 * such a loop calls must be inlined into it, or it runs the baseline's instructions.
 */
#ifndef LN_BASE_SIMD_H
#define LN_BASE_SIMD_H

#include "base/cpu.h"

#define LN_INLINED static inline __attribute__((always_inline))

/* The targets are levels of the x86-64 ABI: "arch=haswell" would mean Intel's own Haswell. LN_NO_COPIES: this
 * compiler cannot compile the copies (cmake/LinnetOptions.cmake). */
#if defined(__x86_64__) && !defined(LN_NO_COPIES)
#define LN_HAS_COPIES
#define LN_TARGET_AVX2   __attribute__((target("arch=x86-64-v3")))
#define LN_TARGET_AVX512 __attribute__((target("arch=x86-64-v4")))
#define LN_TARGET_BF16   __attribute__((target("arch=x86-64-v4,avx512bf16")))
#define LN_KERNEL(type, name, parameters, arguments)        \
    LN_INLINED type name##_body parameters;                 \
    LN_TARGET_AVX512 static type name##_avx512 parameters { \
        return name##_body arguments;                       \
    }                                                       \
    LN_TARGET_AVX2 static type name##_avx2 parameters {     \
        return name##_body arguments;                       \
    }                                                       \
    static type name##_any parameters {                     \
        return name##_body arguments;                       \
    }                                                       \
    static type name parameters {                           \
        switch (ln_cpu_isa()) {                             \
        case LN_ISA_AVX512: return name##_avx512 arguments; \
        case LN_ISA_AVX2: return name##_avx2 arguments;     \
        case LN_ISA_ANY: break;                             \
        }                                                   \
        return name##_any arguments;                        \
    }                                                       \
    LN_INLINED type name##_body parameters
#else
#define LN_KERNEL(type, name, parameters, arguments) static type name parameters
#endif

/* Stands before a loop over the lanes of a vector: gcc would unroll sixteen iterations before it vectorises them.
 * clang vectorises them without the pragma, and would warn wherever it ignores the pragma. */
#if defined(__clang__)
#define LN_SIMD
#else
#define LN_SIMD _Pragma("omp simd")
#endif

#endif
