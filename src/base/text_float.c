/* Prints floats as "%.9g" does, in a tenth of the time: an answer of the server holds thousands of them.
 *
 * A float is m 2^e with m < 2^24. Its nine digits are the integer nearest to m 2^e 10^k, where k moves them before
 * the point. For values from 1e-17 to 1e9, 128 bits hold the product exactly. Halves are rounded to even, as the C
 * library does. */
#include "base/text_float.h"
#include <math.h>
#include <string.h>

enum { DIGITS = 9, LEAST = -17 };

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

/* value 10^k, rounded. */
static uint32_t scale(float value, int k) {
    int e;
    wide n = (wide)(uint32_t)ldexpf(frexpf(value, &e), 24);
    for (e -= 24; k > 0; k--) n *= 10;
    if (e >= 0) return (uint32_t)(n << e);
    const wide half = (wide)1 << (-e - 1), rest = n & ((half << 1) - 1);
    n >>= -e;
    return (uint32_t)(n + (rest > half || (rest == half && (n & 1))));
}

static char *put(char *out, const char *digits, int count) {
    memcpy(out, digits, (size_t)count);
    return out + count;
}

/* Prints digits[0] . digits[1] ... times 10^exponent, without trailing zeros. */
static void print(char *out, const char digits[DIGITS], int exponent) {
    int count = DIGITS;
    while (count > 1 && digits[count - 1] == '0') count--;
    if (exponent < -4) {
        *out++ = digits[0];
        if (count > 1) *out++ = '.';
        out = put(out, digits + 1, count - 1);
        out = put(out, "e-", 2);
        *out++ = (char)('0' - exponent / 10);
        *out++ = (char)('0' - exponent % 10);
    } else if (exponent < 0) {
        out = put(out, "0.000", 1 - exponent);
        out = put(out, digits, count);
    } else {
        out = put(out, digits, exponent + 1);
        if (count > exponent + 1) *out++ = '.';
        if (count > exponent + 1) out = put(out, digits + exponent + 1, count - exponent - 1);
    }
    *out = '\0';
}

bool ln_text_float(float value, char out[LN_REAL_MAX]) {
    const float size = fabsf(value);
    char digits[DIGITS];
    if (!(size >= 1e-17F && size < 1e9F)) return false;
    int exponent = (int)floor(log10((double)size));
    uint32_t n = scale(size, DIGITS - 1 - exponent);
    if (n >= 1000000000) { /* 9.999999999 was rounded up to 10 */
        n /= 10;
        exponent++;
    }
    if (n < 100000000 || exponent < LEAST || exponent >= DIGITS) return false;
    for (int i = DIGITS - 1; i >= 0; i--, n /= 10) digits[i] = (char)('0' + n % 10);
    if (value < 0) *out++ = '-';
    print(out, digits, exponent);
    return true;
}
#else
bool ln_text_float(float value, char out[LN_REAL_MAX]) {
    (void)value;
    (void)out;
    return false;
}
#endif
