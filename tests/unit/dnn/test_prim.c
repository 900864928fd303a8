/* Primitives: creating, querying and running them. Unsupported requests are errors instead of crashes. */
#include "unit/base/base_test.h"

#include "dnn/dnn.h"
#include <math.h>

static struct ln_dnn *dnn;

static int create(void **state) {
    return ln_dnn_create(&dnn);
}

static int destroy(void **state) {
    ln_dnn_destroy(dnn);
    return 0;
}

static void ok(int status) {
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
}

/* One channel of 4x4 and one 3x3 kernel give 2x2. */
static struct ln_conv_desc small_conv(void) {
    const struct ln_shape src = ln_shape_of(1, 1, 4, 4), weights = ln_shape_of(1, 1, 3, 3),
                          dst = ln_shape_of(1, 1, 2, 2);
    return (struct ln_conv_desc){.src = src,
                                 .weights = weights,
                                 .dst = dst,
                                 .src_layout = ln_layout_get(dnn, LN_F32, &src, LN_PLAIN),
                                 .weights_layout = ln_layout_get(dnn, LN_F32, &weights, LN_PLAIN),
                                 .dst_layout = ln_layout_get(dnn, LN_F32, &dst, LN_PLAIN),
                                 .stride = {1, 1},
                                 .dilation = {1, 1},
                                 .bias = true,
                                 .train = true};
}

static void run(struct ln_prim *prim, void *data[LN_ARGS]) {
    void *scratch = malloc(ln_prim_scratch(prim) + 1);
    data[LN_ARG_SCRATCH] = scratch;
    ok(ln_prim_run(prim, data));
    free(scratch);
}

/* The sums of the 3x3 windows of 0 .. 15, plus a bias. */
static void test_conv(void **state) {
    struct ln_conv_desc d = small_conv();
    struct ln_prim *forward = NULL;
    float x[16], w[9], b[1] = {-50}, y[4];
    static const float sums[4] = {45, 54, 81, 90};
    for (int i = 0; i < 16; i++) x[i] = (float)i;
    for (int i = 0; i < 9; i++) w[i] = 1;
    static const struct ln_activation rectifier = {.eltwise = LN_ELTWISE_RELU};
    for (int relu = 0; relu < 2; relu++) {
        d.act = relu ? &rectifier : NULL;
        ok(ln_prim_conv(dnn, LN_FORWARD, &d, &forward));
        assert_ptr_equal(ln_prim_layout(forward, LN_ARG_SRC), d.src_layout);
        assert_ptr_equal(ln_prim_layout(forward, LN_ARG_DST), d.dst_layout);
        assert_non_null(ln_prim_layout(forward, LN_ARG_BIAS));
        assert_null(ln_prim_layout(forward, LN_ARG_DSRC));
        assert_true(strlen(ln_prim_impl(forward)) > 0);
        run(forward,
            (void *[LN_ARGS]){[LN_ARG_SRC] = x, [LN_ARG_WEIGHTS] = w, [LN_ARG_BIAS] = b, [LN_ARG_DST] = y});
        for (int i = 0; i < 4; i++) assert_true(y[i] == (relu && sums[i] < 50 ? 0 : sums[i] - 50));
        ln_prim_destroy(forward);
    }
}

