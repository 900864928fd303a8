/* The passes of batch normalisation in every layout, including those that no convolution on this machine chooses. */
#include "unit/base/base_test.h"

#include "base/rng.h"
#include "kernel/norm.h"
#include "unit/tensor/place.h"

#include <math.h>
#include <omp.h>

struct box {
    int n, c, h, w;
};

static const struct box boxes[] = {{3, 5, 3, 3}, {2, 16, 4, 4},   {16, 6, 5, 3}, {5, 40, 1, 1},
                                   {1, 8, 2, 5}, {2, 33, 23, 25}, {70, 3, 2, 2}};
static const enum ln_format formats[] = {LN_PLAIN, LN_NHWC, LN_NCHW8C, LN_NCHW16C, LN_NCHW16N};

enum { COEFFICIENTS = 6 };

/* Activations: none, one that rectifies, e^z - 1 with its derivative from y, and z^3 with its derivative from
 * z. */
static void rectify(const struct ln_activation *f, const float *z, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = z[i] < 0 ? 0 : z[i];
}

static void rectify_back(const struct ln_activation *f, const float *y, const float *dy, float *dz,
                         size_t n) {
    for (size_t i = 0; i < n; i++) dz[i] = y[i] > 0 ? dy[i] : 0;
}

static void grow(const struct ln_activation *f, const float *z, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = expm1f(z[i]);
}

static void grow_back(const struct ln_activation *f, const float *y, const float *dy, float *dz, size_t n) {
    for (size_t i = 0; i < n; i++) dz[i] = dy[i] * (y[i] + 1);
}

static void cube(const struct ln_activation *f, const float *z, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = z[i] * z[i] * z[i];
}

static void cube_back(const struct ln_activation *f, const float *z, const float *dy, float *dz, size_t n) {
    for (size_t i = 0; i < n; i++) dz[i] = dy[i] * 3 * z[i] * z[i];
}

static const struct ln_activation activations[] = {
    {0},
    {.rectifies = true, .forward = rectify, .backward = rectify_back},
    {.forward = grow, .backward = grow_back},
    {.by_input = true, .forward = cube, .backward = cube_back},
};
static const struct ln_activation *const none = &activations[0];

/* A tensor's shape, its layout, and the arguments of the passes. */
struct fixture {
    struct ln_shape shape;
    struct ln_layout layout;
    size_t count;
    struct ln_norm norm;
    void *scratch;
    float *k[COEFFICIENTS]; /* [c] */
};

static float *numbers(size_t count, uint32_t stream) {
    float *data = malloc(count * sizeof *data);
    struct ln_rng rng;
    assert_non_null(data);
    ln_rng_init(&rng, 3, LN_RNG_DATA, 0, stream);
    for (size_t i = 0; i < count; i++) data[i] = 2 * ln_rng_float(&rng) - 1;
    return data;
}

static bool fixture_init(struct fixture *f, struct box b, enum ln_format format,
                         const struct ln_activation *act) {
    struct ln_planes planes;
    *f = (struct fixture){.shape = ln_shape_of(b.n, b.c, b.h, b.w)};
    f->layout = (struct ln_layout){.shape = f->shape,
                                   .dtype = LN_F32,
                                   .format = format,
                                   .bytes = (size_t)places(format, f->shape.dim) * sizeof(float)};
    assert_true(ln_shape_count(&f->shape, &f->count));
    if (!ln_planes_of(&f->layout, &planes)) return false;
    ln_norm_init(&f->norm, &planes, false, act);
    f->scratch = aligned_alloc(64, (f->norm.scratch + 63) / 64 * 64);
    assert_non_null(f->scratch);
    for (uint32_t i = 0; i < COEFFICIENTS; i++) f->k[i] = numbers((size_t)b.c, 20 + i);
    return true;
}

static void fixture_fini(struct fixture *f) {
    free(f->scratch);
    for (int i = 0; i < COEFFICIENTS; i++) free(f->k[i]);
}

static float *laid_out(const struct fixture *f, const float *plain) {
    float *data = calloc(1, f->layout.bytes);
    assert_non_null(data);
    for (size_t i = 0; i < f->count; i++)
        data[place_of(f->layout.format, f->shape.dim, (int64_t)i)] = plain[i];
    return data;
}

/* Frees `data` and returns its numbers in plain order. */
static float *back(const struct fixture *f, float *data) {
    float *plain = malloc(f->count * sizeof *plain);
    assert_non_null(plain);
    for (size_t i = 0; i < f->count; i++)
        plain[i] = data[place_of(f->layout.format, f->shape.dim, (int64_t)i)];
    free(data);
    return plain;
}

