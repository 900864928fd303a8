/* Files that are not readable pictures are recognised by their first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "image/foreign.h"
#include "image/image.h"
#include <cmocka.h>
#include <string.h>

static const char *name_of(const void *bytes, size_t size) {
    return ln_foreign_name(bytes, size);
}

static void known_signatures_are_named(void **state) {
    assert_string_equal(name_of("\0\0\0\x18"
                                "ftypcrx \0\0\0\0",
                                16),
                        "a Canon raw photo (CR3)");
    assert_string_equal(name_of("%PDF-1.4", 8), "a PDF document");
    assert_string_equal(name_of("<!DOCTYPE html>", 15), "a web page");
    assert_string_equal(name_of("\0\0\0\0\0", 5), "nothing but zero bytes");
    assert_null(name_of("hello, world", 12));
}

static void no_byte_beyond_the_end_is_read(void **state) {
    static const char start[] = "\0\0\0\x18"
                                "ftypcrx ";
    for (size_t n = 4; n < sizeof start - 1; n++) {
        const char *name = name_of(start, n);
        assert_true(!name || strcmp(name, "a Canon raw photo (CR3)") != 0);
    }
}

static void the_message_names_the_format(void **state) {
    struct ln_image image;
    assert_int_equal(ln_image_decode((const unsigned char *)"%PDF-1.4 ...", 12, "x.jpg", NULL, &image),
                     LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "img-format");
    assert_non_null(strstr(ln_error_get()->text, "x.jpg: is a PDF document"));
    ln_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_signatures_are_named),
        cmocka_unit_test(no_byte_beyond_the_end_is_read),
        cmocka_unit_test(the_message_names_the_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
