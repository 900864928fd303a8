/* Training fits the temperature and the energy threshold of the kept weights on the validation part, and stores both in the model file. */
#include "shapes.h"
#include "train/calibration.h"
#include "train/energy.h"

#include <math.h>

static struct ln_model *train(const struct fixture *f, const struct ln_dataset *ds, const char *split,
                              const char *dir) {
    struct ln_model *m = model_for(ds, 5);
    struct linnet_result result;
    struct linnet_data_opts data_opts = {.split = split};
    struct linnet_train_opts opts = {
        .epochs = 1, .batch = 28, .opt = "sgd", .lr = 0.01, .threads = 1, .dir = in(f, dir)};
    m->temperature = 3; /* from other weights */
    m->unknown_energy = 5;
    if (ln_train(m, ds, &data_opts, &opts, &result) != LINNET_OK) fail_msg("%s", ln_error_line());
    return m;
}

struct fitted {
    double temperature, energy;
};

static struct fitted fitted_in(const struct fixture *f, const char *file) {
    struct ln_model *m;
    if (ln_model_open(&m, in(f, file)) != LINNET_OK) fail_msg("%s", ln_error_line());
    const struct fitted fitted = {m->temperature, m->unknown_energy};
    ln_model_destroy(m);
    return fitted;
}

/* Fits both to the model's logits of the validation part. */
static struct fitted fit(const struct ln_model *m, const struct ln_dataset *ds) {
    struct ln_plan *plan;
    struct ln_loader *loader;
    struct ln_scores scores;
    struct ln_loader_opts opts = {.part = LINNET_VAL, .batch = 28, .preprocess = &m->preprocess};
    assert_int_equal(ln_plan_create(&plan, m->net, &(struct ln_plan_opts){.batch = 28}), LINNET_OK);
    assert_int_equal(ln_model_to_plan(m, plan), LINNET_OK);
    assert_int_equal(ln_loader_create(&loader, ds, &opts), LINNET_OK);
    assert_int_equal(ln_score(&scores, plan, loader, true, NULL), LINNET_OK);
    struct fitted fitted = {.temperature = ln_temperature_fit(&scores, 1)};
    assert_int_equal(ln_unknown_energy_fit(&scores, fitted.temperature, &fitted.energy), LINNET_OK);
    ln_scores_fini(&scores);
    ln_loader_destroy(loader);
    ln_plan_destroy(plan);
    return fitted;
}

static void test_fitted(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, SHAPE_TRAIN, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(f, "60,40");
    struct ln_model *m = train(f, ds, "60,40", "run");
    assert_true(m->temperature != 1 && m->temperature != 3);
    const struct fitted here = fit(m, ds), best = fitted_in(f, "run/best.safetensors"),
                        last = fitted_in(f, "run/last.safetensors");
    assert_true(fabs(m->temperature / here.temperature - 1) < 1e-4);
    assert_true(fabs(m->unknown_energy - here.energy) < 1e-3 && isfinite(here.energy));
    assert_true(best.temperature == m->temperature && best.energy == m->unknown_energy);
    assert_true(last.temperature == 1 && isinf(last.energy)); /* not fitted for a checkpoint */
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

/* If the test part stands in for validation, no temperature may be fitted on it. */
static void test_no_validation(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, SHAPE_TRAIN, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(f, NULL);
    assert_true(ds->val_is_test);
    struct ln_model *m = train(f, ds, NULL, "run");
    assert_true(m->temperature == 1);
    const struct fitted best = fitted_in(f, "run/best.safetensors");
    assert_true(best.temperature == 1 && isinf(best.energy) && isinf(m->unknown_energy));
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_fitted),
        fixture_test(test_no_validation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