static void test_conv_backward(void **state) {
    struct ln_conv_desc d = small_conv();
    struct ln_prim *forward = NULL, *data = NULL, *weights = NULL;
    float x[16], w[9], dy[4] = {1, 0, 0, 2}, dx[16], dw[9], db[1];
    for (int i = 0; i < 16; i++) x[i] = (float)i;
    for (int i = 0; i < 9; i++) w[i] = (float)(i + 1);
    ok(ln_prim_conv(dnn, LN_FORWARD, &d, &forward));
    d.forward = forward;
    ok(ln_prim_conv(dnn, LN_BACKWARD_DATA, &d, &data));
    ok(ln_prim_conv(dnn, LN_BACKWARD_WEIGHTS, &d, &weights));
    run(data, (void *[LN_ARGS]){[LN_ARG_WEIGHTS] = w, [LN_ARG_DDST] = dy, [LN_ARG_DSRC] = dx});
    assert_true(dx[0] == 1 && dx[3] == 0 && dx[5] == 5 + 2 && dx[15] == 18);
    run(weights,
        (void *[LN_ARGS]){[LN_ARG_SRC] = x, [LN_ARG_DDST] = dy, [LN_ARG_DWEIGHTS] = dw, [LN_ARG_DBIAS] = db});
    assert_true(db[0] == 3 && dw[0] == 0 + 2 * 5 && dw[8] == 10 + 2 * 15);
    ln_prim_destroy(forward);
    ln_prim_destroy(data);
    ln_prim_destroy(weights);
    ln_prim_destroy(NULL);
}

static void test_linear(void **state) {
    static const struct ln_activation rectifier = {.eltwise = LN_ELTWISE_RELU};
    struct ln_linear_desc d = {.n = 2, .c = 3, .k = 2, .bias = true, .train = true, .act = &rectifier};
    struct ln_shape weights = ln_shape_of(2, 3);
    d.weights_layout = ln_layout_get(dnn, LN_F32, &weights, LN_PLAIN);
    struct ln_prim *forward = NULL;
    float x[6] = {1, 2, 3, -1, 0, 1}, w[6] = {1, 1, 1, 0, -1, 0}, b[2] = {0.5F, 1}, y[4];
    ok(ln_prim_linear(dnn, LN_FORWARD, &d, &forward));
    run(forward,
        (void *[LN_ARGS]){[LN_ARG_SRC] = x, [LN_ARG_WEIGHTS] = w, [LN_ARG_BIAS] = b, [LN_ARG_DST] = y});
    assert_true(y[0] == 6.5F && y[1] == 0 && y[2] == 0.5F && y[3] == 1);
    ln_prim_destroy(forward);
}

/* Sizes that contradict each other are refused. */
static void test_refused(void **state) {
    struct ln_conv_desc d = small_conv();
    struct ln_prim *prim = NULL;
    d.dst = ln_shape_of(1, 1, 3, 3);
    d.dst_layout = NULL;
    assert_failure(ln_prim_conv(dnn, LN_FORWARD, &d, &prim), LINNET_ERR_INTERNAL, "dnn-status",
                   "convolution");
    assert_null(prim);
}

/* One primitive runs on several addresses. */
static void test_addresses(void **state) {
    struct ln_shape shape = ln_shape_of(1, 3, 2, 2);
    const struct ln_layout *plain = ln_layout_get(dnn, LN_F32, &shape, LN_PLAIN);
    const struct ln_layout *blocked = ln_layout_get(dnn, LN_F32, &shape, LN_NCHW16C);
    struct ln_prim *prim = NULL;
    float x[2][12], y[2][64];
    ok(ln_prim_reorder(dnn, plain, blocked, &prim));
    for (int round = 0; round < 4; round++) {
        int side = round % 2;
        for (int i = 0; i < 12; i++) x[side][i] = (float)(100 * round + i);
        memset(y[side], 0xff, sizeof y[side]);
        run(prim, (void *[LN_ARGS]){[LN_ARG_SRC] = x[side], [LN_ARG_DST] = y[side]});
        for (int i = 0; i < 64; i++)
            assert_true(y[side][i] == (i % 16 < 3 ? x[side][i % 16 * 4 + i / 16] : 0));
    }
    ln_prim_destroy(prim);
}

static void test_version(void **state) {
    char version[32];
    int major = 0, minor = -1, patch = -1;
    ln_dnn_version(version, sizeof version);
    assert_int_equal(sscanf(version, "%d.%d.%d", &major, &minor, &patch), 3);
    assert_true(major >= 2 && minor >= 0 && patch >= 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv),    cmocka_unit_test(test_conv_backward), cmocka_unit_test(test_linear),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_addresses),     cmocka_unit_test(test_version),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
