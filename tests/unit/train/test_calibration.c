/* The calibration error compared with its definition; the temperature compared with a search over all temperatures. */
#include "train/calibration.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 400, CLASSES = 4 };

static float logits[COUNT * CLASSES];
static int32_t labels[COUNT];
static const struct ln_scores scores = {
    .classes = CLASSES, .count = COUNT, .logits = logits, .labels = labels};

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, not %.17g", got, want);
}

static double uniform(void) {
    return (rand() + 0.5) / (RAND_MAX + 1.0);
}

static void softmax(const float *z, double temperature, double *p) {
    double sum = 0;
    for (int k = 0; k < CLASSES; k++) sum += p[k] = exp(z[k] / temperature);
    for (int k = 0; k < CLASSES; k++) p[k] /= sum;
}

/* Labels drawn from softmax(z / honest): apart from chance, that temperature is the best one. */
static void draw(unsigned seed, double spread, double honest) {
    srand(seed);
    for (int i = 0; i < COUNT; i++) {
        double p[CLASSES], at = uniform();
        for (int k = 0; k < CLASSES; k++) logits[i * CLASSES + k] = (float)(spread * (uniform() - 0.5));
        softmax(logits + i * CLASSES, honest, p);
        for (labels[i] = 0; labels[i] < CLASSES - 1 && at > p[labels[i]]; labels[i]++) at -= p[labels[i]];
    }
}

/* ---- calibration error -------------------------------------------------------------------------------- */

/* Bin by bin, as in the paper's equation 3: sum of |B| / n |acc(B) - conf(B)|. */
static double error_by_bins(double temperature) {
    double error = 0;
    for (int b = 0; b < 15; b++) {
        double inside = 0, right = 0, confidence = 0;
        for (int i = 0; i < COUNT; i++) {
            double p[CLASSES];
            int best = 0;
            softmax(logits + i * CLASSES, temperature, p);
            for (int k = 1; k < CLASSES; k++)
                if (p[k] > p[best]) best = k;
            if (!(p[best] > b / 15.0 && p[best] <= (b + 1) / 15.0)) continue;
            inside++;
            right += best == labels[i];
            confidence += p[best];
        }
        if (inside > 0) error += inside / COUNT * fabs(right / inside - confidence / inside);
    }
    return error;
}

static void test_error(void **state) {
    for (unsigned seed = 1; seed <= 5; seed++) {
        draw(seed, 12, 1.7);
        near(ln_calibration_error(&scores, 1), error_by_bins(1), 1e-12);
        near(ln_calibration_error(&scores, 0.5), error_by_bins(0.5), 1e-12);
        near(ln_calibration_error(&scores, 3), error_by_bins(3), 1e-12);
    }
}

/* Each image is in one bin, within whose bounds the mean probability lies; the gaps are the differences of sums. */
static void test_bins(void **state) {
    struct ln_calibration_bin bins[LN_CALIBRATION_BINS];
    int64_t count = 0, right = 0;
    draw(3, 12, 1.7);
    assert_true(ln_calibration_fill(&scores, 1, bins));
    for (int b = 0; b < LN_CALIBRATION_BINS; b++) {
        count += bins[b].count;
        right += bins[b].right;
        if (bins[b].count == 0) continue;
        const double mean = bins[b].probability / (double)bins[b].count;
        assert_true(mean > b / 15.0 && mean <= (b + 1) / 15.0);
        near(bins[b].gap, (double)bins[b].right - bins[b].probability, 1e-9);
    }
    assert_int_equal(count, COUNT);
    assert_in_range(right, 1, COUNT - 1);
}

/* Every prediction has a probability of 1; one in four is correct. */
static void test_error_of_certainty(void **state) {
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < CLASSES; k++) logits[i * CLASSES + k] = k == 0 ? 1000 : 0;
        labels[i] = i % 4;
    }
    near(ln_calibration_error(&scores, 1), 0.75, 1e-15);
}

static void test_error_of_nothing(void **state) {
    const struct ln_scores none = {.classes = CLASSES};
    assert_true(isnan(ln_calibration_error(&none, 1)));
    logits[5] = NAN;
    assert_true(isnan(ln_calibration_error(&scores, 1)));
}

/* ---- temperature -------------------------------------------------------------------------------------- */

