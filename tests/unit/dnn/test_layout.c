/* Layouts: equal layouts are one object, names and sizes are right, and elements lie where the format says. */
#include "unit/base/base_test.h"

#include "dnn/dnn.h"
#include "unit/tensor/place.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct ln_dnn *dnn;

static int create(void **state) {
    return ln_dnn_create(&dnn);
}

static int destroy(void **state) {
    ln_dnn_destroy(dnn);
    ln_dnn_destroy(NULL);
    return 0;
}

static const struct ln_layout *layout_of(const struct ln_shape *shape, enum ln_format format) {
    const struct ln_layout *layout = ln_layout_get(dnn, LN_F32, shape, format);
    if (!layout) fail_msg("%s", ln_error_line());
    return layout;
}

static void test_interned(void **state) {
    struct ln_shape a = ln_shape_of(2, 17, 3, 4), b = ln_shape_of(2, 17, 4, 3);
    assert_ptr_equal(layout_of(&a, LN_PLAIN), layout_of(&a, LN_PLAIN));
    assert_ptr_equal(layout_of(&a, LN_NCHW16C), layout_of(&a, LN_NCHW16C));
    assert_ptr_not_equal(layout_of(&a, LN_PLAIN), layout_of(&a, LN_NCHW16C));
    assert_ptr_not_equal(layout_of(&a, LN_PLAIN), layout_of(&b, LN_PLAIN));
    assert_ptr_not_equal(layout_of(&a, LN_PLAIN), ln_layout_get(dnn, LN_BF16, &a, LN_PLAIN));
}

static void test_facts(void **state) {
    static const struct {
        struct ln_shape shape;
        enum ln_format format;
        size_t bytes;
        const char *text;
    } cases[] = {
        {{4, {2, 17, 3, 5}}, LN_PLAIN, 2 * 17 * 15 * 4, "nchw"},
        {{4, {2, 17, 3, 5}}, LN_NHWC, 2 * 17 * 15 * 4, "nhwc"},
        {{4, {2, 17, 3, 5}}, LN_NCHW8C, 2 * 24 * 15 * 4, "nChw8c"},
        {{4, {2, 17, 3, 5}}, LN_NCHW16C, 2 * 32 * 15 * 4, "nChw16c"},
        {{4, {2, 17, 3, 5}}, LN_NCHW16N, 16 * 17 * 15 * 4, "Nchw16n"},
        {{4, {1, 16, 1, 1}}, LN_NCHW16C, 64, "nChw16c"},
        {{2, {3, 10}}, LN_PLAIN, 120, "nc"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct ln_layout *layout = layout_of(&cases[i].shape, cases[i].format);
        assert_true(ln_shape_equal(&layout->shape, &cases[i].shape));
        assert_int_equal(layout->format, cases[i].format);
        assert_int_equal(layout->bytes, cases[i].bytes);
        assert_string_equal(layout->text, cases[i].text);
    }
}

static void test_rank(void **state) {
    struct ln_shape scalar = {0}, six = {6, {1, 1, 1, 1, 1, 1}};
    assert_null(ln_layout_get(dnn, LN_F32, &scalar, LN_PLAIN));
    assert_failure(ln_error_get()->status, LINNET_ERR_INTERNAL, "dnn-rank", "rank 0");
    assert_null(ln_layout_get(dnn, LN_F32, &six, LN_PLAIN));
    assert_failure(ln_error_get()->status, LINNET_ERR_INTERNAL, "dnn-rank", "rank 6");
}

/* A reorder moves every element to its place and fills the padding with zeros; the way back restores the values. */
static void reorder_check(const struct ln_shape *shape, enum ln_format format) {
    const struct ln_layout *plain = layout_of(shape, LN_PLAIN), *other = layout_of(shape, format);
    const int64_t *d = shape->dim;
    size_t floats = other->bytes / sizeof(float), nonzero = 0;
    float *x = malloc(plain->bytes), *y = malloc(other->bytes), *back = malloc(plain->bytes);
    assert_true(x && y && back);
    for (size_t i = 0; i < plain->bytes / sizeof(float); i++) x[i] = (float)(i + 1);
    memset(y, 0xff, other->bytes);
    assert_int_equal(ln_reorder(dnn, plain, x, other, y), LINNET_OK);
    for (int64_t n = 0; n < d[0]; n++)
        for (int64_t c = 0; c < d[1]; c++)
            for (int64_t h = 0; h < d[2]; h++)
                for (int64_t w = 0; w < d[3]; w++)
                    assert_true(y[place(format, d, n, c, h, w)] == x[place(LN_PLAIN, d, n, c, h, w)]);
    for (size_t i = 0; i < floats; i++) nonzero += y[i] != 0;
    assert_int_equal(nonzero, plain->bytes / sizeof(float));
    assert_int_equal(ln_reorder(dnn, other, y, plain, back), LINNET_OK);
    assert_memory_equal(x, back, plain->bytes);
    free(x);
    free(y);
    free(back);
}

static void test_reorder(void **state) {
    static const struct ln_shape shapes[] = {{4, {1, 1, 1, 1}},  {4, {2, 3, 4, 5}},  {4, {3, 16, 2, 3}},
                                             {4, {2, 17, 3, 2}}, {4, {17, 6, 2, 2}}, {4, {16, 33, 1, 1}}};
    static const enum ln_format formats[] = {LN_PLAIN, LN_NHWC, LN_NCHW8C, LN_NCHW16C, LN_NCHW16N};
    for (size_t i = 0; i < COUNT(shapes); i++)
        for (size_t j = 0; j < COUNT(formats); j++) reorder_check(&shapes[i], formats[j]);
}

static int create_and_ask(const void *arg) {
    struct ln_dnn *one = NULL;
    struct ln_shape shape = ln_shape_of(2, 17, 3, 4);
    int status = ln_dnn_create(&one);
    if (status == LINNET_OK && !ln_layout_get(one, LN_F32, &shape, LN_NCHW16C)) status = LINNET_ERR_LIMIT;
    ln_dnn_destroy(one);
    return status;
}

static void test_out_of_memory(void **state) {
    assert_true(allocations_fail(create_and_ask, NULL) >= 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interned), cmocka_unit_test(test_facts),         cmocka_unit_test(test_rank),
        cmocka_unit_test(test_reorder),  cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
