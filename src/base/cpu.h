/* The only place that asks which instructions the processor has.
 *
 * Kernels are compiled for three sets of instructions (base/simd.h) and run the copy for ln_cpu_isa(); oneDNN
 * is held to the same set (dnn/engine.c). The environment variable LINNET_ISA=any|avx2|avx512 chooses a
 * poorer set than the processor has, so that tests and measurements reach every copy on one machine.
 */
#ifndef LN_BASE_CPU_H
#define LN_BASE_CPU_H

#include "base/status.h"
#include <stdbool.h>

/* Sets of instructions, each containing the one before. The levels of the x86-64 ABI: avx2 is x86-64-v3
 * (AVX2, FMA), avx512 is x86-64-v4 (AVX-512 F, BW, CD, DQ, VL). */
enum ln_isa {
    LN_ISA_ANY = 1, /* the baseline of the compiler's flags */
    LN_ISA_AVX2,
    LN_ISA_AVX512,
};

/* The richest set that the processor has and LINNET_ISA allows; the same for the whole process. A LINNET_ISA
 * that ln_cpu_check() refuses changes nothing. */
enum ln_isa ln_cpu_isa(void);
/* True if LINNET_ISA is set. */
bool ln_cpu_isa_is_chosen(void);
/* LINNET_ERR_USAGE "cpu-isa" if LINNET_ISA does not name a set, or the processor lacks it. */
LN_MUST_CHECK int ln_cpu_check(void);

const char *ln_isa_name(enum ln_isa isa); /* "avx2" */
int ln_isa_lanes(enum ln_isa isa);        /* floats in a vector register: 4, 8 or 16 */

/* True if the processor also has bf16 instructions (avx512_bf16) and LN_ISA_AVX512 is in use. */
bool ln_cpu_has_bf16(void);

/* For tests: resolves `wanted`, a value of LINNET_ISA, for a processor whose richest set is `best`. */
LN_MUST_CHECK int ln_cpu_choose(const char *wanted, enum ln_isa best, enum ln_isa *isa);

#endif
