/* The kernels with the batch in the lanes, for every width of vectors that this processor has. */
#include "base/alloc.h"
#include "base/rng.h"
#include "kernel/conv_lanes.h"
#include "op/op_test.h"
#include "ref/ref.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* A value in double for the formulas, in float as the kernels' layout has it. */
struct tensor {
    int64_t n, c, h, w, count;
    double *plain;
    float *lanes;
};

/* [n][c][h][w] -> [n/16][c][h][w][16] */
static int64_t in_lanes(const struct tensor *t, int64_t i) {
    int64_t plane = t->c * t->h * t->w, n = i / plane;
    return (n / 16 * plane + i % plane) * 16 + n % 16;
}

static struct tensor tensor_random(struct ln_rng *rng, int64_t n, int64_t c, int64_t h, int64_t w) {
    struct tensor t = {n, c, h, w, n * c * h * w, NULL, NULL};
    t.plain = ln_calloc((size_t)t.count, sizeof *t.plain);
    t.lanes = ln_calloc((size_t)t.count, sizeof *t.lanes);
    assert_true(t.plain && t.lanes);
    for (int64_t i = 0; i < t.count; i++) t.plain[i] = 2 * ln_rng_float(rng) - 1;
    for (int64_t i = 0; i < t.count; i++)
        t.lanes[n % 16 == 0 ? in_lanes(&t, i) : i] = (float)t.plain[i]; /* weights stay plain */
    return t;
}

static void tensor_free(struct tensor *t) {
    ln_free(t->plain);
    ln_free(t->lanes);
}

/* Each product is rounded once: the sum of `terms` of them, of numbers below 1. */
static void compare(const double *want, const float *got, const struct tensor *order, int64_t count,
                    int64_t terms) {
    for (int64_t i = 0; i < count; i++) {
        double is = got[order ? in_lanes(order, i) : i];
        if (fabs(is - want[i]) > 6e-8 * (double)terms) fail_msg("%d: %.9g, not %.9g", (int)i, is, want[i]);
    }
}

static void check(const struct ln_lanes_conv *d, int threads) {
    struct ln_rng rng;
    ln_rng_init(&rng, 1, LN_RNG_DATA, 0, 0);
    omp_set_num_threads(threads);
    struct tensor x = tensor_random(&rng, d->n, d->c, d->h, d->w),
                  y = tensor_random(&rng, d->n, d->k, d->p, d->q);
    struct tensor dy = tensor_random(&rng, d->n, d->k, d->p, d->q),
                  dx = tensor_random(&rng, d->n, d->c, d->h, d->w);
    struct tensor w = tensor_random(&rng, 1, d->k, d->c, d->r * d->s),
                  dw = tensor_random(&rng, 1, d->k, d->c, d->r * d->s);
    struct tensor b = tensor_random(&rng, 1, 1, 1, d->k), db = tensor_random(&rng, 1, 1, 1, d->k);
    struct ref_conv ref = {.n = (int)d->n,
                           .c = (int)d->c,
                           .h = (int)d->h,
                           .w = (int)d->w,
                           .k = (int)d->k,
                           .p = (int)d->p,
                           .q = (int)d->q,
                           .groups = 1,
                           .window = {{(int)d->r, (int)d->s}, {1, 1}, {0, 0}, {1, 1}}};
    struct ln_lanes *l = ln_lanes_create(d);
    void *scratch = l ? ln_alloc(ln_lanes_scratch(l)) : NULL;
    assert_non_null(scratch);
    memset(scratch, 0xff, ln_lanes_scratch(l)); /* whatever lay there before, nan too, must not matter */

    ref_conv_forward(&ref, x.plain, w.plain, b.plain, y.plain);
    if (d->relu) ref_relu_forward(y.count, y.plain, y.plain);
    ln_lanes_forward(l, x.lanes, w.lanes, b.lanes, y.lanes, scratch);
    compare(y.plain, y.lanes, &y, y.count, d->c * d->r * d->s + 1);

    ref_conv_backward(&ref, x.plain, w.plain, dy.plain, dx.plain, dw.plain, db.plain);
    ln_lanes_backward_weights(l, x.lanes, dy.lanes, dw.lanes, db.lanes, scratch);
    ln_lanes_backward_data(l, dy.lanes, w.lanes, dx.lanes, scratch);
    compare(dx.plain, dx.lanes, &dx, dx.count, d->k * d->r * d->s);
    compare(dw.plain, dw.lanes, NULL, dw.count, d->n * d->p * d->q);
    compare(db.plain, db.lanes, NULL, db.count, d->n * d->p * d->q);

    struct tensor *all[] = {&x, &y, &dy, &dx, &w, &dw, &b, &db};
    for (size_t i = 0; i < COUNT(all); i++) tensor_free(all[i]);
    ln_free(scratch);
    ln_lanes_destroy(l);
}

static void check_widths(int64_t n, int64_t c, int64_t h, int64_t w, int64_t k, int64_t r, int64_t s) {
    for (int width = 4; width <= ln_lanes_width(); width *= 2)
        for (int threads = 1; threads <= 3; threads++)
            check(&(struct ln_lanes_conv){n, c, h, w, k, r, s, h - r + 1, w - s + 1, threads == 2, width},
                  threads);
}

static void test_shapes(void **state) {
    check_widths(16, 1, 1, 1, 1, 1, 1);
    check_widths(16, 1, 12, 11, 6, 5, 5);
    check_widths(32, 6, 9, 7, 16, 5, 5); /* three channels of the tile are made up, or none */
    check_widths(16, 3, 5, 9, 7, 5, 2);  /* one row */
    check_widths(48, 2, 21, 5, 13, 3, 4);
    check_widths(16, 17, 6, 6, 17, 1, 3);
    check_widths(16, 9, 3, 19, 8, 2, 1);
}

/* A nan comes through the ReLU. */
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
