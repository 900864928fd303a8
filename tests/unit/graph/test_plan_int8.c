/* 8-bit inference: every layer's integers against plain loops over the integers that it read. */
#include "unit/graph/int8_problem.h"

/* All kinds of joins: an identity shortcut; one through a projection, which is signed; a concatenation; poolings; groups; a
 * stride that leaves a remainder; layers that exist only in fp32; two linear layers. */
static const char *const net_joins = "linnet 1\n"
                                     "input 3x21x17\n"
                                     "c1 = conv(input) out=16 kernel=3 padding=1 no_bias\n"
                                     "n1 = batchnorm(c1)\n"
                                     "r1 = relu(n1)\n"
                                     "p1 = maxpool(r1) kernel=3 stride=2 padding=1\n"
                                     "c2 = conv(p1) out=16 kernel=3 padding=1\n"
                                     "n2 = batchnorm(c2)\n"
                                     "r2 = relu(n2)\n"
                                     "c3 = conv(r2) out=16 kernel=3 padding=1 no_bias\n"
                                     "n3 = batchnorm(c3)\n"
                                     "s1 = add(n3 p1)\n"
                                     "r3 = relu(s1)\n"
                                     "c4 = conv(r3) out=24 kernel=3 stride=2 padding=1\n"
                                     "r4 = relu6(c4)\n"
                                     "c5 = conv(r4) out=24 kernel=3 padding=1 groups=3\n"
                                     "c6 = conv(r3) out=24 kernel=1 stride=2\n"
                                     "s2 = add(c5 c6)\n"
                                     "r5 = relu(s2)\n"
                                     "a1 = conv(r5) out=8 kernel=1\n"
                                     "a2 = conv(r5) out=12 kernel=3x1 padding=1x0\n"
                                     "a3 = maxpool(r5) kernel=3 stride=1 padding=1\n"
                                     "j1 = concat(a1 a2 a3)\n"
                                     "p2 = maxpool(j1) kernel=2 ceil\n"
                                     "c7 = conv(p2) out=20 kernel=1\n"
                                     "t1 = tanh(c7)\n"
                                     "c8 = conv(t1) out=32 kernel=1\n"
                                     "r8 = relu(c8)\n"
                                     "f = flatten(r8)\n"
                                     "d = dropout(f)\n"
                                     "l1 = linear(d) out=40\n"
                                     "r9 = relu(l1)\n"
                                     "l2 = linear(r9) out=10\n"
                                     "output l2\n";

static const char *const net_plain_linear = "linnet 1\n"
                                            "input 2x3x3\n"
                                            "f = flatten(input)\n"
                                            "l1 = linear(f) out=33\n"
                                            "r1 = relu(l1)\n"
                                            "l2 = linear(r1) out=7\n"
                                            "output l2\n";

/* ---- the reference ------------------------------------------------------------------------------------------ */

struct layer {
    const struct ln_plan *plan;
    const struct ln_plan_node *n;
    const struct ln_quant *q;
    float *const *params;
    const float *x, *added;
    int64_t row, k; /* weights in a row; index of the row */
};

/* Weight i of the row after rounding: to 8 bits with VNNI, else to 7. If oneDNN halves the weights itself, their 7 bits are not
 * known exactly: the 8-bit value is then within slack_of(). */
static double weight_of(const struct layer *l, int64_t i) {
    const int param = l->n->node.first_param;
    const double scale = (double)l->q->weights[param][l->k], w = (double)l->params[param][l->k * l->row + i];
    const bool halved = l->n->node.op == &ln_op_conv && l->n->prep.dtype == LN_I8;
    if (ln_dnn_has_vnni() || halved) return rint(w / scale) * scale;
    return fmin(fmax(rint(rint(w / scale) / 2), -LN_INT8_NARROW), LN_INT8_NARROW) * 2 * scale;
}

