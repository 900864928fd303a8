/* Element types and shapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#include "tensor/tensor.h"
#include <stdio.h>
#include <string.h>

static void test_dtypes(void **state) {
    static const struct {
        enum ln_dtype dtype;
        size_t size;
        const char *name, *safetensors;
    } expected[] = {
        {LN_F32, 4, "f32", "F32"},    {LN_BF16, 2, "bf16", "BF16"}, {LN_F16, 2, "f16", "F16"},
        {LN_F64, 8, "f64", "F64"},    {LN_I64, 8, "i64", "I64"},    {LN_I32, 4, "i32", "I32"},
        {LN_I16, 2, "i16", "I16"},    {LN_I8, 1, "i8", "I8"},       {LN_U8, 1, "u8", "U8"},
        {LN_BOOL, 1, "bool", "BOOL"},
    };
    assert_int_equal(sizeof expected / sizeof *expected, LN_DTYPES);
    for (int i = 0; i < LN_DTYPES; i++) {
        enum ln_dtype found = LN_DTYPES;
        assert_int_equal(expected[i].dtype, i);
        assert_int_equal(ln_dtype_size(expected[i].dtype), expected[i].size);
        assert_string_equal(ln_dtype_name(expected[i].dtype), expected[i].name);
        assert_string_equal(ln_dtype_safetensors(expected[i].dtype), expected[i].safetensors);
        assert_true(ln_dtype_from_safetensors(expected[i].safetensors, &found));
        assert_int_equal(found, expected[i].dtype);
    }
}

static void test_unknown_dtype(void **state) {
    static const char *const unknown[] = {"", "f32", "F32 ", "F8_E4M3", "U64", "F"};
    enum ln_dtype found = LN_I8;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_false(ln_dtype_from_safetensors(unknown[i], &found));
    assert_int_equal(found, LN_I8);
}

static void test_shape_of(void **state) {
    struct ln_shape shape = ln_shape_of(32, 3, 224, 224);
    assert_int_equal(shape.rank, 4);
    assert_int_equal(shape.dim[0], 32);
    assert_int_equal(shape.dim[3], 224);
    assert_int_equal(ln_shape_of(10).rank, 1);
}

static void assert_count(struct ln_shape shape, size_t expected) {
    size_t count = 99;
    assert_true(ln_shape_count(&shape, &count));
    assert_int_equal(count, expected);
}

static void assert_no_count(struct ln_shape shape) {
    size_t count = 99;
    assert_false(ln_shape_count(&shape, &count));
    assert_int_equal(count, 99);
}

static void test_count(void **state) {
    const int64_t big = (int64_t)1 << 32;
    assert_count((struct ln_shape){0}, 1); /* a scalar */
    assert_count(ln_shape_of(7), 7);
    assert_count(ln_shape_of(32, 3, 224, 224), 4816896);
    assert_count(ln_shape_of(big, big - 1), SIZE_MAX - UINT32_MAX);
    assert_no_count(ln_shape_of(big, big));
    assert_no_count(ln_shape_of(INT64_MAX, 3));
    assert_no_count(ln_shape_of(-1));
    assert_no_count(ln_shape_of(-1, -1)); /* whose product would be 1 */
    assert_no_count(ln_shape_of(0, -1));
    assert_no_count(ln_shape_of(INT64_MIN, 2));
    assert_count(ln_shape_of(0, big, big), 0); /* in whatever order */
    assert_count(ln_shape_of(big, big, 0), 0);
    assert_no_count((struct ln_shape){.rank = -1});
    assert_no_count((struct ln_shape){.rank = LN_RANK_MAX + 1});
    assert_count((struct ln_shape){.rank = LN_RANK_MAX, .dim = {1, 2, 3, 1, 1, 1, 1, 5}}, 30);
}

static void test_equal(void **state) {
    struct ln_shape a = ln_shape_of(2, 3), b = ln_shape_of(2, 3), c = ln_shape_of(3, 2),
                    d = ln_shape_of(2, 3, 1);
    b.dim[5] = 77; /* beyond the rank: ignored */
    assert_true(ln_shape_equal(&a, &b));
    assert_false(ln_shape_equal(&a, &c));
    assert_false(ln_shape_equal(&a, &d));
}

static void test_text(void **state) {
    char out[256];
    struct ln_shape scalar = {0}, one = ln_shape_of(10), four = ln_shape_of(32, 3, 224, 224);
    assert_string_equal(ln_shape_text(&scalar, out, sizeof out), "[]");
    assert_string_equal(ln_shape_text(&one, out, sizeof out), "[10]");
    assert_string_equal(ln_shape_text(&four, out, sizeof out), "[32, 3, 224, 224]");
    struct ln_shape longest = {.rank = LN_RANK_MAX};
    for (int i = 0; i < LN_RANK_MAX; i++) longest.dim[i] = INT64_MIN;
    assert_int_equal(strlen(ln_shape_text(&longest, out, sizeof out)), 8 * 20 + 7 * 2 + 2);
}

static void test_text_in_any_room(void **state) {
    struct ln_shape shape = ln_shape_of(32, 3, 224, 224);
    static const char whole[] = "[32, 3, 224, 224]";
    for (size_t size = 1; size <= sizeof whole; size++) {
        char out[sizeof whole + 1];
        memset(out, '#', sizeof out);
        ln_shape_text(&shape, out, size);
        assert_int_equal(strlen(out), size - 1);
        assert_memory_equal(out, whole, size - 1);
        assert_int_equal(out[size], '#');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dtypes),
        cmocka_unit_test(test_unknown_dtype),
        cmocka_unit_test(test_shape_of),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_in_any_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
