/* fp32 from the floating types that files hold.
 *
 * Layouts (IEEE 754-2008, 3.6; bfloat16: the upper half of a float):
 *   F16   1 sign, 5 exponent (bias 15), 10 mantissa
 *   BF16  1 sign, 8 exponent (bias 127), 7 mantissa
 */
#include "model/convert.h"
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

static float f32_from_f16(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t exponent = (h >> 10) & 31, mantissa = h & 0x3ff;
    uint32_t magnitude;
    if (exponent == 31) /* infinity, nan */
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

void ln_convert_to_f32(enum ln_dtype dtype, const void *in, size_t n, float *out) {
    const unsigned char *bytes = in;
    uint16_t half;
    double wide;
    assert(ln_convert_is_float(dtype));
    switch (dtype) {
    case LN_F16:
        for (size_t i = 0; i < n; i++) {
            memcpy(&half, bytes + 2 * i, sizeof half);
            out[i] = f32_from_f16(half);
        }
        break;
    case LN_BF16:
        for (size_t i = 0; i < n; i++) {
            memcpy(&half, bytes + 2 * i, sizeof half);
            out[i] = float_of_bits((uint32_t)half << 16);
        }
        break;
    case LN_F64:
        for (size_t i = 0; i < n; i++) {
            memcpy(&wide, bytes + 8 * i, sizeof wide);
            out[i] = (float)wide;
        }
        break;
    default: memcpy(out, in, 4 * n);
    }
}