static size_t channel(const struct fixture *f, size_t i) {
    const int64_t *d = f->shape.dim;
    return i / (size_t)(d[2] * d[3]) % (size_t)d[1];
}

static void near(double got, double want, double size, const char *what) {
    if (!(fabs(got - want) <= 1e-5 * size)) fail_msg("%s is %.9g, not %.9g", what, got, want);
}

static double normalised(const struct fixture *f, float x, size_t c) {
    return ((double)x - (double)f->k[0][c]) * (double)f->k[1][c] + (double)f->k[2][c];
}

/* f(z), and its derivative from the input of the backward pass: y if it was kept, else z. */
static double activated(const struct fixture *f, double z) {
    const struct ln_activation *act = &f->norm.act;
    if (!ln_activation_exists(act)) return z;
    return act->rectifies ? fmax(z, 0) : act->by_input ? z * z * z : expm1(z);
}

static double derivative(const struct fixture *f, double z, const float *kept_y) {
    const struct ln_activation *act = &f->norm.act;
    double y = kept_y ? (double)*kept_y : activated(f, z);
    if (!ln_activation_exists(act)) return 1;
    return act->rectifies ? y > 0 : act->by_input ? 3 * z * z : y + 1;
}

static void statistics_check(const struct fixture *f) {
    size_t c = (size_t)f->shape.dim[1];
    double *mean = calloc(4 * c, sizeof *mean), *var = mean + c, *want = mean + 2 * c,
           *squares = mean + 3 * c;
    float *plain = numbers(f->count, 1), *x;
    double m = (double)f->count / (double)c;
    assert_non_null(mean);
    for (size_t i = 0; i < f->count; i++) plain[i] += (float)channel(f, i);
    x = laid_out(f, plain);
    ln_norm_statistics(&f->norm, x, mean, var, f->scratch);
    for (size_t i = 0; i < f->count; i++) want[channel(f, i)] += (double)plain[i] / m;
    for (size_t i = 0; i < f->count; i++) {
        double d = (double)plain[i] - want[channel(f, i)];
        squares[channel(f, i)] += d * d / m;
    }
    for (size_t i = 0; i < c; i++) {
        near(mean[i], want[i], 1, "mean");
        near(var[i], squares[i], 1, "variance");
    }
    free(mean);
    free(plain);
    free(x);
}

/* y = f((x - mean) scale + shift + other); y overwrites x or other. */
static void apply_check(const struct fixture *f, bool with_other, bool over_other) {
    float *px = numbers(f->count, 1), *po = numbers(f->count, 2), *x = laid_out(f, px),
          *other = laid_out(f, po);
    float *y = over_other ? other : x;
    ln_norm_apply(&f->norm,
                  &(struct ln_norm_apply){f->k[0], f->k[1], f->k[2], x, with_other ? other : NULL, y},
                  f->scratch);
    free(over_other ? x : other);
    y = back(f, y);
    for (size_t i = 0; i < f->count; i++) {
        double want = normalised(f, px[i], channel(f, i)) + (with_other ? (double)po[i] : 0);
        near((double)y[i], activated(f, want), 1 + fabs(activated(f, want)), "y");
    }
    free(px);
    free(po);
    free(y);
}

