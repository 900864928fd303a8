/* Convolutions by minimal filtering, for every set of instructions that this processor has. */
#include "base/alloc.h"
#include "kernel/conv_winograd.h"
#include "op/conv_problem.h"
#include "op/op_test.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* The largest error, relative to the size of a sum of `terms` random products. Fails if all numbers are
 * zero. */
static double error_of(const struct placed *want, int64_t terms) {
    double worst = 0, largest = 0;
    for (int64_t i = 0; i < want->count; i++) {
        double is = placed_value(want, i), off = fabs(is - want->plain[i]);
        if (!(off <= worst)) worst = off;
        if (fabs(is) > largest) largest = fabs(is);
    }
    assert_true(largest > 0 || isnan(worst));
    return worst / sqrt((double)terms);
}

/* The rounding error of a sum of random terms is some 1e-7, and more for thousands of terms. The
 * transforms multiply it by up to thirty, because they contain powers of the points up to 2^5. */
static const double tolerance = 2e-5;

static void expect(const char *what, const struct ln_winograd_conv *d, const struct placed *want,
                   int64_t terms) {
    double error = error_of(want, terms);
    if (!(error < tolerance))
        fail_msg("%s of %dx%dx%dx%d, %s: off by %g", what, (int)d->n, (int)d->c, (int)d->h, (int)d->w,
                 ln_isa_name(d->isa), error);
}

static void check(const struct ln_winograd_conv *d, int threads) {
    struct conv_problem p;
    omp_set_num_threads(threads);
    conv_problem_make(&p, &(struct conv_size){CONV_SIZE(d), .pad_h = d->pad_h, .pad_w = d->pad_w,
                                              .relu = d->relu, .activations = NCHW16C});
    struct ln_winograd *wino = ln_winograd_create(d);
    assert_non_null(wino);
    void *packed = poisoned(ln_winograd_packed(wino)), *scratch = poisoned(ln_winograd_scratch_forward(wino)),
         *back = poisoned(ln_winograd_scratch_backward(wino));

    ln_winograd_pack(wino, p.w.data, packed);
    ln_winograd_forward(wino, p.x.data, packed, p.b.data, p.y.data, scratch);
    expect("y", d, &p.y, d->c * d->r * d->s);

    ln_winograd_backward_weights(wino, p.x.data, p.dy.data, p.dw.data, p.db.data, back);
    expect("dw", d, &p.dw, d->n * d->p * d->q);
    expect("db", d, &p.db, d->n * d->p * d->q);
    memset(back, 0xff, ln_winograd_scratch_backward(wino));
    ln_winograd_backward_data(wino, p.dy.data, p.w.data, p.dx.data, back);
    expect("dx", d, &p.dx, d->k * d->r * d->s);

    conv_problem_free(&p);
    ln_free(packed);
    ln_free(scratch);
    ln_free(back);
    ln_winograd_destroy(wino);
}

static void check_isas(struct ln_winograd_conv d) {
    d.p = d.h + 2 * d.pad_h - d.r + 1;
    d.q = d.w + 2 * d.pad_w - d.s + 1;
    assert_true(ln_winograd_can(&d));
    for (d.isa = LN_ISA_ANY; d.isa <= ln_cpu_isa(); d.isa++)
        for (int threads = 1; threads <= 3; threads++) {
            d.relu = threads == 2;
            check(&d, threads);
        }
}

static void test_fives(void **state) {
    check_isas((struct ln_winograd_conv){.n = 3, .c = 16, .h = 12, .w = 12, .k = 32, .r = 5, .s = 5});
    check_isas(
        (struct ln_winograd_conv){.n = 1, .c = 16, .h = 5, .w = 5, .k = 16, .r = 5, .s = 5}); /* one output */
    check_isas((struct ln_winograd_conv){.n = 9, .c = 32, .h = 7, .w = 11, .k = 16, .r = 5, .s = 5});
    check_isas((struct ln_winograd_conv){
        .n = 2, .c = 32, .h = 9, .w = 6, .k = 48, .r = 5, .s = 5, .pad_h = 2, .pad_w = 2});
    check_isas((struct ln_winograd_conv){
        .n = 1, .c = 16, .h = 6, .w = 17, .k = 16, .r = 3, .s = 5, .pad_h = 0, .pad_w = 4});
    /* strips */
    check_isas(
        (struct ln_winograd_conv){.n = 1, .c = 48, .h = 41, .w = 38, .k = 16, .r = 5, .s = 5, .pad_h = 1});
}

static void test_threes(void **state) {
    check_isas((struct ln_winograd_conv){
        .n = 2, .c = 16, .h = 14, .w = 14, .k = 32, .r = 3, .s = 3, .pad_h = 1, .pad_w = 1});
    check_isas((struct ln_winograd_conv){.n = 5, .c = 32, .h = 3, .w = 3, .k = 16, .r = 3, .s = 3});
    /* one image: its channels are shared out */
    check_isas((struct ln_winograd_conv){
        .n = 1, .c = 112, .h = 7, .w = 13, .k = 80, .r = 3, .s = 3, .pad_h = 1, .pad_w = 1});
    check_isas((struct ln_winograd_conv){
        .n = 1, .c = 16, .h = 9, .w = 13, .k = 16, .r = 1, .s = 3, .pad_h = 0, .pad_w = 2});
}

static void test_what_it_can(void **state) {
    struct ln_winograd_conv d = {
        .n = 1, .c = 16, .h = 8, .w = 8, .k = 16, .r = 5, .s = 5, .pad_h = 4, .pad_w = 4};
    assert_true(ln_winograd_can(&d));
    d.pad_w = 5;
    assert_false(ln_winograd_can(&d));
    d.pad_w = 0;
    d.c = 8;
    assert_false(ln_winograd_can(&d));
    d.c = 16;
    d.s = 4;
    assert_false(ln_winograd_can(&d));
}

/* A nan passes through the ReLU, and reaches only the tiles that contain it. */
static void test_nan(void **state) {
    struct ln_winograd_conv d = {
        .n = 1, .c = 16, .h = 5, .w = 16, .k = 16, .r = 5, .s = 5, .p = 1, .q = 12, .relu = true};
    struct ln_winograd *w = ln_winograd_create(&d);
    size_t x_count = 16 * 5 * 16, w_count = 16 * 16 * 25;
    float *x = ln_calloc(x_count, sizeof *x), *weights = ln_calloc(w_count, sizeof *weights), y[12 * 16],
          b[16] = {0};
    void *scratch = w ? ln_alloc(ln_winograd_scratch_forward(w)) : NULL,
         *packed = w ? ln_alloc(ln_winograd_packed(w)) : NULL;
    assert_true(x && weights && scratch && packed);
    for (size_t i = 0; i < w_count; i++) weights[i] = 1;
    x[15 * 16] = NAN; /* the last column, which only the last tile reads */
    ln_winograd_pack(w, weights, packed);
    ln_winograd_forward(w, x, packed, b, y, scratch);
    for (int i = 0; i < 8 * 16; i++) assert_true(y[i] == 0);
    assert_true(isnan(y[11 * 16]));
    ln_free(x);
    ln_free(weights);
    ln_free(scratch);
    ln_free(packed);
    ln_winograd_destroy(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fives), cmocka_unit_test(test_threes),
                                       cmocka_unit_test(test_what_it_can), cmocka_unit_test(test_nan)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
