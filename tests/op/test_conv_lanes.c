/* The kernels with the batch in the lanes, for every set of instructions that this processor has. */
#include "base/alloc.h"
#include "kernel/conv_lanes.h"
#include "op/conv_problem.h"
#include "op/op_test.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* Tolerance for a sum of `terms` products of numbers below 1, each of which is rounded once. */
static void compare(const struct placed *want, int64_t terms) {
    for (int64_t i = 0; i < want->count; i++) {
        double is = placed_value(want, i);
        if (!(fabs(is - want->plain[i]) <= 6e-8 * (double)terms))
            fail_msg("%d: %.9g, not %.9g", (int)i, is, want->plain[i]);
    }
}

static void check(const struct ln_lanes_conv *d, int threads) {
    struct conv_problem p;
    omp_set_num_threads(threads);
    conv_problem_make(&p, &(struct conv_size){CONV_SIZE(d), .relu = d->relu, .activations = NCHW16N});
    struct ln_lanes *l = ln_lanes_create(d);
    assert_non_null(l);
    void *scratch = poisoned(ln_lanes_scratch(l));

    ln_lanes_forward(l, p.x.data, p.w.data, p.b.data, p.y.data, scratch);
    compare(&p.y, d->c * d->r * d->s + 1);

    ln_lanes_backward_weights(l, p.x.data, p.dy.data, p.dw.data, p.db.data, scratch);
    ln_lanes_backward_data(l, p.dy.data, p.w.data, p.dx.data, scratch);
    compare(&p.dx, d->k * d->r * d->s);
    compare(&p.dw, d->n * d->p * d->q);
    compare(&p.db, d->n * d->p * d->q);

    conv_problem_free(&p);
    ln_free(scratch);
    ln_lanes_destroy(l);
}

static void check_isas(int64_t n, int64_t c, int64_t h, int64_t w, int64_t k, int64_t r, int64_t s) {
    for (enum ln_isa isa = LN_ISA_ANY; isa <= ln_cpu_isa(); isa++)
        for (int threads = 1; threads <= 3; threads++)
            check(&(struct ln_lanes_conv){n, c, h, w, k, r, s, h - r + 1, w - s + 1, threads == 2, isa},
                  threads);
}

static void test_shapes(void **state) {
    check_isas(16, 1, 1, 1, 1, 1, 1);
    check_isas(16, 1, 12, 11, 6, 5, 5);
    check_isas(32, 6, 9, 7, 16, 5, 5);
    check_isas(16, 3, 5, 9, 7, 5, 2); /* one row */
    check_isas(48, 2, 21, 5, 13, 3, 4);
    check_isas(16, 17, 6, 6, 17, 1, 3);
    check_isas(16, 9, 3, 19, 8, 2, 1);
}

/* The ReLU passes a nan on. */
static void test_nan(void **state) {
    struct ln_lanes *l =
        ln_lanes_create(&(struct ln_lanes_conv){.n = 16, 1, 1, 1, 1, 1, 1, .p = 1, .q = 1, .relu = true});
    assert_non_null(l);
    float x[16], y[16], w = 1, b = 0, *scratch = ln_alloc(ln_lanes_scratch(l));
    assert_non_null(scratch);
    for (int i = 0; i < 16; i++) x[i] = i == 3 ? NAN : (float)(i - 8);
    ln_lanes_forward(l, x, &w, &b, y, scratch);
    for (int i = 0; i < 16; i++) assert_true(i == 3 ? isnan(y[i]) : y[i] == (i > 8 ? (float)(i - 8) : 0));
    ln_free(scratch);
    ln_lanes_destroy(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shapes), cmocka_unit_test(test_nan)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
