/* Properties of every activation in the list, including those added later: the derivative is right, and both
 * passes work in place. If f(0) is not 0, the padding channels of a blocked layout must stay zero all the same.
 */
#include "op/activation.h"
#include "op/op_test.h"

#include <math.h>
#include <string.h>

enum { N = 4096 };

/* The op's function, with default attributes. */
static struct ln_activation function_of(const struct ln_op *op, void *attrs) {
    memset(attrs, 0, op->attrs_size);
    assert_int_equal(ln_attr_resolve(op->attrs, attrs, op->name), LINNET_OK);
    struct ln_activation f = ln_op_activation(op, attrs);
    assert_string_equal(f.name, op->name);
    assert_true(ln_activation_exists(&f) && f.backward);
    return f;
}

/* f(x) and f'(x) at N places from -8 to 8. */
static void evaluate(const struct ln_activation *f, float *x, float *y, float *slope) {
    static float one[N];
    for (int i = 0; i < N; i++) {
        x[i] = 16 * ((float)i + 0.37F) / N - 8;
        one[i] = 1;
    }
    f->forward(f, x, y, N);
    f->backward(f, f->by_input ? x : y, one, slope, N);
}

/* Central differences, but not over a kink: there the slopes to both sides differ. */
static void derivative_check(const struct ln_activation *f) {
    static float x[N], y[N], slope[N], side[2][N], value[2][N];
    const float h = 1.0F / 256;
    evaluate(f, x, y, slope);
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < N; i++) side[s][i] = x[i] + (s ? h : -h);
        f->forward(f, side[s], value[s], N);
    }
    for (int i = 0; i < N; i++) {
        double up = ((double)value[1][i] - (double)y[i]) / h, down = ((double)y[i] - (double)value[0][i]) / h;
        if (fabs(up - down) > 0.05) continue;
        if (!(fabs((up + down) / 2 - (double)slope[i]) <= 1e-3))
            fail_msg("%s: at %g the slope is %g, by differences %g", f->name, (double)x[i], (double)slope[i],
                     (up + down) / 2);
    }
}

/* An output may lie over either input. */
static void in_place_check(const struct ln_activation *f) {
    static float x[N], y[N], slope[N], over[N], one[N];
    evaluate(f, x, y, slope);
    memcpy(over, x, sizeof over);
    f->forward(f, over, over, N);
    assert_memory_equal(over, y, sizeof over);
    memcpy(over, f->by_input ? x : y, sizeof over);
    for (int i = 0; i < N; i++) one[i] = 1;
    f->backward(f, over, one, over, N);
    assert_memory_equal(over, slope, sizeof over);
    f->backward(f, f->by_input ? x : y, one, one, N);
    assert_memory_equal(one, slope, sizeof one);
}

/* Any count works, including one smaller than a vector. */
static void counts_check(const struct ln_activation *f) {
    static float x[N], y[N], slope[N], part[64];
    evaluate(f, x, y, slope);
    for (size_t n = 0; n < 40; n++) {
        for (size_t i = 0; i < 64; i++) part[i] = -99;
        f->forward(f, x + 2000, part, n);
        for (size_t i = 0; i < 64; i++)
            if (i < n)
                assert_true(fabsf(part[i] - y[2000 + i]) <= 1e-6F);
            else
                assert_true(part[i] == -99);
    }
}

static void test_list(void **state) {
    int count = 0;
    for (size_t i = 0; ln_op_at(i); i++) {
        const struct ln_op *op = ln_op_at(i);
        assert_int_equal(op->role == LN_ROLE_ACTIVATION, op->activation != NULL);
        if (!op->activation) continue;
        char attrs[256];
        assert_true(op->attrs_size <= sizeof attrs);
        struct ln_activation f = function_of(op, attrs);
        derivative_check(&f);
        in_place_check(&f);
        counts_check(&f);
        count++;
    }
    assert_true(count >= 4);
}

/* ---- f(0) is not 0 ----------------------------------------------------------------------------------- */

/* y = x + 1, the same as adding 1 to the bias. */
static void shift_forward(const struct ln_activation *f, const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] + 1;
}

static void shift_backward(const struct ln_activation *f, const float *y, const float *dy, float *dx,
                           size_t n) {
    for (size_t i = 0; i < n; i++) dx[i] = dy[i];
}

/* The logistic sigmoid, which oneDNN applies for a convolution. */
static void sigmoid_forward(const struct ln_activation *f, const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = 1 / (1 + expf(-x[i]));
}

