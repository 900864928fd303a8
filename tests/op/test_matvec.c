/* Products with a few rows: against sums in double precision, at sizes that are no multiple of a vector; and in
 * an inference plan, against a training plan, which runs oneDNN's. */
#include "base/alloc.h"
#include "kernel/matvec.h"
#include "op/op_test.h"
#include "tensor/bf16.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Limits of the kernels' error, relative to the sum of the terms' absolute values. A result stored as bf16 has
 * eight bits. */
static const double tolerance = 1e-6, tolerance_bf16 = 0x1p-8;

struct problem {
    struct ln_matvec m;
    bool bias;
    void *x, *w, *y;
    float *b;
};

/* Numbers in [-1, 1) of either type. */
static void *numbers(int64_t count, uint32_t stream, bool bf16) {
    float *data = ln_calloc((size_t)count, sizeof *data);
    assert_non_null(data);
    op_fill(data, (size_t)count, stream);
    if (bf16)
        for (int64_t i = 0; i < count; i++)
            ln_put(data, i, data[i], true); /* in place: never overwrites a float that is still to be read */
    return data;
}

static void problem_init(struct problem *p) {
    p->x = numbers(p->m.n * p->m.c, 1, p->m.bf16);
    p->w = numbers(p->m.k * p->m.c, 2, p->m.bf16);
    p->y = numbers(p->m.n * p->m.k, 3, p->m.bf16 && !p->m.wide);
    p->b = numbers(p->m.k, 4, false);
}

static void problem_fini(struct problem *p) {
    ln_free(p->x);
    ln_free(p->w);
    ln_free(p->y);
    ln_free(p->b);
}

static void expect_one(const struct problem *p, int64_t i, int64_t k) {
    const struct ln_matvec *m = &p->m;
    bool narrow = m->bf16 && !m->wide;
    double want = p->bias ? (double)p->b[k] : 0, size = fabs(want);
    for (int64_t c = 0; c < m->c; c++) {
        double term =
            (double)ln_get(p->x, i * m->c + c, m->bf16) * (double)ln_get(p->w, k * m->c + c, m->bf16);
        want += term;
        size += fabs(term);
    }
    if (m->relu && want < 0) want = 0;
    double is = ln_get(p->y, i * m->k + k, narrow), within = size * tolerance;
    if (narrow) within += fabs(want) * tolerance_bf16;
    if (!(fabs(is - want) <= within))
        fail_msg("%dx%d by %d, bf16 %d: y[%d][%d] is %g, not %g", (int)m->n, (int)m->c, (int)m->k, m->bf16,
                 (int)i, (int)k, is, want);
}

static void check(struct problem p) {
    const struct ln_matvec *m = &p.m;
    size_t bytes = (size_t)(m->n * m->k) * (m->bf16 && !m->wide ? sizeof(ln_bf16) : sizeof(float));
    problem_init(&p);
    omp_set_num_threads(1);
    ln_matvec_run(m, p.x, p.w, p.bias ? p.b : NULL, p.y);
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t k = 0; k < m->k; k++) expect_one(&p, i, k);
    void *alone = ln_alloc(bytes);
    assert_non_null(alone);
    memcpy(alone, p.y, bytes);
    memset(p.y, 0xff, bytes);
    omp_set_num_threads(3);
    ln_matvec_run(m, p.x, p.w, p.bias ? p.b : NULL, p.y);
    assert_memory_equal(p.y, alone, bytes);
    ln_free(alone);
    problem_fini(&p);
}

static void test_sizes(void **state) {
    static const int64_t columns[] = {1, 15, 16, 17, 31, 32, 33, 100}, rows[] = {1, 3, 4, 5, 18};
    for (size_t c = 0; c < COUNT(columns); c++)
        for (size_t k = 0; k < COUNT(rows); k++)
            for (int n = 1; n <= LN_MATVEC_MOST; n++)
                for (int kind = 0; kind < 3; kind++)
                    check((struct problem){.m = {.n = n,
                                                 .c = columns[c],
                                                 .k = rows[k],
                                                 .bf16 = kind > 0,
                                                 .wide = kind > 1,
                                                 .relu = (c + k) % 2},
                                           .bias = (c + k) % 3 > 0});
}

/* Large enough for several threads, whose shares end at any row. */
static void test_threads(void **state) {
    for (int bf16 = 0; bf16 < 2; bf16++)
        check((struct problem){.m = {.n = 2, .c = 1003, .k = 203, .bf16 = bf16}, .bias = true});
}

static void test_nan(void **state) {
    float x[3] = {1, NAN, 2}, w[3] = {1, 1, 1}, y = 0;
    ln_matvec_run(&(struct ln_matvec){.n = 1, .c = 3, .k = 1, .relu = true}, x, w, NULL, &y);
    assert_true(isnan(y));
}

/* ---- in a plan ----------------------------------------------------------------------------------------- */

static struct ln_plan *plan_of(const struct ln_net *net, int batch, bool train, enum ln_dtype dtype) {
    struct ln_plan *plan = NULL;
    struct ln_plan_opts opts = {.batch = batch, .train = train, .no_loss = train, .dtype = dtype};
    if (ln_plan_create(&plan, net, &opts) != LINNET_OK) fail_msg("%s", ln_error_line());
    assert_int_equal(ln_plan_init(plan, 1), LINNET_OK);
    op_front_set(plan);
    return plan;
}

static bool has_own(const struct ln_plan *plan) {
    for (size_t i = 0; i < ln_plan_steps(plan); i++) {
        struct ln_plan_row row = ln_plan_row(plan, i);
        if (strcmp(row.layer, "layer") == 0 && strcmp(row.impl, "own") == 0) return true;
    }
    return false;
}

/* Both plans give the same logits for the same parameters and images, whether the columns are permuted or not. */
static void check_plans(const struct ln_net *net, int batch, enum ln_dtype dtype) {
    enum { IN = 5 * 24 * 3 * 5, OUT = 37 };
    float x[IN];
    op_fill(x, IN, 1);
    struct ln_plan *train = plan_of(net, batch, true, dtype), *infer = plan_of(net, batch, false, dtype);
    assert_int_equal(has_own(infer), batch <= LN_MATVEC_MOST);
    assert_false(has_own(train));
    assert_int_equal(ln_plan_forward(train, x, NULL, 0), LINNET_OK);
    assert_int_equal(ln_plan_forward(infer, x, NULL, 0), LINNET_OK);
    for (int i = 0; i < batch * OUT; i++) {
        double want = (double)ln_plan_logits(train)[i], is = (double)ln_plan_logits(infer)[i];
        assert_true(fabs(is - want) <= (dtype == LN_BF16 ? 0x1p-7 : 1e-5) * (1 + fabs(want)));
    }
    ln_plan_destroy(infer);
    ln_plan_destroy(train);
}

static void test_plans(void **state) {
    const struct ln_linear_attrs linear = {.out = 37};
    const struct ln_conv_attrs covers = {
        .out = 37, .kernel = {3, 5}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 1};
    for (int kind = 0; kind < 8; kind++) {
        bool front = kind & 1, conv = kind & 2;
        enum ln_dtype dtype = kind & 4 ? LN_BF16 : LN_F32;
        if (dtype == LN_BF16 && !ln_dnn_has_bf16()) continue;
        struct op_case c = {{0, 24, 3, 5}, conv ? (const void *)&covers : &linear};
        struct ln_net *net = op_net(conv ? &ln_op_conv : &ln_op_linear, !conv, &c, front);
        for (int batch = 1; batch <= 5; batch += 2) check_plans(net, batch, dtype);
        ln_net_destroy(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
