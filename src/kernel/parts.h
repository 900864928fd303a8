/* A row of sixteen numbers in parts, vectors that fill a register: one of AVX-512, two of AVX2, four of the
 * baseline. gcc keeps a vector that is wider than a register in memory, and compares its numbers one at a
 * time, so kernels that compare work on parts. Numbers are fp32 in registers, fp32 or bf16 in memory
 * (tensor/bf16.h has the rounding).
 *
 * A file of kernels includes this once for each set of instructions, with
 *
 *     FAMILY(name)   the name with the set's suffix
 *     LANES           floats in a register
 *
 * and ends with kernel/parts_end.h. Only `lanes` numbers of a part are in memory, at most LANES. If lanes and
 * bf16 are constants to the compiler, a load or a store is one instruction, and a few for bf16.
 */
#include "kernel/row.h"
#include "kernel/unroll.h"

typedef float FAMILY(vec)
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t FAMILY(bits) __attribute__((vector_size(LANES * sizeof(float))));
typedef uint32_t FAMILY(words) __attribute__((vector_size(LANES * sizeof(float))));
typedef uint16_t FAMILY(halves)
    __attribute__((vector_size(LANES * sizeof(uint16_t)), aligned(sizeof(uint16_t)), may_alias));
#define vec            FAMILY(vec)
#define bits           FAMILY(bits)
#define words          FAMILY(words)
#define halves         FAMILY(halves)
#define load_part      FAMILY(load_part)
#define store_part     FAMILY(store_part)
#define PARTS          (LN_LANES / LANES)
#define PART(floats)   (*(vec *)(floats))
#define CPART(floats)  (*(const vec *)(floats))
#define WHERE(mask, v) ((vec)((bits)(v) & (mask))) /* zero elsewhere */

/* Lanes of part p of a row that has `lanes`. */
#define LANES_OF(p, lanes) \
    ((lanes) >= ((p) + 1) * LANES ? LANES : (lanes) > (p)*LANES ? (lanes) - (p)*LANES : 0)

/* f(first, lanes, bf16, ...) for the numbers of a run, a part at a time. AVX2's blocks of eight channels are half
 * a part of AVX-512. */
#define IN_PARTS(f, count, bf16, ...)                                                          \
    do {                                                                                       \
        int64_t first_ = 0, count_ = (count);                                                  \
        for (; first_ + LANES <= count_; first_ += LANES) f(first_, LANES, bf16, __VA_ARGS__); \
        if (count_ - first_ == LANES / 2)                                                      \
            f(first_, LANES / 2, bf16, __VA_ARGS__);                                           \
        else if (first_ < count_)                                                              \
            f(first_, count_ - first_, bf16, __VA_ARGS__);                                     \
    } while (0)

/* *v = from[at ..]. */
INLINED TARGET void load_part(vec *v, const void *from, int64_t at, int64_t lanes, bool bf16) {
    if (bf16) {
        const ln_bf16 *narrow = (const ln_bf16 *)from + at;
        halves h = {0};
        if (lanes == LANES)
            h = *(const halves *)narrow;
        else
            memcpy(&h, narrow, (size_t)lanes * sizeof *narrow);
        *v = (vec)(__builtin_convertvector(h, words) << 16);
    } else if (lanes == LANES) {
        *v = CPART((const float *)from + at);
    } else {
        *v = (vec){0};
        memcpy(v, (const float *)from + at, (size_t)lanes * sizeof(float));
    }
}

/* to[at ..] = *v. */
INLINED TARGET void store_part(const vec *v, void *to, int64_t at, int64_t lanes, bool bf16) {
    if (bf16) {
        ln_bf16 *narrow = (ln_bf16 *)to + at;
        words b = (words)*v, nan = (words)(*v != *v), rounded = b + 0x7fff + (b >> 16 & 1);
        halves h = __builtin_convertvector((((b | 0x400000) & nan) | (rounded & ~nan)) >> 16, halves);
        if (lanes == LANES)
            *(halves *)narrow = h;
        else
            memcpy(narrow, &h, (size_t)lanes * sizeof *narrow);
    } else if (lanes == LANES) {
        PART((float *)to + at) = *v;
    } else {
        memcpy((float *)to + at, v, (size_t)lanes * sizeof(float));
    }
}
