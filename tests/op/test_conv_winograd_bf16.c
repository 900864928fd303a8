/* Convolutions of bf16 by minimal filtering, where this processor has the instructions. */
#include "base/alloc.h"
#include "base/cpu.h"
#include "kernel/conv_winograd_bf16.h"
#include "op/conv_problem.h"
#include "op/op_test.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* Skips the test on a processor without the instructions. On the others the kernel must support d. */
static void need_bf16(const struct ln_winograd_conv *d) {
    if (!ln_cpu_has_bf16()) {
        print_message("skipped: bf16, this processor has no instructions for it\n");
        skip();
    }
    assert_true(ln_winograd_bf16_can(d));
}

/* The error of all numbers together (in norm) is what rounding the factors gives, some 5e-3. The largest
 * error of one number has a limit of its own, because one wrong number among thousands does not show in
 * the norm. */
static void expect(const char *what, const struct ln_winograd_conv *d, const struct placed *want,
                   double tolerance) {
    double off = 0, size = 0, worst = 0;
    for (int64_t i = 0; i < want->count; i++) {
        double error = placed_value(want, i) - want->plain[i];
        off += error * error;
        size += want->plain[i] * want->plain[i];
        if (!(fabs(error) <= worst)) worst = fabs(error);
    }
    double norm = sqrt(off / size), most = worst / sqrt(size / (double)want->count);
    if (!(norm < tolerance && most < 8 * tolerance))
        fail_msg("%s of %dx%dx%dx%d: off by %g in norm, by %g at most", what, (int)d->n, (int)d->c, (int)d->h,
                 (int)d->w, norm, most);
}

static struct conv_size size_of(const struct ln_winograd_conv *d) {
    return (struct conv_size){CONV_SIZE(d),          .pad_h = d->pad_h,
                              .pad_w = d->pad_w,     .sum = d->sum,
                              .relu = d->relu,       .activations = d->nhwc ? NHWC : NCHW16C,
                              .weights = OIHW16I16O, .bf16 = true};
}

static void check(const struct ln_winograd_conv *d, int threads) {
    struct conv_problem p;
    const struct conv_size size = size_of(d);
    omp_set_num_threads(threads);
    conv_problem_make(&p, &size);
    struct ln_winograd_bf16 *wino = ln_winograd_bf16_create(d);
    assert_non_null(wino);
    void *packed = poisoned(ln_winograd_bf16_packed(wino)),
         *scratch = poisoned(ln_winograd_bf16_scratch_forward(wino)),
         *back = poisoned(ln_winograd_bf16_scratch_backward(wino));

    ln_winograd_bf16_pack(wino, p.w.data, packed);
    ln_winograd_bf16_forward(wino, p.x.data, packed, p.b.data, p.y.data, scratch);
    expect("y", d, &p.y, 8e-3);

    ln_winograd_bf16_backward_weights(wino, p.x.data, p.dy.data, p.dw.data, p.db.data, back);
    expect("dw", d, &p.dw, 8e-3);
    expect("db", d, &p.db, 1e-5);
    memset(back, 0xff, ln_winograd_bf16_scratch_backward(wino));
    ln_winograd_bf16_backward_data(wino, p.dy.data, p.w.data, p.dx.data, back);
    expect("dx", d, &p.dx, 8e-3);

    conv_problem_free(&p);
    ln_free(packed);
    ln_free(scratch);
    ln_free(back);
    ln_winograd_bf16_destroy(wino);
}

static void check_threads(struct ln_winograd_conv d) {
    d.r = d.s = 3;
    d.p = d.h + 2 * d.pad_h - 2;
    d.q = d.w + 2 * d.pad_w - 2;
    need_bf16(&d);
    for (int threads = 1; threads <= 3; threads++) {
        d.relu = threads == 2;
        d.sum = threads > 1;
        d.nhwc = threads > 2;
        check(&d, threads);
    }
}

static void test_sizes(void **state) {
    check_threads(
        (struct ln_winograd_conv){.n = 2, .c = 32, .h = 14, .w = 14, .k = 64, .pad_h = 1, .pad_w = 1});
    check_threads(
        (struct ln_winograd_conv){.n = 3, .c = 48, .h = 7, .w = 11, .k = 16, .pad_h = 1, .pad_w = 1});
    check_threads(
        (struct ln_winograd_conv){.n = 1, .c = 16, .h = 9, .w = 3, .k = 96, .pad_h = 2, .pad_w = 0});
    check_threads(
        (struct ln_winograd_conv){.n = 5, .c = 16, .h = 3, .w = 6, .k = 48, .pad_h = 0, .pad_w = 2});
    check_threads(
        (struct ln_winograd_conv){.n = 4, .c = 32, .h = 8, .w = 16, .k = 32, .pad_h = 1, .pad_w = 1});
}

