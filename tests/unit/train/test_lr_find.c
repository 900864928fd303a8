/* The range test: the judgement of a curve, rates that grow by a constant factor, a model that does not change. */
#include "shapes.h"
#include "train/lr_find.h"

#include <math.h>

/* ---- the judgement -------------------------------------------------------------------------------------- */

enum { STEPS = 100 };

/* A loss of 2.3 until the rate is about `learns`, 0.5 after it, and 50 from `explodes` on; with an early spike. */
static struct linnet_lr_curve curve_of(struct linnet_lr_point *points, double learns, double explodes) {
    struct linnet_lr_curve c = {.count = STEPS, .points = points};
    for (int i = 0; i < STEPS; i++) {
        points[i].lr = 1e-7 * pow(1e8, i / (STEPS - 1.0));
        const double done = 1 / (1 + exp(-8 * log10(points[i].lr / learns)));
        points[i].loss = 2.3 - 1.8 * done + 0.05 * sin(7 * i);
        if (points[i].lr > explodes) points[i].loss = 50;
    }
    points[2].loss = 9; /* a spike; the steepest descent follows */
    ln_lr_curve_judge(&c, points);
    return c;
}

static void test_steepest(void **state) {
    struct linnet_lr_point points[STEPS];
    const struct linnet_lr_curve c = curve_of(points, 1e-3, 1);
    assert_true(c.suggestion > 0.5e-3 && c.suggestion < 2e-3);
    assert_true(c.lowest_lr > 2e-3 && c.lowest_lr < 1);
    assert_true(fabs(c.lowest_loss - 0.5) < 0.1);
    const struct linnet_lr_curve later = curve_of(points, 3e-2, 1);
    assert_true(later.suggestion > 1.5e-2 && later.suggestion < 6e-2);
}

static void test_no_suggestion(void **state) {
    struct linnet_lr_point points[STEPS];
    const struct linnet_lr_curve c = curve_of(points, 1e6, 1e6); /* never learns */
    for (int i = 0; i < STEPS; i++) points[i].loss = 2.3 + 0.01 * sin(7 * i);
    struct linnet_lr_curve flat = c, empty = {.points = points};
    ln_lr_curve_judge(&flat, points);
    assert_true(isnan(flat.suggestion) && !isnan(flat.lowest_lr));
    ln_lr_curve_judge(&empty, points);
    assert_true(isnan(empty.suggestion) && isnan(empty.lowest_lr));
}

/* ---- the test itself -------------------------------------------------------------------------------------- */

static struct ln_lr_curve find(struct ln_model *m, const struct ln_dataset *ds, int steps, double to) {
    struct ln_lr_curve curve;
    const struct linnet_train_opts train = {.batch = 16, .opt = "sgd", .threads = 1, .augment = "none"};
    const struct linnet_lr_find_opts opts = {.from = 1e-6, .to = to, .steps = steps, .train = &train};
    if (ln_lr_find(&curve, m, ds, &opts) != LINNET_OK) fail_msg("%s", ln_error_line());
    return curve;
}

/* More steps than an epoch has; the last batch of an epoch is smaller. */
static void test_curve(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 40, 10, SHAPES);
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = model_for(ds, 5);
    m->temperature = 3;
    const float first = m->params[0][0];
    struct ln_lr_curve a = find(m, ds, 30, 1e-2), b = find(m, ds, 30, 1e-2);
    assert_int_equal(a.shown.count, 30);
    assert_string_equal(a.shown.opt, "sgd");
    assert_false(a.shown.diverged);
    for (int i = 0; i < 30; i++) {
        assert_true(fabs(a.points[i].lr / (1e-6 * pow(10, 4 * i / 29.0)) - 1) < 1e-12);
        assert_true(isfinite(a.points[i].loss));
        assert_true(a.points[i].loss == b.points[i].loss); /* the model is as it was */
    }
    assert_true(m->temperature == 3 && m->params[0][0] == first);
    ln_lr_curve_fini(&a);
    ln_lr_curve_fini(&b);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

static void test_diverges(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 40, 10, SHAPES);
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = model_for(ds, 5);
    struct ln_lr_curve curve = find(m, ds, 60, 1e6);
    assert_true(curve.shown.diverged);
    assert_true(curve.shown.count > 10 && curve.shown.count < 60);
    assert_true(isfinite(curve.points[curve.shown.count - 1].loss));
    ln_lr_curve_fini(&curve);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steepest),
        cmocka_unit_test(test_no_suggestion),
        fixture_test(test_curve),
        fixture_test(test_diverges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
