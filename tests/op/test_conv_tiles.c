/* The transforms of minimal filtering (conv_tiles.h) and the windows of a convolution (columns.h), with plain loops for
 * the products. Networks use neither on a processor for which oneDNN has a Winograd kernel. */
#include "base/alloc.h"
#include "kernel/columns.h"
#include "kernel/conv_tiles.h"
#include "op/conv_problem.h"
#include "op/op_test.h"

#include <math.h>
#include <omp.h>

/* The largest error, relative to the size of a sum of `terms` random products. */
static void expect(const char *what, const struct placed *want, int64_t terms, double tolerance) {
    double worst = 0, largest = 0;
    for (int64_t i = 0; i < want->count; i++) {
        double is = placed_value(want, i), off = fabs(is - want->plain[i]);
        if (!(off <= worst)) worst = off;
        if (fabs(is) > largest) largest = fabs(is);
    }
    assert_true(largest > 0);
    if (!(worst / sqrt((double)terms) < tolerance))
        fail_msg("%s: off by %g of sums of %d terms", what, worst, (int)terms);
}

/* Elements from one row to the next, and from one column to the next. */
struct matrix {
    const float *at;
    int64_t row, column;
};

static void multiply(struct matrix a, struct matrix b, int64_t rows, int64_t columns, int64_t depth,
                     float *to) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            double sum = 0;
            for (int64_t l = 0; l < depth; l++)
                sum += (double)a.at[i * a.row + l * a.column] * (double)b.at[l * b.row + j * b.column];
            to[i * columns + j] = (float)sum;
        }
}

/* ---- tiles --------------------------------------------------------------------------------------------- */

struct points {
    int64_t tiles;
    float *v, *u, *m, *dv, *du;
};

static void forward_points(const struct ln_tiles *g, struct points *p) {
    for (int64_t e = 0; e < LN_TILES_POINTS; e++)
        multiply((struct matrix){p->v + e * p->tiles * g->c, g->c, 1},
                 (struct matrix){p->u + e * g->k * g->c, 1, g->c}, p->tiles, g->k, g->c,
                 p->m + e * p->tiles * g->k);
}

/* m holds the transformed gradient. */
static void backward_points(const struct ln_tiles *g, struct points *p) {
    for (int64_t e = 0; e < LN_TILES_POINTS; e++) {
        const float *v = p->v + e * p->tiles * g->c, *u = p->u + e * g->k * g->c,
                    *d = p->m + e * p->tiles * g->k;
        multiply((struct matrix){d, g->k, 1}, (struct matrix){u, g->c, 1}, p->tiles, g->c, g->k,
                 p->dv + e * p->tiles * g->c);
        multiply((struct matrix){d, 1, g->k}, (struct matrix){v, g->c, 1}, g->k, g->c, p->tiles,
                 p->du + e * g->k * g->c);
    }
}

/* The transforms multiply the rounding errors of numbers around 1 by about ten. */
static const double tolerance = 4e-6;

static void check_tiles(struct ln_tiles g, int threads) {
    struct conv_problem problem;
    g.p = g.h + 2 * g.pad_h - 2;
    g.q = g.w + 2 * g.pad_w - 2;
    conv_problem_make(&problem, &(struct conv_size){g.n, g.c, g.h, g.w, g.k, 3, 3, g.p, g.q, g.pad_h, g.pad_w,
                                                    .relu = g.relu, .activations = NHWC});
    struct points p = {ln_tiles_count(&g)};
    const size_t each = LN_TILES_POINTS * sizeof(float), wide = (size_t)(p.tiles * g.c) * each;
    p.v = poisoned(wide), p.dv = poisoned(wide), p.m = poisoned((size_t)(p.tiles * g.k) * each);
    p.u = poisoned((size_t)(g.k * g.c) * each), p.du = poisoned((size_t)(g.k * g.c) * each);
    omp_set_num_threads(threads);

    ln_tiles_x(&g, problem.x.data, p.v);
    ln_tiles_w(&g, problem.w.data, p.u);
    forward_points(&g, &p);
    ln_tiles_y(&g, p.m, problem.b.data, problem.y.data);
    expect("y", &problem.y, 9 * g.c, tolerance);

    ln_tiles_dy(&g, problem.dy.data, p.m);
    backward_points(&g, &p);
    ln_tiles_dx(&g, p.dv, problem.dx.data);
    ln_tiles_dw(&g, p.du, problem.dw.data);
    ln_tiles_db(&g, problem.dy.data, problem.db.data);
    expect("dx", &problem.dx, 9 * g.k, tolerance);
    expect("dw", &problem.dw, g.n * g.p * g.q, tolerance);
    expect("db", &problem.db, g.n * g.p * g.q, tolerance);

    conv_problem_free(&problem);
    float *all[] = {p.v, p.u, p.m, p.dv, p.du};
    for (size_t i = 0; i < COUNT(all); i++) ln_free(all[i]);
}

