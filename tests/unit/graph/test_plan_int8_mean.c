/* 8-bit inference: average pooling of integers against the mean of the values that they stand for. */
#include "unit/graph/int8_problem.h"

static int products_in_int8(const struct ln_plan *plan) {
    int count = 0;
    for (size_t i = 1; i < plan->node_count; i++)
        count += plan->nodes[i].graph.active && plan->nodes[i].prep.int8.weight_scales != NULL;
    return count;
}

/* Compares with the mean of each channel of each image, over the integers that the layer read. */
static void check_mean(const struct ln_plan_node *n, const struct ln_quant *q, const float *x,
                       const float *got) {
    const int64_t *in = n->prep.in[0]->shape.dim, cells = in[2] * in[3];
    const int id = n->node.in[0];
    const double step = n->prep.int8.out == LN_F32 ? 0 : (double)n->prep.int8.out_scale;
    float *whole = rounded(&q->value[id], x, numbers_in(n->prep.in[0]));
    for (int64_t i = 0; i < in[0] * in[1]; i++) {
        double sum = 0;
        for (int64_t k = 0; k < cells; k++) sum += (double)whole[i * cells + k];
        const bool is_u8 = n->prep.int8.out == LN_U8;
        double want = sum / (double)cells;
        if (step > 0) want = fmin(fmax(want, (is_u8 ? 0 : -128) * step), (is_u8 ? 255 : 127) * step);
        if (!(fabs(want - (double)got[i]) <= 0.501 * step + 1e-5 * (1 + fabs(want))))
            fail_msg("%s: mean %lld is %g, not %g", n->node.name, (long long)i, (double)got[i], want);
    }
    ln_free(whole);
}

/* Average pooling between layers in 8 bits: over the whole image, rounded for the linear layer or left in fp32, unsigned and
 * signed. After a layer in fp32, the pooling runs in fp32. */
static void test_mean(void **state) {
    static const char *const format = "linnet 1\n"
                                      "input 3x9x7\n"
                                      "c1 = conv(input) out=80 kernel=3\n"
                                      "%s"
                                      "m1 = adaptive_avgpool(%s) out=1\n"
                                      "f = flatten(m1)\n"
                                      "l1 = linear(f) out=5\n"
                                      "output l1\n";
    for (int rectified = 0; rectified < 2; rectified++)
        for (int fc = 0; fc < 2; fc++) {
            char text[512];
            snprintf(text, sizeof text, format, rectified ? "r1 = relu(c1)\n" : "", rectified ? "r1" : "c1");
            struct problem p;
            run(&p, text, fc ? NULL : "l1.weight");
            assert_int_equal(products_in_int8(p.plan), fc ? 2 : 1);
            const enum ln_dtype eight = rectified ? LN_U8 : LN_I8;
            assert_int_equal(type_of(p.plan, rectified ? "r1" : "c1"), eight);
            for (int id = 1; id < (int)p.plan->node_count; id++) {
                const struct ln_plan_node *n = &p.plan->nodes[id];
                if (!n->graph.active || n->node.op != &ln_op_adaptive_avgpool) continue;
                assert_int_equal(n->value.layout->dtype, fc ? eight : LN_F32);
                check_mean(n, p.q, value_of(&p.int8, p.plan, n->node.in[0]), p.int8.value[id]);
            }
            problem_fini(&p);
            run(&p, text, "c1.weight");
            assert_int_equal(type_of(p.plan, "m1"), LN_F32);
            problem_fini(&p);
        }
}

/* Overlapping windows, some over concatenated values, with padding that counts and padding that does not. */
static void test_mean_windows(void **state) {
    static const char *const text = "linnet 1\n"
                                    "input 3x11x9\n"
                                    "c1 = conv(input) out=16 kernel=3 padding=1\n"
                                    "r1 = relu(c1)\n"
                                    "c2 = conv(r1) out=24 kernel=1\n"
                                    "r2 = relu(c2)\n"
                                    "j = concat(r1 r2)\n"
                                    "m1 = avgpool(j) kernel=3 stride=2 padding=1\n"
                                    "c3 = conv(m1) out=8 kernel=1\n"
                                    "r3 = relu(c3)\n"
                                    "m2 = avgpool(r3) kernel=2 stride=1 padding=1 exclude_pad\n"
                                    "c4 = conv(m2) out=8 kernel=1\n"
                                    "m3 = adaptive_avgpool(c4) out=2x3\n"
                                    "f = flatten(m3)\n"
                                    "l1 = linear(f) out=4\n"
                                    "output l1\n";
    struct problem p;
    run(&p, text, "l1.weight");
    assert_int_equal(products_in_int8(p.plan), 4);
    assert_int_equal(type_of(p.plan, "j"), LN_U8);
    assert_int_equal(type_of(p.plan, "m1"), LN_U8);
    assert_int_equal(type_of(p.plan, "m2"), LN_U8);
    assert_int_equal(type_of(p.plan, "c4"), LN_I8);
    assert_int_equal(type_of(p.plan, "m3"), LN_F32);
    double error = 0, power = 0;
    const int id = p.net->outputs[0].node;
    for (size_t i = 0; i < p.f32.count[id]; i++) {
        error += pow((double)(p.f32.value[id][i] - p.int8.value[id][i]), 2);
        power += pow((double)p.f32.value[id][i], 2);
    }
    if (!(error < 0.02 * power)) fail_msg("error %g of %g", error, power);
    problem_fini(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_mean_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