/* Negative log-likelihood of the images [from, COUNT), plus the prior of the inverse temperature. */
static double cost(double temperature, double expected, int from) {
    const double off = (1 / temperature - expected) / 0.3;
    double sum = off * off / 2, p[CLASSES];
    for (int i = from; i < COUNT; i++) {
        softmax(logits + i * CLASSES, temperature, p);
        sum -= log(p[labels[i]]);
    }
    return sum;
}

/* Golden-section search in log T. */
static double by_search(double expected, int from) {
    const double ratio = (sqrt(5) - 1) / 2;
    double low = log(0.11), high = log(9.9);
    while (high - low > 1e-9) {
        const double left = high - ratio * (high - low), right = low + ratio * (high - low);
        if (cost(exp(left), expected, from) < cost(exp(right), expected, from))
            high = right;
        else
            low = left;
    }
    return exp((low + high) / 2);
}

static void test_temperature(void **state) {
    const double honest[] = {0.3, 0.8, 1, 2.5, 6};
    for (int i = 0; i < 5; i++) {
        draw((unsigned)i + 10, 6 * honest[i], honest[i]);
        const double best = by_search(1 / honest[i], 0), got = ln_temperature_fit(&scores, 1 / honest[i]);
        near(got / best, 1, 1e-4);      /* the search sees differences of 1e-16 in a flat valley */
        near(got / honest[i], 1, 0.25); /* chance in 400 labels */
        assert_true(cost(got, 1 / honest[i], 0) <= cost(1, 1 / honest[i], 0));
    }
}

/* With few images the temperature stays near the expected one, with many it does not. */
static void test_temperature_expected(void **state) {
    near(ln_inverse_temperature_expected(0), 1, 0);
    near(ln_inverse_temperature_expected(0.1), 2, 1e-12);
    draw(6, 3, 2);
    struct ln_scores few = scores;
    const double many = ln_temperature_fit(&scores, 2);
    few.count = 5;
    few.logits += (COUNT - 5) * CLASSES;
    few.labels += COUNT - 5;
    const double some = ln_temperature_fit(&few, 2);
    near(some / by_search(2, COUNT - 5), 1, 1e-4);
    near(many / by_search(2, 0), 1, 1e-4);
    assert_true(some < 0.75 && many > 1.5);
}

/* Logits far apart: Newton's first step would leave the bounds. */
static void test_temperature_of_far_logits(void **state) {
    draw(3, 45, 8);
    near(ln_temperature_fit(&scores, 1) / by_search(1, 0), 1, 1e-4);
}

static void test_temperature_at_the_bounds(void **state) {
    draw(4, 40, 1);
    for (int i = 0; i < COUNT; i++) /* worse than chance: the flatter the better */
        for (labels[i] = 0; labels[i] < CLASSES - 1; labels[i]++)
            if (logits[i * CLASSES + labels[i]] < -0.5F) break;
    near(ln_temperature_fit(&scores, 1), LN_TEMPERATURE_MOST, 0);
    draw(4, 0.02, 1);
    for (int i = 0; i < COUNT; i++) labels[i] = ln_argmax(logits + i * CLASSES, CLASSES);
    near(ln_temperature_fit(&scores, 60), LN_TEMPERATURE_LEAST, 0);
}

/* Every label is the most probable class: the images alone would ask for a temperature of 0. */
static void test_temperature_of_no_mistakes(void **state) {
    draw(4, 2, 1);
    for (int i = 0; i < COUNT; i++) labels[i] = ln_argmax(logits + i * CLASSES, CLASSES);
    near(ln_temperature_fit(&scores, 1) / by_search(1, 0), 1, 1e-4);
}

static void test_temperature_of_nothing(void **state) {
    const struct ln_scores none = {.classes = CLASSES};
    near(ln_temperature_fit(&none, 2), 1, 0);
    draw(5, 4, 1);
    logits[5] = INFINITY;
    near(ln_temperature_fit(&scores, 2), 1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_bins),
        cmocka_unit_test(test_error_of_certainty),
        cmocka_unit_test(test_error_of_nothing),
        cmocka_unit_test(test_temperature),
        cmocka_unit_test(test_temperature_expected),
        cmocka_unit_test(test_temperature_of_far_logits),
        cmocka_unit_test(test_temperature_at_the_bounds),
        cmocka_unit_test(test_temperature_of_no_mistakes),
        cmocka_unit_test(test_temperature_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