static void test_tiles(void **state) {
    for (int threads = 1; threads <= 3; threads++) {
        const bool relu = threads == 2;
        check_tiles(
            (struct ln_tiles){.n = 3, .c = 16, .h = 4, .w = 4, .k = 32, .pad_h = 1, .pad_w = 1, .relu = relu},
            threads);
        check_tiles(
            (struct ln_tiles){.n = 2, .c = 32, .h = 7, .w = 9, .k = 16, .pad_h = 1, .pad_w = 1, .relu = relu},
            threads);
        check_tiles((struct ln_tiles){.n = 1, .c = 16, .h = 6, .w = 5, .k = 16, .pad_h = 2, .relu = relu},
                    threads);
        check_tiles((struct ln_tiles){.n = 2, .c = 16, .h = 3, .w = 3, .k = 16, .relu = relu},
                    threads); /* one output */
    }
}

/* As in relu.c: NaN must not become 0, or a run that diverged would not be noticed. */
static void test_nan(void **state) {
    const struct ln_tiles g = {.n = 1, .c = 16, .h = 3, .w = 3, .k = 16, .p = 1, .q = 1, .relu = true};
    const size_t count = LN_TILES_POINTS * 16;
    float *m = poisoned(count * sizeof *m), b[16] = {0}, y[16] = {0};
    for (size_t i = 0; i < count; i++) m[i] = i % 16 == 5 ? NAN : -1;
    ln_tiles_y(&g, m, b, y);
    for (int i = 0; i < 16; i++) assert_true(i == 5 ? isnan(y[i]) : y[i] == 0);
    ln_free(m);
}

/* ---- windows ------------------------------------------------------------------------------------------- */

static void check_columns(struct ln_columns g, int64_t k, int threads) {
    struct conv_problem problem;
    g.p = g.h + 2 * g.padding[0] - g.r + 1;
    g.q = g.w + 2 * g.padding[1] - g.s + 1;
    for (int i = 0; i < 2; i++) g.stride[i] = g.dilation[i] = 1;
    conv_problem_make(&problem, &(struct conv_size){g.n, g.c, g.h, g.w, k, g.r, g.s, g.p, g.q, g.padding[0],
                                                    g.padding[1], .activations = NHWC});
    const int64_t rows = ln_columns_rows(&g), width = ln_columns_width(&g);
    float *columns = poisoned((size_t)(rows * width) * sizeof *columns);
    omp_set_num_threads(threads);

    ln_columns_unfold(&g, problem.x.data, columns);
    multiply((struct matrix){problem.dy.data, 1, k}, (struct matrix){columns, width, 1}, k, width, rows,
             problem.dw.data);
    expect("dw", &problem.dw, rows, 1e-6);
    multiply((struct matrix){problem.dy.data, k, 1}, (struct matrix){problem.w.data, width, 1}, rows, width,
             k, columns);
    ln_columns_fold(&g, columns, problem.dx.data);
    expect("dx", &problem.dx, k * g.r * g.s, 1e-6);

    conv_problem_free(&problem);
    ln_free(columns);
}

static void test_columns(void **state) {
    for (int threads = 1; threads <= 3; threads++) {
        check_columns((struct ln_columns){.n = 3, .c = 32, .h = 2, .w = 2, .r = 3, .s = 3, .padding = {1, 1}},
                      16, threads);
        check_columns((struct ln_columns){.n = 2, .c = 17, .h = 5, .w = 4, .r = 1, .s = 4, .padding = {0, 3}},
                      5, threads);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tiles), cmocka_unit_test(test_nan),
                                       cmocka_unit_test(test_columns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
