/* The energy of logits, and the threshold that 95 % of the images do not exceed. */
#include "shapes.h"
#include "train/energy.h"

#include <math.h>

static void test_formula(void **state) {
    const float z[3] = {1, 2, 3}, large[2] = {5000, 5000}, one[1] = {-4};
    const double sum = exp(1) + exp(2) + exp(3), half = exp(0.5) + exp(1) + exp(1.5);
    assert_true(fabs(ln_energy(z, 3, 1) + log(sum)) < 1e-12);
    assert_true(fabs(ln_energy(z, 3, 2) + 2 * log(half)) < 1e-12);
    assert_true(fabs(ln_energy(large, 2, 1) + 5000 + log(2)) < 1e-9); /* exp alone would overflow */
    assert_true(ln_energy(one, 1, 3) == 4);
}

/* Larger logits with the same differences: the same probabilities, a lower energy. */
static void test_size_counts(void **state) {
    const float faint[2] = {1, 0}, strong[2] = {11, 10};
    assert_true(fabs(ln_energy(faint, 2, 1) - ln_energy(strong, 2, 1) - 10) < 1e-9);
}

static double threshold(size_t count, float bad) {
    float logits[100];
    struct ln_scores s = {.classes = 1, .count = count, .logits = logits};
    double energy;
    for (size_t i = 0; i < count; i++) logits[i] = (float)((i * 37) % count); /* 0 to count - 1, mixed */
    if (bad != 0) logits[3] = bad;
    assert_int_equal(ln_unknown_energy_fit(&s, 1, &energy), LINNET_OK);
    return energy;
}

/* With one class the energy is the negative logit: 0, -1, -2 ... */
static void test_percentile(void **state) {
    assert_true(threshold(100, 0) == -5); /* 0 to -4 are above it: five of a hundred */
    assert_true(threshold(20, 0) == -1);  /* one of twenty */
    assert_true(threshold(21, 0) == -1);
    assert_true(threshold(39, 0) == -1);
    assert_true(threshold(40, 0) == -2);
    assert_true(isinf(threshold(19, 0)));
    assert_true(isinf(threshold(50, NAN)) && isinf(threshold(50, INFINITY)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formula),
        cmocka_unit_test(test_size_counts),
        cmocka_unit_test(test_percentile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
