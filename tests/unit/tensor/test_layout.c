/* The view of each format: its sizes, and the position that it gives to each element. */
#include "unit/base/base_test.h"
#include "unit/tensor/place.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct ln_layout layout_of(const struct ln_shape *shape, enum ln_format format) {
    struct ln_layout layout = {.shape = *shape, .dtype = LN_F32, .format = format};
    if (shape->rank == 4) layout.bytes = (size_t)places(format, shape->dim) * sizeof(float);
    return layout;
}

static void test_sizes(void **state) {
    static const struct {
        struct ln_shape shape;
        enum ln_format format;
        struct ln_view view;
    } cases[] = {
        {{4, {2, 17, 3, 5}}, LN_PLAIN, {2, 17, 3, 5, 1, 1}},
        {{4, {2, 17, 3, 5}}, LN_NHWC, {2, 1, 3, 5, 17, 17}},
        {{4, {2, 17, 3, 5}}, LN_NCHW8C, {2, 3, 3, 5, 8, 8}},
        {{4, {2, 17, 3, 5}}, LN_NCHW16C, {2, 2, 3, 5, 16, 16}},
        {{4, {2, 17, 3, 5}}, LN_NCHW16N, {1, 17, 3, 5, 16, 1}},
        {{4, {1, 16, 1, 1}}, LN_NCHW16C, {1, 1, 1, 1, 16, 16}},
        {{2, {3, 10}}, LN_PLAIN, {3, 10, 1, 1, 1, 1}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ln_layout layout = layout_of(&cases[i].shape, cases[i].format);
        struct ln_view view;
        assert_true(ln_layout_view(&layout, &view));
        assert_memory_equal(&view, &cases[i].view, sizeof view);
    }
}

static void test_none(void **state) {
    struct ln_shape line = ln_shape_of(5), image = ln_shape_of(2, 3, 4, 5);
    static const enum ln_format formats[] = {LN_ANY, LN_OTHER, LN_OIHW16I16O};
    struct ln_view view;
    struct ln_layout layout = layout_of(&line, LN_PLAIN);
    assert_false(ln_layout_view(&layout, &view));
    for (size_t i = 0; i < COUNT(formats); i++) {
        layout = layout_of(&image, formats[i]);
        assert_false(ln_layout_view(&layout, &view));
    }
}

/* [images][blocks][h][w][inner] of the view holds each channel's elements where place() says. */
static void elements_check(const struct ln_shape *shape, enum ln_format format) {
    const int64_t *d = shape->dim;
    struct ln_layout layout = layout_of(shape, format);
    struct ln_view v;
    assert_true(ln_layout_view(&layout, &v));
    assert_int_equal(ln_view_planes(&v) * ln_view_plane_size(&v), ln_layout_count(&layout));
    int64_t images = v.inner / v.width; /* side by side in `inner` */
    for (int64_t n = 0; n < d[0]; n++)
        for (int64_t c = 0; c < d[1]; c++)
            for (int64_t pixel = 0; pixel < d[2] * d[3]; pixel++) {
                int64_t plane = n / images * v.blocks + c / v.width,
                        inner = n % images * v.width + c % v.width;
                int64_t at = plane * ln_view_plane_size(&v) + pixel * v.inner + inner;
                assert_int_equal(at, place(format, d, n, c, pixel / d[3], pixel % d[3]));
            }
}

static void test_elements(void **state) {
    static const struct ln_shape shapes[] = {{4, {1, 1, 1, 1}}, {4, {2, 17, 3, 5}}, {4, {33, 8, 2, 1}}};
    static const enum ln_format formats[] = {LN_PLAIN, LN_NHWC, LN_NCHW8C, LN_NCHW16C, LN_NCHW16N};
    for (size_t i = 0; i < COUNT(shapes); i++)
        for (size_t j = 0; j < COUNT(formats); j++) elements_check(&shapes[i], formats[j]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_none),
                                       cmocka_unit_test(test_elements)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
