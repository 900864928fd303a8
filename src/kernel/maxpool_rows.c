/* The rows of max pooling for each set of instructions. */
#include "kernel/maxpool_rows.h"
#include "kernel/row.h"

#if defined(LN_HAS_COPIES)
#include <immintrin.h>
#endif

enum { NO_CELL = 0xff }; /* larger than any kernel's side, which is at most 250 */

/* The maximum so far, and its cell. */
struct best {
    ln_vec y;
    ln_bits cell;
};

typedef uint8_t bytes __attribute__((vector_size(LN_LANES), aligned(1), may_alias));

/* Sixteen bytes as numbers; gcc 12 alone would widen them one by one. */
#if defined(LN_HAS_COPIES)
#define FAMILY(name) name##_avx512
#define TARGET       LN_TARGET_AVX512
INLINED TARGET void FAMILY(widen)(ln_bits *to, const uint8_t *from) {
    *to = (ln_bits)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from));
}
#include "kernel/maxpool_kernels.h"

#define FAMILY(name) name##_avx2
#define TARGET       LN_TARGET_AVX2
INLINED TARGET void FAMILY(widen)(ln_bits *to, const uint8_t *from) {
    __m256i half[2] = {_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from)),
                       _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(from + 8)))};
    memcpy(to, half, sizeof *to);
}
#include "kernel/maxpool_kernels.h"
#endif

#define FAMILY(name) name##_any
#define TARGET
INLINED void FAMILY(widen)(ln_bits *to, const uint8_t *from) {
    *to = __builtin_convertvector(*(const bytes *)from, ln_bits);
}
#include "kernel/maxpool_kernels.h"

const struct ln_maxpool_rows *ln_maxpool_rows(enum ln_isa isa) {
#if defined(LN_HAS_COPIES)
    if (isa == LN_ISA_AVX512) return &rows_avx512;
    if (isa == LN_ISA_AVX2) return &rows_avx2;
#endif
    return &rows_any;
}
