/* CRC-32C, against the examples of RFC 3720, appendix B.4. */
#include "base/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_rfc_3720(void **state) {
    unsigned char bytes[32];
    memset(bytes, 0, 32);
    assert_int_equal(ln_crc32c(bytes, 32), 0x8A9136AA);
    memset(bytes, 0xFF, 32);
    assert_int_equal(ln_crc32c(bytes, 32), 0x62A8AB43);
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
    assert_int_equal(ln_crc32c(bytes, 32), 0x46DD794E);
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)(31 - i);
    assert_int_equal(ln_crc32c(bytes, 32), 0x113FDB5C);
}

static void test_customary(void **state) {
    assert_int_equal(ln_crc32c("123456789", 9), 0xE3069283);
    assert_int_equal(ln_crc32c("", 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_3720),
        cmocka_unit_test(test_customary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
