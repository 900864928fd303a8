/* The norm of the gradients: compared with double precision at every length around a part's ends; infinity
 * and NaN at any position reach the result. */
#include "optim/optim.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { COUNT = 50000 };
static float grads[COUNT];

static void fill(void) {
    for (int i = 0; i < COUNT; i++) grads[i] = (float)(i % 1000 - 500) / 321.0F;
}

static double reference(size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)grads[i] * grads[i];
    return sqrt(sum);
}

static void test_lengths(void **state) {
    static const size_t lengths[] = {0, 1, 2, 15, 16, 17, 1000, 16383, 16384, 16385, 32768, 49999, COUNT};
    fill();
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        double want = reference(lengths[i]);
        assert_true(fabs(ln_optim_grad_norm(grads, lengths[i]) - want) <= 1e-5 * want);
    }
}

static void test_not_finite(void **state) {
    static const int places[] = {0, 7, 16383, 16384, 32768, COUNT - 2, COUNT - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        fill();
        grads[places[i]] = NAN;
        assert_true(isnan(ln_optim_grad_norm(grads, COUNT)));
        grads[places[i]] = -INFINITY;
        assert_true(isinf(ln_optim_grad_norm(grads, COUNT)));
        grads[(places[i] + 100) % COUNT] = NAN;
        assert_false(isfinite(ln_optim_grad_norm(grads, COUNT)));
    }
}

/* The same bits every time, on any number of threads. */
static void test_same_bits(void **state) {
    fill();
    double first = ln_optim_grad_norm(grads, COUNT);
    for (int threads = 1; threads <= 7; threads++) {
        omp_set_num_threads(threads);
        for (int i = 0; i < 20; i++) assert_true(ln_optim_grad_norm(grads, COUNT) == first);
    }
}

/* Gradients of three ranks: they are added in the order of the ranks, and the square of the sum's norm is returned. */
static void test_sum(void **state) {
    static const size_t lengths[] = {1, 16385, 49999};
    static float own[COUNT], other[2][COUNT], want[COUNT];
    const float *others[] = {other[0], other[1]};
    fill();
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        for (size_t i = 0; i < COUNT; i++) {
            own[i] = grads[i];
            other[0][i] = 0.1F * (float)(i % 17);
            other[1][i] = -3 * grads[(i * 7) % COUNT];
            want[i] = i < lengths[l] ? own[i] + other[0][i] + other[1][i] : own[i];
        }
        const double squares = ln_optim_grad_sum(own, others, 2, lengths[l]);
        assert_memory_equal(own, want, sizeof own);
        const double norm = ln_optim_grad_norm(want, lengths[l]);
        assert_true(fabs(squares - norm * norm) <= 1e-12 * squares);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
