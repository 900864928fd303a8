/* 2^t for t in [-126, 126], made for loops over vectors. The polynomial is our own minimax fit, with a
 * relative error of 1.9e-9 before rounding.
 */
#ifndef LN_OP_EXP2_H
#define LN_OP_EXP2_H

#include "base/simd.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* t = whole + f, with f in [-1/2, 1/2]. Floats from 2^23 on are whole numbers: adding 1.5 * 2^23 rounds t and
 * leaves the whole number in the lowest bits. */
LN_INLINED float ln_exp2(float t) {
    float shifted = t + 12582912.0F, f = t - (shifted - 12582912.0F);
    float p = 1.53456520e-4F;
    p = p * f + 1.33998768e-3F;
    p = p * f + 9.61848905e-3F;
    p = p * f + 5.55032892e-2F;
    p = p * f + 2.40226469e-1F;
    p = p * f + 6.93147206e-1F;
    p = p * f + 1.0F;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

#endif
