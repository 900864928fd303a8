/* Convolutions of bf16 by minimal filtering, where this processor has the instructions. */
#include "base/alloc.h"
#include "base/rng.h"
#include "kernel/conv_winograd_bf16.h"
#include "op/op_test.h"
#include "ref/ref.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* A value in double for the formulas, and as the kernels have it: activations [n][c/16][h][w][16], or
 * [n][h][w][c], of bf16,
 * weights [n/16][c/16][h][w][16c][16n] and rows (of h = w = n = 1) of fp32. */
struct tensor {
    enum { ACTIVATIONS, CHANNELS_LAST, WEIGHTS, ROW } kind;
    int64_t n, c, h, w, count;
    double *plain;
    void *data;
};

static int64_t place(const struct tensor *t, int64_t i) {
    int64_t plane = t->h * t->w, n = i / (t->c * plane), c = i / plane % t->c;
    if (t->kind == ACTIVATIONS) return ((n * t->c / 16 + c / 16) * plane + i % plane) * 16 + c % 16;
    if (t->kind == CHANNELS_LAST) return (n * plane + i % plane) * t->c + c;
    if (t->kind == WEIGHTS)
        return (((n / 16 * (t->c / 16) + c / 16) * plane + i % plane) * 16 + c % 16) * 16 + n % 16;
    return i;
}

static double value(const struct tensor *t, int64_t i) {
    return (double)ln_get(t->data, place(t, i), t->kind <= CHANNELS_LAST);
}

static struct tensor tensor_random(struct ln_rng *rng, int kind, int64_t n, int64_t c, int64_t h, int64_t w) {
    struct tensor t = {kind, n, c, h, w, n * c * h * w, NULL, NULL};
    t.plain = ln_calloc((size_t)t.count, sizeof *t.plain);
    t.data = ln_calloc((size_t)t.count, sizeof(float));
    assert_true(t.plain && t.data);
    for (int64_t i = 0; i < t.count; i++) {
        ln_put(t.data, place(&t, i), 2 * ln_rng_float(rng) - 1, kind <= CHANNELS_LAST);
        t.plain[i] = value(&t, i);
    }
    return t;
}

static void tensor_free(struct tensor *t) {
    ln_free(t->plain);
    ln_free(t->data);
}

/* In norm what rounding the factors makes, some 5e-3; and no number further off than chance allows, so that
 * one wrong one among thousands is seen. */
static void expect(const char *what, const struct ln_winograd_conv *d, const struct tensor *want,
                   double tolerance) {
    double off = 0, size = 0, worst = 0;
    for (int64_t i = 0; i < want->count; i++) {
        double error = value(want, i) - want->plain[i];
        off += error * error;
        size += want->plain[i] * want->plain[i];
        if (!(fabs(error) <= worst)) worst = fabs(error);
    }
    double norm = sqrt(off / size), most = worst / sqrt(size / (double)want->count);
    if (!(norm < tolerance && most < 8 * tolerance))
        fail_msg("%s of %dx%dx%dx%d: off by %g in norm, by %g at most", what, (int)d->n, (int)d->c, (int)d->h,
                 (int)d->w, norm, most);
}

static void check(const struct ln_winograd_conv *d, int threads) {
    struct ln_rng rng;
    ln_rng_init(&rng, 1, LN_RNG_DATA, 0, 0);
    int kind = d->nhwc ? CHANNELS_LAST : ACTIVATIONS;
    omp_set_num_threads(threads);
    struct tensor x = tensor_random(&rng, kind, d->n, d->c, d->h, d->w),
                  y = tensor_random(&rng, kind, d->n, d->k, d->p, d->q),
                  before = tensor_random(&rng, kind, d->n, d->k, d->p, d->q),
                  dy = tensor_random(&rng, kind, d->n, d->k, d->p, d->q),
                  dx = tensor_random(&rng, kind, d->n, d->c, d->h, d->w),
                  w = tensor_random(&rng, WEIGHTS, d->k, d->c, d->r, d->s),
                  dw = tensor_random(&rng, WEIGHTS, d->k, d->c, d->r, d->s),
                  b = tensor_random(&rng, ROW, 1, 1, 1, d->k), db = tensor_random(&rng, ROW, 1, 1, 1, d->k);
    struct ref_conv ref = {
        .n = (int)d->n,
        .c = (int)d->c,
        .h = (int)d->h,
        .w = (int)d->w,
        .k = (int)d->k,
        .p = (int)d->p,
        .q = (int)d->q,
        .groups = 1,
        .window = {{(int)d->r, (int)d->s}, {1, 1}, {(int)d->pad_h, (int)d->pad_w}, {1, 1}}};
    struct ln_winograd_bf16 *wino = ln_winograd_bf16_create(d);
    size_t packed = wino ? ln_winograd_bf16_packed(wino) : 0,
           forward = wino ? ln_winograd_bf16_scratch_forward(wino) : 0,
           backward = wino ? ln_winograd_bf16_scratch_backward(wino) : 0;
    char *u = ln_alloc(packed), *scratch = ln_alloc(forward), *back = ln_alloc(backward);
    assert_true(wino && u && scratch && back);
    memset(u, 0xff, packed); /* whatever lay there before, nan too, must not matter */
    memset(scratch, 0xff, forward);
    memset(back, 0xff, backward);

    ref_conv_forward(&ref, x.plain, w.plain, b.plain, y.plain);
    for (int64_t i = 0; d->sum && i < y.count; i++) y.plain[i] += before.plain[i];
    if (d->relu) ref_relu_forward(y.count, y.plain, y.plain);
    if (d->sum) memcpy(y.data, before.data, (size_t)y.count * sizeof(ln_bf16));
    ln_winograd_bf16_pack(wino, w.data, u);
    ln_winograd_bf16_forward(wino, x.data, u, b.data, y.data, scratch);
    expect("y", d, &y, 8e-3);

    ref_conv_backward(&ref, x.plain, w.plain, dy.plain, dx.plain, dw.plain, db.plain);
    ln_winograd_bf16_backward_weights(wino, x.data, dy.data, dw.data, db.data, back);
    expect("dw", d, &dw, 8e-3);
    expect("db", d, &db, 1e-5);
    memset(back, 0xff, backward);
    ln_winograd_bf16_backward_data(wino, dy.data, w.data, dx.data, back);
    expect("dx", d, &dx, 8e-3);

    struct tensor *all[] = {&x, &y, &before, &dy, &dx, &w, &dw, &b, &db};
    for (size_t i = 0; i < COUNT(all); i++) tensor_free(all[i]);
    ln_free(u);
    ln_free(scratch);
    ln_free(back);
    ln_winograd_bf16_destroy(wino);
}

