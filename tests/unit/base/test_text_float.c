/* Floats in nine digits, compared with "%.9g": random values of all sizes, powers of ten, ties, and refused values. */
#include "base/text_float.h"
#include "base_test.h"

#include <math.h>
#include <string.h>

/* Returns false if ln_text_float refuses the value. */
static bool compare(float value) {
    char got[LN_REAL_MAX], want[64];
    if (!ln_text_float(value, got)) return false;
    snprintf(want, sizeof want, "%.9g", (double)value);
    if (strcmp(got, want) != 0) fail_msg("%s, not %s", got, want);
    return true;
}

static void test_random(void **state) {
    uint64_t seed = 1;
    int printed = 0;
    for (int i = 0; i < 400000; i++) {
        float value;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint32_t bits = (uint32_t)(seed >> 32);
        memcpy(&value, &bits, sizeof value);
        printed += compare(value);
        value = (float)bits / 4294967296.0F;
        if (bits)
            assert_true(compare(value) && compare(-value) && compare(value * 1e-6F) && compare(value * 100));
    }
    assert_true(printed > 100000);
}

static void test_edges(void **state) {
    for (int exponent = -16; exponent < 9; exponent++) {
        const float power = (float)pow(10, exponent);
        float below = power, above = power;
        for (int i = 0; i < 100; i++) {
            assert_true(compare(below) && compare(above));
            below = nextafterf(below, 0);
            above = nextafterf(above, INFINITY);
        }
    }
    /* Multiples of powers of two have long expansions, some of which are ties in the ninth digit. */
    for (int e = -56; e < 30; e++)
        for (int m = 1; m < 64; m += 2) compare(ldexpf((float)m, e));
    assert_true(compare(16777216) && compare(0.5F) && compare(999999936) && compare(123456));
}

static void test_left_out(void **state) {
    const float values[] = {0, -0.0F, INFINITY, -INFINITY, NAN, 1e9F, 1e-18F, 1e-45F, 3e38F};
    char out[LN_REAL_MAX];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) assert_false(ln_text_float(values[i], out));
    assert_string_equal(ln_text_real(0.1, 9, out), "0.1");
    assert_string_equal(ln_text_real((double)0.1F, 9, out), "0.100000001");
    assert_string_equal(ln_text_real(0, 9, out), "0");
    assert_string_equal(ln_text_real(1e300, 9, out), "1e+300");
    assert_string_equal(ln_text_real(NAN, 9, out), "null");
    assert_string_equal(ln_text_real(0.1, 0, out), "0.1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
