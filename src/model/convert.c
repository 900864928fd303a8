/* Conversion to fp32.
 *
 * Bit layouts (IEEE 754-2008, 3.6; bfloat16 is the upper half of a float):
 *   F16   1 sign, 5 exponent (bias 15), 10 mantissa
 *   BF16  1 sign, 8 exponent (bias 127), 7 mantissa
 */
#include "model/convert.h"
#include "base/simd.h"
#include <assert.h>
#include <string.h>

static float float_of_bits(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t bits_of_float(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* Infinity and nan keep their mantissa. The subnormal case computes in floats: mantissa * 2^-24 is exact, and
 * normal in fp32 unless it is zero, so it does not depend on the processor's flush-to-zero mode. */
static float f32_from_f16(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t exponent = (h >> 10) & 31, mantissa = h & 0x3ff;
    uint32_t magnitude;
    if (exponent == 31) /* infinity, NaN */
        magnitude = 0x7f800000 | mantissa << 13;
    else if (exponent > 0)
        magnitude = (exponent + 127 - 15) << 23 | mantissa << 13;
    else /* subnormal: mantissa * 2^-24, a normal float or zero */
        magnitude = bits_of_float((float)mantissa * 0x1p-24f);
    return float_of_bits(sign | magnitude);
}

bool ln_convert_is_float(enum ln_dtype dtype) {
    return dtype == LN_F32 || dtype == LN_BF16 || dtype == LN_F16 || dtype == LN_F64;
}

/* memcpy, because `in` may be unaligned. */
static float number_at(enum ln_dtype dtype, const unsigned char *in) {
    uint16_t half;
    double wide;
    int64_t i64;
    int32_t i32;
    int16_t i16;
    switch (dtype) {
    case LN_F16: memcpy(&half, in, sizeof half); return f32_from_f16(half);
    case LN_BF16: memcpy(&half, in, sizeof half); return float_of_bits((uint32_t)half << 16);
    case LN_F64: memcpy(&wide, in, sizeof wide); return (float)wide;
    case LN_I64: memcpy(&i64, in, sizeof i64); return (float)i64;
    case LN_I32: memcpy(&i32, in, sizeof i32); return (float)i32;
    case LN_I16: memcpy(&i16, in, sizeof i16); return (float)i16;
    case LN_I8: return (float)(int8_t)*in;
    case LN_U8: return (float)*in;
    case LN_BOOL: return *in != 0;
    default: assert(!"a type"); return 0;
    }
}

void ln_convert_to_f32(enum ln_dtype dtype, const void *in, size_t n, float *out) {
    const unsigned char *bytes = in;
    size_t size = ln_dtype_size(dtype);
    if (dtype == LN_F32)
        memcpy(out, in, n * size);
    else
        for (size_t i = 0; i < n; i++) out[i] = number_at(dtype, bytes + i * size);
}

/* Infinity and nan have all bits of the exponent set. Without a branch, and in integers, the loop vectorises. */
LN_KERNEL(uint32_t, not_finite, (const float *values, size_t count), (values, count)) {
    const uint32_t exponent = 0x7f800000;
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        found |= (bits & exponent) == exponent;
    }
    return found;
}

bool ln_convert_all_finite(const float *values, size_t count) {
    return !not_finite(values, count);
}
