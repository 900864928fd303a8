/* Base64, both ways. */
#include "base64.h"
#include "cli_test.h"
#include <stdint.h>
#include <stdlib.h>

/* RFC 4648, section 10 */
static const char *const pairs[][2] = {{"", ""},
                                       {"Zg==", "f"},
                                       {"Zm8=", "fo"},
                                       {"Zm9v", "foo"},
                                       {"Zm9vYg==", "foob"},
                                       {"Zm9vYmE=", "fooba"},
                                       {"Zm9vYmFy", "foobar"},
                                       {"+/+/", "\xfb\xff\xbf"}};

static void test_pairs(void **state) {
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const size_t count = strlen(pairs[i][1]);
        char *text = cli_base64_encode((const unsigned char *)pairs[i][1], count);
        assert_non_null(text);
        assert_string_equal(text, pairs[i][0]);
        assert_int_equal(cli_base64_decode(text, strlen(text)), count);
        assert_memory_equal(text, pairs[i][1], count);
        free(text);
    }
}

static void test_padding(void **state) {
    static const char *const bad[] = {"Z", "Z===", "====", "=", "Zm9v\n", "Zm 9v", "Zm9-", "Zg==Zg=="};
    char text[32] = "Zm9vYg";
    assert_int_equal(cli_base64_decode(text, strlen(text)), 4);
    assert_memory_equal(text, "foob", 4);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "%s", bad[i]);
        assert_true(cli_base64_decode(text, strlen(text)) == SIZE_MAX);
    }
}

/* Every byte value, in every position of a group. */
static void test_bytes(void **state) {
    unsigned char bytes[3 * 256];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 85);
    for (size_t count = sizeof bytes - 3; count <= sizeof bytes; count++) {
        char *text = cli_base64_encode(bytes, count);
        assert_non_null(text);
        assert_int_equal(cli_base64_decode(text, strlen(text)), count);
        assert_memory_equal(text, bytes, count);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs), cmocka_unit_test(test_padding),
                                       cmocka_unit_test(test_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