/* f((sum + bias) s + t + added): the real number that the layer's integer stands for. */
static double finish(const struct layer *l, double sum, int64_t at) {
    const struct ln_plan_node *n = l->n;
    const struct ln_epilogue *e = &n->prep.epilogue;
    double y = sum + (n->node.params > 1 ? (double)l->params[n->node.first_param + 1][l->k] : 0);
    if (e->norm) {
        float *const *p = l->params + n->fusion.norm_param;
        y = (y - (double)p[LN_NORM_MEAN][l->k]) / sqrt((double)p[LN_NORM_VARIANCE][l->k] + e->eps) *
                (double)p[LN_NORM_WEIGHT][l->k] +
            (double)p[LN_NORM_BIAS][l->k];
    }
    if (l->added) y += (double)l->added[at];
    float in = (float)y, out = in;
    if (ln_activation_exists(&e->act)) e->act.forward(&e->act, &in, &out, 1);
    return (double)out;
}

/* For a signed input without VNNI oneDNN halves the weights with a rounding of its own: each may be off by one step. */
static double slack_of(const struct layer *l, double magnitude) {
    const bool halved = l->n->node.op == &ln_op_conv && l->n->prep.dtype == LN_I8 && !ln_dnn_has_vnni();
    return halved ? magnitude * (double)l->q->weights[l->n->node.first_param][l->k] : 0;
}

static void compare(const struct layer *l, double want, double slack, float got, int64_t at) {
    const struct ln_prep_int8 *p = &l->n->prep.int8;
    const double scale = p->out == LN_F32 ? 1e-4 : (double)p->out_scale;
    if (p->out != LN_F32) {
        const double low = p->out == LN_U8 ? 0 : -128 * scale, high = (p->out == LN_U8 ? 255 : 127) * scale;
        want = fmin(fmax(want, low), high);
    }
    if (!(fabs(want - (double)got) <= (p->out == LN_F32 ? scale * (1 + fabs(want)) : 0.502 * scale) + slack))
        fail_msg("%s: number %lld is %g, the loops give %g (scale %g)", l->n->node.name, (long long)at,
                 (double)got, want, scale);
}

static double sum_of_window(const struct layer *l, const struct ln_conv_attrs *a, int64_t image, int64_t p,
                            int64_t q, double *magnitude) {
    const struct ln_shape *in = &l->n->prep.in[0]->shape;
    const int64_t channels = in->dim[1] / a->groups, first = l->k / (a->out / a->groups) * channels;
    double sum = *magnitude = 0;
    for (int64_t c = 0; c < channels; c++)
        for (int r = 0; r < a->kernel.h; r++)
            for (int s = 0; s < a->kernel.w; s++) {
                const int64_t y = p * a->stride.h - a->padding.h + r * a->dilation.h,
                              x = q * a->stride.w - a->padding.w + s * a->dilation.w;
                if (y < 0 || x < 0 || y >= in->dim[2] || x >= in->dim[3]) continue;
                const double v =
                    (double)l->x[((image * in->dim[1] + first + c) * in->dim[2] + y) * in->dim[3] + x];
                sum += v * weight_of(l, (c * a->kernel.h + r) * a->kernel.w + s);
                *magnitude += fabs(v);
            }
    return sum;
}

static void check_conv(struct layer *l, const float *got) {
    const struct ln_conv_attrs *a = l->n->prep.attrs;
    const struct ln_shape *out = &l->n->prep.out_shape;
    int64_t at = 0;
    for (int64_t i = 0; i < out->dim[0]; i++)
        for (l->k = 0; l->k < out->dim[1]; l->k++)
            for (int64_t p = 0; p < out->dim[2]; p++)
                for (int64_t q = 0; q < out->dim[3]; q++, at++) {
                    double magnitude, sum = sum_of_window(l, a, i, p, q, &magnitude);
                    compare(l, finish(l, sum, at), slack_of(l, magnitude), got[at], at);
                }
}

static void check_linear(struct layer *l, const float *got) {
    const struct ln_shape *out = &l->n->prep.out_shape;
    for (int64_t i = 0, at = 0; i < out->dim[0]; i++)
        for (l->k = 0; l->k < out->dim[1]; l->k++, at++) {
            double sum = 0;
            for (int64_t c = 0; c < l->row; c++) sum += (double)l->x[i * l->row + c] * weight_of(l, c);
            compare(l, finish(l, sum, at), 0, got[at], at);
        }
}