/* g, its sums, and dx; the derivative from y, or recomputed from x. */
static void backward_check(const struct fixture *f, int douts, bool keeps_y, bool writes_g) {
    size_t c = (size_t)f->shape.dim[1];
    float *px = numbers(f->count, 1), *py = numbers(f->count, 2), *x = laid_out(f, px), *y = laid_out(f, py);
    float *pd[LN_NORM_DOUTS], *d[LN_NORM_DOUTS];
    double *sum = calloc(2 * c, sizeof *sum), *dot = sum + c, *want = calloc(f->count, sizeof *want);
    double *sums = calloc(2 * c, sizeof *sums), *dots = sums + c;
    double largest = 1;
    assert_true(sum && want && sums);
    struct ln_norm_gradients g = {f->k[0],        f->k[1],    f->k[2],   x, keeps_y ? y : NULL,
                                  .douts = douts, .sum = sum, .dot = dot};
    for (int i = 0; i < douts; i++)
        g.dy[i] = d[i] = laid_out(f, pd[i] = numbers(f->count, (uint32_t)(5 + i)));
    g.g = writes_g ? d[0] : NULL;
    ln_norm_gradients(&f->norm, &g, f->scratch);
    struct ln_norm_propagate p = {
        f->k[0],   f->k[1], f->k[2], f->k[3], f->k[4], f->k[5], x, d[0], f->norm.act.rectifies && !writes_g,
        !writes_g, d[0]};
    for (size_t i = 0; i < f->count; i++) {
        size_t at = channel(f, i);
        double slope = derivative(f, normalised(f, px[i], at), keeps_y ? &py[i] : NULL),
               centred = (double)px[i] - (double)f->k[0][at];
        for (int j = 0; j < douts; j++) want[i] += (double)pd[j][i] * slope;
        largest = fmax(largest, fabs(want[i]));
        sums[at] += want[i];
        dots[at] += want[i] * centred;
    }
    for (size_t i = 0; i < c; i++) {
        near(sum[i], sums[i], 1 + largest * (double)f->count / (double)c, "sum");
        near(dot[i], dots[i], 1 + largest * (double)f->count / (double)c, "dot");
    }
    ln_norm_propagate(&f->norm, &p, f->scratch);
    float *dx = back(f, d[0]);
    for (size_t i = 0; i < f->count; i++) {
        size_t at = channel(f, i);
        double centred = (double)px[i] - (double)f->k[0][at];
        near((double)dx[i],
             (double)f->k[3][at] * want[i] + (double)f->k[4][at] * centred + (double)f->k[5][at], largest,
             "dx");
    }
    free(dx);
    for (int i = 0; i < douts; i++) free(pd[i]);
    for (int i = 1; i < douts; i++) free(d[i]);
    free(px);
    free(py);
    free(x);
    free(y);
    free(sum);
    free(sums);
    free(want);
}

static void box_check(struct box b, enum ln_format format, const struct ln_activation *act) {
    struct fixture f;
    bool any = ln_activation_exists(act) && !act->rectifies;
    if (!fixture_init(&f, b, format, act)) {
        assert_true(format == LN_NCHW16N && b.n % 16 != 0);
        return;
    }
    statistics_check(&f);
    for (int i = 0; i < 4; i++) apply_check(&f, i & 1, i & 2);
    for (int douts = 1; douts <= LN_NORM_DOUTS; douts++)
        for (int keeps_y = 0; keeps_y < (act->by_input ? 1 : 2); keeps_y++)
            backward_check(&f, douts, keeps_y, douts > 1 || keeps_y || any);
    if (!any) backward_check(&f, 1, false, false);
    fixture_fini(&f);
}

static void test_layouts(void **state) {
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
        for (size_t j = 0; j < sizeof formats / sizeof *formats; j++)
            for (size_t k = 0; k < sizeof activations / sizeof *activations; k++)
                box_check(boxes[i], formats[j], &activations[k]);
}

/* The padding of a last block stays zero, because the next convolution reads it. */
static void test_padding(void **state) {
    struct fixture f;
    assert_true(fixture_init(&f, (struct box){2, 3, 4, 5}, LN_NCHW16C, none));
    float *plain = numbers(f.count, 1), *x = laid_out(&f, plain);
    ln_norm_apply(&f.norm, &(struct ln_norm_apply){f.k[0], f.k[1], f.k[2], x, NULL, x}, f.scratch);
    ln_norm_propagate(
        &f.norm,
        &(struct ln_norm_propagate){f.k[0], f.k[1], f.k[2], f.k[3], f.k[4], f.k[5], x, x, false, false, x},
        f.scratch);
    for (size_t i = 0; i < f.layout.bytes / sizeof(float); i++) assert_true(i % 16 < 3 || x[i] == 0);
    free(plain);
    free(x);
    fixture_fini(&f);
}

/* The order of the sums depends on the shape, not on the number of threads. */
static void test_threads(void **state) {
    struct fixture f;
    double one[2][40], many[2][40];
    assert_true(fixture_init(&f, (struct box){9, 40, 7, 9}, LN_NCHW16C, none));
    float *plain = numbers(f.count, 1), *x = laid_out(&f, plain);
    omp_set_num_threads(1);
    ln_norm_statistics(&f.norm, x, one[0], one[1], f.scratch);
    for (int threads = 2; threads <= 5; threads++) {
        omp_set_num_threads(threads);
        ln_norm_statistics(&f.norm, x, many[0], many[1], f.scratch);
        assert_memory_equal(one, many, sizeof one);
    }
    free(plain);
    free(x);
    fixture_fini(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layouts), cmocka_unit_test(test_padding),
                                       cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
