/* Sliding windows against a count by hand. */
#include "unit/base/base_test.h"

#include "op/pool.h"
#include "op/window.h"

/* Outputs along one side: windows at 0, stride, 2 stride ... that fit into the padded input; with ceil also
 * those that hang over its end, if they begin before the right padding. */
static int outputs(int in, int kernel, int stride, int padding, int dilation, bool ceil) {
    int count = 0, reach = dilation * (kernel - 1) + 1;
    for (int at = -padding; at < in + padding; at += stride) {
        bool fits = at + reach <= in + padding, hangs_over = ceil && at < in;
        /* the last one that fits may be followed by one that hangs over, not by more */
        bool previous_reached_end = at - stride + reach >= in + padding && at > -padding;
        count += fits || (hangs_over && !previous_reached_end);
    }
    return count;
}

static void test_sizes(void **state) {
    for (int in = 1; in <= 12; in++)
        for (int kernel = 1; kernel <= 5; kernel++)
            for (int stride = 1; stride <= 4; stride++)
                for (int padding = 0; padding <= kernel / 2; padding++)
                    for (int dilation = 1; dilation <= 2; dilation++)
                        for (int ceil = 0; ceil < 2; ceil++) {
                            struct ln_window w = {
                                {kernel, 1}, {stride, 1}, {padding, 0}, {dilation, 1}, ceil};
                            struct ln_shape shape = ln_shape_of(2, 3, in, 4);
                            struct ln_pair out;
                            int missing = dilation * (kernel - 1) + 1 - in - 2 * padding;
                            if (missing > (ceil ? stride - 1 : 0)) {
                                assert_int_equal(ln_window_shape("w", &w, true, &shape, &out),
                                                 LINNET_ERR_USAGE);
                                continue;
                            }
                            assert_int_equal(ln_window_shape("w", &w, true, &shape, &out), LINNET_OK);
                            assert_int_equal(out.h, outputs(in, kernel, stride, padding, dilation, ceil));
                            assert_int_equal(out.w, 4);
                        }
}

/* The span of a window holds exactly its cells inside the input. */
static void test_spans(void **state) {
    int64_t from, to;
    ln_pool_span(0, 2, 1, 3, 8, &from, &to);
    assert_true(from == 0 && to == 2);
    ln_pool_span(3, 2, 1, 3, 8, &from, &to);
    assert_true(from == 5 && to == 8);
    ln_pool_span(4, 2, 1, 3, 8, &from, &to);
    assert_true(from == 7 && to == 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_spans)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