/* Returns how many layers with weights ran in 8 bits. */
static int check_layers(const struct ln_plan *plan, const struct ln_quant *q, float *const *params,
                        const struct shown *s) {
    int checked = 0;
    for (int id = 1; id < (int)plan->node_count; id++) {
        const struct ln_plan_node *n = &plan->nodes[id];
        if (!n->graph.active || !n->prep.int8.weight_scales) continue;
        const size_t numbers = numbers_in(n->prep.in[0]);
        float *x = rounded(&q->value[n->node.in[0]], value_of(s, plan, n->node.in[0]), numbers),
              *added = NULL;
        if (n->prep.epilogue.add) {
            const float *other = value_of(s, plan, n->node.in[1]);
            added = n->prep.in[1]->dtype == LN_F32 ? NULL
                                                   : rounded(&q->value[n->node.in[1]], other, s->count[id]);
        }
        struct layer l = {plan, n, q, params, x, added, 0, 0};
        l.row = (int64_t)ln_net_param_size(plan->net, (size_t)n->node.first_param) /
                ln_quant_rows(plan->net, (size_t)n->node.first_param);
        if (n->prep.epilogue.add && !added) l.added = value_of(s, plan, n->node.in[1]);
        (n->node.op == &ln_op_conv ? check_conv : check_linear)(&l, s->value[id]);
        ln_free(added);
        ln_free(x);
        checked++;
    }
    return checked;
}

static void test_all_layers(void **state) {
    struct problem p;
    run(&p, net_joins, NULL);
    assert_int_equal(check_layers(p.plan, p.q, p.params, &p.int8), 12);
    /* unsigned after a rectifier, but signed if a concatenation adds signed values; fp32 around tanh */
    const char *const u8[] = {"r1", "p1", "r2", "r3", "r4", "r8", "r9"};
    for (size_t i = 0; i < COUNT(u8); i++) assert_int_equal(type_of(p.plan, u8[i]), LN_U8);
    const char *const s8[] = {"c6", "r5", "a1", "a3", "j1", "p2"};
    for (size_t i = 0; i < COUNT(s8); i++) assert_int_equal(type_of(p.plan, s8[i]), LN_I8);
    assert_int_equal(type_of(p.plan, "t1"), LN_F32);
    assert_int_equal(type_of(p.plan, "l2"), LN_F32);
    problem_fini(&p);
}

static void test_linear_first(void **state) {
    struct problem p;
    run(&p, net_plain_linear, NULL);
    assert_int_equal(check_layers(p.plan, p.q, p.params, &p.int8), 2);
    problem_fini(&p);
}

/* Layers in fp32 between layers in 8 bits. */
static void test_mixed(void **state) {
    struct problem p;
    run(&p, net_joins, "c1.weight c3.weight a2.weight l2.weight");
    assert_int_equal(check_layers(p.plan, p.q, p.params, &p.int8), 8);
    assert_int_equal(type_of(p.plan, "r1"), LN_F32);
    assert_int_equal(type_of(p.plan, "j1"), LN_I8);
    problem_fini(&p);
}

/* The output of the network is that of fp32, up to rounding. */
static void test_whole(void **state) {
    struct problem p;
    run(&p, net_joins, NULL);
    double error = 0, power = 0;
    const int id = p.net->outputs[0].node;
    for (size_t i = 0; i < p.f32.count[id]; i++) {
        error += pow((double)(p.f32.value[id][i] - p.int8.value[id][i]), 2);
        power += pow((double)p.f32.value[id][i], 2);
    }
    if (!(error < 0.02 * power)) fail_msg("error %g of %g", error, power);
    problem_fini(&p);
}

