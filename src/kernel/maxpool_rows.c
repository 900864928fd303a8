/* The rows of max pooling for each set of instructions. */
#include "kernel/maxpool_rows.h"
#include "kernel/row.h"

#include <math.h>

#if defined(LN_HAS_COPIES)
#include <immintrin.h>
#endif

enum {
    NO_CELL = 0xff, /* larger than any kernel's side, which is at most 250 */
    COLUMNS = 128,  /* whose gradients are summed at a time */
};

/* WIDEN turns bytes into numbers; without the intrinsics gcc 12 widens them one by one. */
#if defined(LN_HAS_COPIES)
#define FAMILY(name) name##_avx512
#define TARGET       LN_TARGET_AVX512
#define LANES        16
#define WIDEN(from)  (bits) _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(from)))
#include "kernel/maxpool_kernels.h"

#define FAMILY(name) name##_avx2
#define TARGET       LN_TARGET_AVX2
#define LANES        8
#define WIDEN(from)  (bits) _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(from)))
#include "kernel/maxpool_kernels.h"
#endif

#define FAMILY(name) name##_any
#define TARGET
#define LANES       4
#define WIDEN(from) __builtin_convertvector(*(const bytes *)(from), bits)
#include "kernel/maxpool_kernels.h"

const struct ln_maxpool_rows *ln_maxpool_rows(enum ln_isa isa) {
#if defined(LN_HAS_COPIES)
    if (isa == LN_ISA_AVX512) return &rows_avx512;
    if (isa == LN_ISA_AVX2) return &rows_avx2;
#endif
    return &rows_any;
}