/* Several strips of rows, groups of images and chunks, the last of which are shorter. */
static void test_pieces(void **state) {
    check_threads((struct ln_winograd_conv){
        .n = 3, .c = 16, .h = 21, .w = 18, .k = 32, .pad_h = 1, .pad_w = 1, .room = 20000});
    check_threads((struct ln_winograd_conv){
        .n = 8, .c = 32, .h = 6, .w = 5, .k = 16, .pad_h = 1, .pad_w = 1, .room = 40000});
    check_threads((struct ln_winograd_conv){
        .n = 2, .c = 16, .h = 9, .w = 9, .k = 32, .pad_h = 1, .pad_w = 1, .room = 1});
}

/* The sums' order is the same for any number of threads. */
static void test_threads(void **state) {
    struct ln_winograd_conv d = {
        .n = 4, .c = 32, .h = 9, .w = 9, .k = 32, .r = 3, .s = 3, .p = 9, .q = 9, .pad_h = 1, .pad_w = 1};
    need_bf16(&d);
    const struct conv_size size = size_of(&d);
    struct conv_problem p;
    conv_problem_make(&p, &size);
    float dw[2][32 * 32 * 9], db[2][32];
    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(1 + 3 * i);
        struct ln_winograd_bf16 *w = ln_winograd_bf16_create(&d);
        void *scratch = w ? ln_alloc(ln_winograd_bf16_scratch_backward(w)) : NULL;
        assert_non_null(scratch);
        ln_winograd_bf16_backward_weights(w, p.x.data, p.dy.data, dw[i], db[i], scratch);
        ln_free(scratch);
        ln_winograd_bf16_destroy(w);
    }
    assert_memory_equal(dw[0], dw[1], sizeof dw[0]);
    assert_memory_equal(db[0], db[1], sizeof db[0]);
    conv_problem_free(&p);
}

static void test_what_it_can(void **state) {
    struct ln_winograd_conv d = {
        .n = 1, .c = 16, .h = 8, .w = 8, .k = 16, .r = 3, .s = 3, .p = 10, .q = 10, .pad_h = 2, .pad_w = 2};
    need_bf16(&d);
    d.pad_w = 3;
    assert_false(ln_winograd_bf16_can(&d));
    d.pad_w = 0;
    d.c = 24;
    assert_false(ln_winograd_bf16_can(&d));
    d.c = 16;
    d.s = 5;
    assert_false(ln_winograd_bf16_can(&d));
}

/* A nan passes through the ReLU, and reaches only the tiles that contain it. */
static void test_nan(void **state) {
    struct ln_winograd_conv d = {
        .n = 1, .c = 16, .h = 3, .w = 10, .k = 16, .r = 3, .s = 3, .p = 1, .q = 8, .relu = true};
    need_bf16(&d);
    struct ln_winograd_bf16 *w = ln_winograd_bf16_create(&d);
    size_t x_count = 16 * 3 * 10, w_count = 16 * 16 * 9;
    ln_bf16 *x = ln_calloc(x_count, sizeof *x), y[8 * 16];
    float *weights = ln_calloc(w_count, sizeof *weights), b[16] = {0};
    void *u = w ? ln_alloc(ln_winograd_bf16_packed(w)) : NULL,
         *scratch = w ? ln_alloc(ln_winograd_bf16_scratch_forward(w)) : NULL;
    assert_true(x && weights && u && scratch);
    for (size_t i = 0; i < w_count; i++) weights[i] = 1;
    x[9 * 16] = ln_bf16_of(NAN); /* the last column, which only the last tile reads */
    ln_winograd_bf16_pack(w, weights, u);
    ln_winograd_bf16_forward(w, x, u, b, y, scratch);
    for (int i = 0; i < 4 * 16; i++) assert_true(ln_bf16_value(y[i]) == 0);
    assert_true(isnan(ln_bf16_value(y[7 * 16])));
    ln_free(x);
    ln_free(weights);
    ln_free(u);
    ln_free(scratch);
    ln_winograd_bf16_destroy(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_pieces),
                                       cmocka_unit_test(test_threads), cmocka_unit_test(test_what_it_can),
                                       cmocka_unit_test(test_nan)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