/* The largest integers everywhere: two of their products do not fit into 16 bits. */
static void test_saturation(void **state) {
    static const char *const text = "linnet 1\n"
                                    "input 8x6x6\n"
                                    "c1 = conv(input) out=16 kernel=3 padding=1\n"
                                    "r1 = relu(c1)\n"
                                    "c2 = conv(r1) out=16 kernel=1\n"
                                    "r2 = relu(c2)\n"
                                    "f = flatten(r2)\n"
                                    "l1 = linear(f) out=5\n"
                                    "output l1\n";
    struct problem p;
    run(&p, text, NULL);
    for (int i = 0; i < 8 * 6 * 6 * BATCH; i++) p.images[i] = 100;
    for (size_t i = 0; i < p.net->param_count; i++) {
        for (size_t k = 0; k < ln_net_param_size(p.net, i); k++) p.params[i][k] = 0.5F;
        if (ln_quant_can(p.net, i)) nets_ok(ln_quant_weights(p.q, p.net, i, p.params[i]));
    }
    for (size_t i = 0; i < p.net->count; i++) p.q->value[i] = (struct ln_quant_value){.scale = 0.5F};
    ln_plan_destroy(p.plan);
    p.plan = plan_of(p.net, p.q);
    set_params(p.plan, p.params);
    ln_plan_watch(p.plan, &(struct ln_plan_watch){keep, &p.int8});
    nets_ok(ln_plan_forward(p.plan, p.images, NULL, 0));
    assert_int_equal(check_layers(p.plan, p.q, p.params, &p.int8), 3);
    problem_fini(&p);
}

static int node_of(const struct ln_net *net, const char *name) {
    int id = 0;
    while (strcmp(net->nodes[id].name, name) != 0) id++;
    return id;
}

/* The sum of two convolutions is computed in fp32 if one of them has no scale. The scales of calibrate() saturate other values
 * at nine tenths of the largest. */
static void test_term_without_scale(void **state) {
    static const char *const text = "linnet 1\n"
                                    "input 8x6x6\n"
                                    "c1 = conv(input) out=16 kernel=3 padding=1\n"
                                    "c2 = conv(input) out=16 kernel=1\n"
                                    "sum = add(c1 c2)\n"
                                    "r1 = relu(sum)\n"
                                    "c3 = conv(r1) out=16 kernel=1\n"
                                    "f = flatten(c3)\n"
                                    "l1 = linear(f) out=5\n"
                                    "output l1\n";
    static const char *const without[] = {"c1", "c2"};
    for (int i = 0; i < 2; i++) {
        struct problem p;
        run(&p, text, NULL);
        const int id = node_of(p.net, "c3");
        const float *want = value_of(&p.f32, p.plan, id);
        p.q->value[node_of(p.net, without[i])].scale = 0;
        ln_plan_destroy(p.plan);
        p.plan = plan_of(p.net, p.q);
        set_params(p.plan, p.params);
        ln_plan_watch(p.plan, &(struct ln_plan_watch){keep, &p.int8});
        nets_ok(ln_plan_forward(p.plan, p.images, NULL, 0));
        const float *got = value_of(&p.int8, p.plan, id);
        float most = 0, off = 0;
        for (size_t k = 0; k < p.f32.count[id]; k++) {
            most = fmaxf(most, fabsf(want[k]));
            off = fmaxf(off, fabsf(want[k] - got[k]));
        }
        if (!(off < 0.15F * most))
            fail_msg("without a scale for %s: off by %g of %g", without[i], (double)off, (double)most);
        problem_fini(&p);
    }
}

/* Constants follow a changed parameter. */
static void test_refresh(void **state) {
    struct problem p;
    run(&p, net_plain_linear, NULL);
    const size_t last = p.net->param_count - 1;
    for (int k = 0; k < 7; k++) p.params[last][k] += 3;
    nets_ok(ln_plan_set_param(p.plan, last, p.params[last]));
    nets_ok(ln_plan_forward(p.plan, p.images, NULL, 0));
    assert_int_equal(check_layers(p.plan, p.q, p.params, &p.int8), 2);
    problem_fini(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_layers), cmocka_unit_test(test_linear_first),
        cmocka_unit_test(test_mixed),      cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_whole),      cmocka_unit_test(test_term_without_scale),
        cmocka_unit_test(test_refresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