static void sigmoid_backward(const struct ln_activation *f, const float *y, const float *dy, float *dx,
                             size_t n) {
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * y[i] * (1 - y[i]);
}

static const struct ln_activation shift = {.forward = shift_forward, .backward = shift_backward};
static const struct ln_activation sigmoid = {
    .eltwise = LN_ELTWISE_LOGISTIC, .forward = sigmoid_forward, .backward = sigmoid_backward};
static const struct ln_op op_shift = {.name = "shift", .activation = &shift, LN_ACTIVATION_LAYER};
static const struct ln_op op_sigmoid = {.name = "sigmoid", .activation = &sigmoid, LN_ACTIVATION_LAYER};

enum { BATCH = 3, CHANNELS = 17, CLASSES = 5 };

/* An activation behind a convolution or a normalisation of 17 channels, which leave their last block partly empty. */
struct front {
    bool norm, apart;       /* apart: a dropout that drops nothing keeps the layers apart */
    const struct ln_op *op; /* NULL: no activation; 1 is added to the bias */
};

static struct ln_net *front_net(const struct front *f) {
    struct ln_net *net = ln_net_create(3, 6, 6);
    assert_non_null(net);
    struct ln_value x = ln_layer(net, conv, "first", ln_input(net), .out = 16, .kernel = {1});
    x = ln_layer(net, conv, "c", x, .out = CHANNELS, .kernel = {3}, .no_bias = f->norm);
    if (f->norm) x = ln_layer(net, batchnorm, "b", x);
    if (f->apart) x = ln_layer(net, dropout, "d", x, .p = LINNET_NONE);
    if (f->op) x = ln_net_add(net, f->op, "s", "", &x, 1);
    x = ln_layer(net, flatten, "f", x);
    x = ln_layer(net, linear, "l", x, .out = CLASSES);
    ln_output(net, x);
    assert_int_equal(ln_net_finish(net), LINNET_OK);
    return net;
}

/* The logits before and after a step of gradient descent. The linear layer reads the padding channels too. */
static void front_run(const struct front *f, float logits[2][BATCH * CLASSES]) {
    struct ln_net *net = front_net(f);
    struct ln_plan *plan = NULL;
    float x[BATCH * 3 * 6 * 6], bias[CHANNELS];
    int32_t labels[BATCH] = {0, 3, 1};
    size_t count, at = f->norm ? 4 : 3; /* c.bias, or b.bias */
    assert_int_equal(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = BATCH, .train = true}),
                     LINNET_OK);
    assert_int_equal(ln_plan_init(plan, 5), LINNET_OK);
    assert_int_equal(ln_plan_get_param(plan, at, bias), LINNET_OK);
    for (int i = 0; i < CHANNELS; i++) bias[i] += f->op ? 0 : 1;
    assert_int_equal(ln_plan_set_param(plan, at, bias), LINNET_OK);
    op_fill(x, COUNT(x), 1);
    float *values = ln_plan_values(plan, &count);
    for (int step = 0; step < 2; step++) {
        assert_int_equal(ln_plan_forward(plan, x, labels, 0), LINNET_OK);
        assert_int_equal(ln_plan_backward(plan), LINNET_OK);
        memcpy(logits[step], ln_plan_logits(plan), sizeof logits[step]);
        const float *grads = ln_plan_grads(plan);
        for (size_t i = 0; i < count; i++) values[i] -= 0.1F * grads[i];
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

static void same_check(const struct front *a, const struct front *b) {
    float one[2][BATCH * CLASSES], other[2][BATCH * CLASSES];
    front_run(a, one);
    front_run(b, other);
    for (int step = 0; step < 2; step++)
        for (int i = 0; i < BATCH * CLASSES; i++)
            if (!(fabsf(one[step][i] - other[step][i]) <= 1e-4F))
                fail_msg("%s%s, step %d: logit %d is %g, not %g", a->op->name,
                         a->norm ? " behind a norm" : "", step, i, (double)one[step][i],
                         (double)other[step][i]);
}

static void test_filled_up(void **state) {
    for (int norm = 0; norm < 2; norm++) {
        same_check(&(struct front){.norm = norm, .op = &op_shift}, &(struct front){.norm = norm});
        same_check(&(struct front){.norm = norm, .op = &op_sigmoid},
                   &(struct front){.norm = norm, .op = &op_sigmoid, .apart = true});
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_list), cmocka_unit_test(test_filled_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
