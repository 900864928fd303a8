/* F16, BF16 and F64 to fp32; every F16 value is compared with its definition. */
#include "model/convert.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint32_t bits_of(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* IEEE 754-2008, 3.4: (-1)^sign * 2^(exponent - 15) * (1 + mantissa / 1024), subnormal below. */
static double half_value(unsigned h) {
    int exponent = (h >> 10) & 31, mantissa = h & 1023;
    double magnitude = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
    return h & 0x8000 ? -magnitude : magnitude;
}

static void test_f16(void **state) {
    for (unsigned i = 0; i < 65536; i++) {
        uint16_t h = (uint16_t)i;
        float f;
        ln_convert_to_f32(LN_F16, &h, 1, &f);
        if ((i & 0x7c00) == 0x7c00) /* infinity and NaN keep sign and mantissa */
            assert_int_equal(bits_of(f), (i & 0x8000) << 16 | 0x7f800000 | (i & 1023) << 13);
        else
            assert_int_equal(bits_of(f), bits_of((float)half_value(i)));
    }
}

static void test_bf16(void **state) {
    for (unsigned i = 0; i < 65536; i++) {
        uint16_t h = (uint16_t)i;
        float f;
        ln_convert_to_f32(LN_BF16, &h, 1, &f);
        assert_int_equal(bits_of(f), i << 16);
    }
}

static void test_f64(void **state) {
    const double in[] = {0.0, -0.0, 1.0 / 3.0, 1e-42, 1.0 + 0x1p-24, 1.0 + 0x1.8p-24, -INFINITY};
    float out[7];
    ln_convert_to_f32(LN_F64, in, 7, out);
    for (int i = 0; i < 7; i++) assert_int_equal(bits_of(out[i]), bits_of((float)in[i]));
    assert_int_equal(bits_of(out[4]), 0x3f800000); /* a tie goes to even */
    assert_int_equal(bits_of(out[5]), 0x3f800001);
}

static void test_whole(void **state) {
    const int64_t i64[] = {0, -3, (1 << 24) + 1, INT64_MIN};
    const int32_t i32[] = {7, -7, INT32_MIN};
    const int16_t i16[] = {300, -300};
    const unsigned char bytes[] = {0, 1, 127, 128, 255};
    float out[5];
    ln_convert_to_f32(LN_I64, i64, 4, out);
    assert_true(out[0] == 0 && out[1] == -3 && out[2] == 0x1p24F && out[3] == -0x1p63F); /* to even */
    ln_convert_to_f32(LN_I32, i32, 3, out);
    assert_true(out[0] == 7 && out[1] == -7 && out[2] == -0x1p31F);
    ln_convert_to_f32(LN_I16, i16, 2, out);
    assert_true(out[0] == 300 && out[1] == -300);
    ln_convert_to_f32(LN_U8, bytes, 5, out);
    assert_true(out[0] == 0 && out[2] == 127 && out[3] == 128 && out[4] == 255);
    ln_convert_to_f32(LN_I8, bytes, 5, out);
    assert_true(out[2] == 127 && out[3] == -128 && out[4] == -1);
    ln_convert_to_f32(LN_BOOL, bytes, 5, out);
    assert_true(out[0] == 0 && out[1] == 1 && out[3] == 1 && out[4] == 1);
}

static void test_unaligned(void **state) {
    unsigned char bytes[1 + 3 * 8];
    float out[3];
    const double wide[3] = {1, -2, 3};
    const uint16_t half[3] = {0x3c00, 0xc000, 0x4200};
    memcpy(bytes + 1, wide, sizeof wide);
    ln_convert_to_f32(LN_F64, bytes + 1, 3, out);
    assert_true(out[0] == 1 && out[1] == -2 && out[2] == 3);
    memcpy(bytes + 1, half, sizeof half);
    ln_convert_to_f32(LN_F16, bytes + 1, 3, out);
    assert_true(out[0] == 1 && out[1] == -2 && out[2] == 3);
    memcpy(bytes + 1, out, sizeof out);
    ln_convert_to_f32(LN_F32, bytes + 1, 3, out);
    assert_true(out[0] == 1 && out[1] == -2 && out[2] == 3);
}

static void test_which_float(void **state) {
    for (int dtype = 0; dtype < LN_DTYPES; dtype++)
        assert_int_equal(ln_convert_is_float((enum ln_dtype)dtype),
                         dtype == LN_F32 || dtype == LN_BF16 || dtype == LN_F16 || dtype == LN_F64);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_f16),       cmocka_unit_test(test_bf16),
                                       cmocka_unit_test(test_f64),       cmocka_unit_test(test_whole),
                                       cmocka_unit_test(test_unaligned), cmocka_unit_test(test_which_float)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
