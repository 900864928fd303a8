/* Principal components: known directions, rows that do not vary, and fewer columns than the basis has. tests/parity/embed.py
 * compares them with NumPy's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "train/pca.h"
#include <cmocka.h>
#include <math.h>

enum { N = 200, D = 40 };

/* Rows along two orthogonal directions of known lengths, 3 and 1, plus a little noise. */
static void known_directions(void **state) {
    static float x[N * D];
    static double places[N * LN_PCA];
    double shares[LN_PCA], first = 0, second = 0;
    struct ln_rng rng;
    ln_rng_init(&rng, 1, LN_RNG_DATA, 0, 0);
    for (int i = 0; i < N; i++) {
        const double a = 3 * ln_rng_normal(&rng), b = ln_rng_normal(&rng);
        for (int j = 0; j < D; j++)
            x[i * D + j] = (float)(5 + (a + (j % 2 ? b : -b)) / sqrt(D) + 0.01 * ln_rng_normal(&rng));
    }
    assert_int_equal(ln_pca(x, N, D, places, shares), LINNET_OK);
    for (int i = 0; i < N; i++) {
        first += places[2 * i] * places[2 * i] / N;
        second += places[2 * i + 1] * places[2 * i + 1] / N;
    }
    assert_true(fabs(sqrt(first) - 3) < 0.5 && fabs(sqrt(second) - 1) < 0.2);
    assert_true(shares[0] > 0.8 && shares[0] + shares[1] > 0.99 && shares[0] + shares[1] < 1);
}

static void no_variance(void **state) {
    static const float x[] = {1, 2, 3, 1, 2, 3, 1, 2, 3};
    double places[3 * LN_PCA], shares[LN_PCA];
    assert_int_equal(ln_pca(x, 3, 3, places, shares), LINNET_OK);
    for (int i = 0; i < 3 * LN_PCA; i++) assert_true(places[i] == 0);
    assert_true(shares[0] == 0 && shares[1] == 0);
    assert_int_equal(ln_pca(x, 1, 3, places, shares), LINNET_OK);
    assert_true(places[0] == 0 && shares[0] == 0);
}

/* One column: all variance is in the first component, whose sign is that of the column. */
static void one_column(void **state) {
    static const float x[] = {1, 2, 6};
    double places[3 * LN_PCA], shares[LN_PCA];
    assert_int_equal(ln_pca(x, 3, 1, places, shares), LINNET_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(fabs(places[2 * i] - ((double)x[i] - 3)) < 1e-9);
        assert_true(places[2 * i + 1] == 0);
    }
    assert_true(fabs(shares[0] - 1) < 1e-9 && shares[1] == 0);
}

static void memory_fails(void **state) {
    static const float x[] = {1, 2, 6, 4};
    double places[2 * LN_PCA], shares[LN_PCA];
    const int64_t live = ln_alloc_live();
    for (uint64_t n = 1; n <= 4; n++) {
        ln_alloc_fail_at(n);
        assert_int_equal(ln_pca(x, 2, 2, places, shares), LINNET_ERR_LIMIT);
        ln_alloc_fail_at(0);
        assert_int_equal(ln_alloc_live(), live);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_directions), cmocka_unit_test(no_variance),
                                       cmocka_unit_test(one_column), cmocka_unit_test(memory_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