static void check_threads(struct ln_winograd_conv d) {
    d.r = d.s = 3;
    d.p = d.h + 2 * d.pad_h - 2;
    d.q = d.w + 2 * d.pad_w - 2;
    if (!ln_winograd_bf16_can(&d)) skip();
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
    if (!ln_winograd_bf16_can(&d)) skip();
    struct ln_rng rng;
    ln_rng_init(&rng, 1, LN_RNG_DATA, 0, 0);
    struct tensor x = tensor_random(&rng, ACTIVATIONS, 4, 32, 9, 9),
                  dy = tensor_random(&rng, ACTIVATIONS, 4, 32, 9, 9);
    float dw[2][32 * 32 * 9], db[2][32];
    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(1 + 3 * i);
        struct ln_winograd_bf16 *w = ln_winograd_bf16_create(&d);
        void *scratch = w ? ln_alloc(ln_winograd_bf16_scratch_backward(w)) : NULL;
        assert_non_null(scratch);
        ln_winograd_bf16_backward_weights(w, x.data, dy.data, dw[i], db[i], scratch);
        ln_free(scratch);
        ln_winograd_bf16_destroy(w);
    }
    assert_memory_equal(dw[0], dw[1], sizeof dw[0]);
    assert_memory_equal(db[0], db[1], sizeof db[0]);
    tensor_free(&x);
    tensor_free(&dy);
}

static void test_what_it_can(void **state) {
    struct ln_winograd_conv d = {
        .n = 1, .c = 16, .h = 8, .w = 8, .k = 16, .r = 3, .s = 3, .p = 10, .q = 10, .pad_h = 2, .pad_w = 2};
    if (!ln_winograd_bf16_can(&d)) skip();
    d.pad_w = 3;
    assert_false(ln_winograd_bf16_can(&d));
    d.pad_w = 0;
    d.c = 24;
    assert_false(ln_winograd_bf16_can(&d));
    d.c = 16;
    d.s = 5;
    assert_false(ln_winograd_bf16_can(&d));
}

/* A nan comes through the ReLU, to the tiles that it is in. */
static void test_nan(void **state) {
    struct ln_winograd_conv d = {
        .n = 1, .c = 16, .h = 3, .w = 10, .k = 16, .r = 3, .s = 3, .p = 1, .q = 8, .relu = true};
    if (!ln_winograd_bf16_can(&d)) skip();
    struct ln_winograd_bf16 *w = ln_winograd_bf16_create(&d);
    size_t x_count = 16 * 3 * 10, w_count = 16 * 16 * 9;
    ln_bf16 *x = ln_calloc(x_count, sizeof *x), y[8 * 16];
    float *weights = ln_calloc(w_count, sizeof *weights), b[16] = {0};
    void *u = w ? ln_alloc(ln_winograd_bf16_packed(w)) : NULL,
         *scratch = w ? ln_alloc(ln_winograd_bf16_scratch_forward(w)) : NULL;
    assert_true(x && weights && u && scratch);
    for (size_t i = 0; i < w_count; i++) weights[i] = 1;
    x[9 * 16] = ln_bf16_of(NAN); /* the last column: of the last tile alone */
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
