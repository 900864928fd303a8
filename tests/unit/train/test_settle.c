/* Training's options: what stands for zero, and what is refused. */
#include "shapes.h"

#include "optim/optim.h"

#include <math.h>

static struct ln_model *model_of(int imgsz) {
    struct ln_net *net;
    struct ln_model *m;
    const struct ln_arch_opts opts = {.classes = 2, .channels = 1, .imgsz = imgsz};
    assert_int_equal(ln_arch_build("lenet", &opts, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, "lenet", net, 1), LINNET_OK);
    return m;
}

static struct linnet_train_opts settled(struct linnet_train_opts opts, int imgsz) {
    struct ln_model *m = model_of(imgsz);
    assert_int_equal(ln_train_settle(&opts, m), LINNET_OK);
    ln_model_destroy(m);
    return opts;
}

/* Photos, and whoever says anything of the rate, the momentum or the decay, get SGD. */
static void test_optimiser(void **state) {
    const struct linnet_train_opts said[] = {
        {.lr = 0.05}, {.momentum = 0.5}, {.weight_decay = 0.001}, {.opt = "sgd"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct linnet_train_opts o = settled(said[i], 28);
        assert_string_equal(o.opt, "sgd");
        assert_true(o.lr == (said[i].lr > 0 ? said[i].lr : 0.02));
    }
    struct linnet_train_opts o = settled((struct linnet_train_opts){0}, 65);
    assert_string_equal(o.opt, "sgd");
    assert_true(o.lr == 0.02 && o.momentum == 0.9 && o.weight_decay == ln_optim_find("sgd")->weight_decay);
    o = settled((struct linnet_train_opts){.opt = "adamw"}, 28);
    assert_true(o.lr == 0.001);
}

static void test_defaults(void **state) {
    struct linnet_train_opts o = settled((struct linnet_train_opts){0}, 28);
    assert_int_equal(o.epochs, 10);
    assert_int_equal(o.batch, 32);
    assert_string_equal(o.opt, "adamw");
    assert_string_equal(o.lr_scheduler, "cosine");
    assert_string_equal(o.augment, "none");
    assert_string_equal(o.recipe, "auto");
    assert_string_equal(o.freeze, "none");
    assert_true(o.lr == 0.002 && o.weight_decay == ln_optim_find("adamw")->weight_decay);
    assert_int_equal(o.step_epochs, 3);
    assert_true(o.warmup_epochs == 0 && o.label_smoothing == 0 && o.seed == 0);
    assert_true(o.threads >= 1 && o.workers == o.threads);
    assert_true(o.cache_mb >= 1 && !o.strict);
}

static void test_defaults_of_adamw(void **state) {
    struct linnet_train_opts o = settled((struct linnet_train_opts){.opt = "adamw", .epochs = 2}, 64);
    assert_int_equal(o.batch, 32);
    assert_true(o.lr == 0.001);
    assert_true(o.weight_decay == ln_optim_find("adamw")->weight_decay);
    assert_int_equal(o.step_epochs, 1);
}

/* What is said stays as it is said, an explicit nothing too; settling twice changes nothing. */
static void test_said(void **state) {
    struct linnet_train_opts said = {.epochs = LINNET_NONE,
                                     .batch = 7,
                                     .opt = "nesterov",
                                     .lr = 0.3,
                                     .momentum = LINNET_NONE,
                                     .weight_decay = LINNET_NONE,
                                     .lr_scheduler = "step",
                                     .warmup_epochs = 0.5,
                                     .step_epochs = 9,
                                     .augment = "light",
                                     .recipe = "best",
                                     .freeze = "backbone",
                                     .label_smoothing = 0.1,
                                     .conv = "direct",
                                     .dtype = "f32",
                                     .seed = 42,
                                     .threads = 1,
                                     .workers = 3,
                                     .cache_mb = LINNET_NONE,
                                     .strict = true};
    struct linnet_train_opts o = settled(said, 28);
    assert_memory_equal(&o, &said, sizeof o);
}

struct refusal {
    const char *code, *words;
    struct linnet_train_opts opts;
};

static const struct refusal refusals[] = {
    {"train-opt", "did you mean adam", {.opt = "adamx"}},
    {"train-opt", "unknown optimiser ''", {.opt = ""}},
    {"train-schedule", "did you mean cosine", {.lr_scheduler = "cosin"}},
    {"train-option", "epochs is -2", {.epochs = -2}},
    {"train-option", "epochs", {.epochs = 2000000}},
    {"train-option", "batch is -1", {.batch = -1}},
    {"train-option", "batch", {.batch = 1 << 20}},
    {"train-option", "lr is -0.1", {.lr = -0.1}},
    {"train-option", "lr is -1", {.lr = LINNET_NONE}},
    {"train-option", "lr is nan", {.lr = NAN}},
    {"train-option", "lr is inf", {.lr = INFINITY}},
    {"train-option", "momentum is 1.5", {.momentum = 1.5}},
    {"train-momentum", "adam has none", {.opt = "adam", .momentum = 0.5}},
    {"train-option", "time_s is -1", {.time_s = -1}},
    {"train-option", "model_ema_decay is 2", {.model_ema_decay = 2}},
    {"train-option", "momentum is -0.5", {.momentum = -0.5}},
    {"train-option", "momentum is nan", {.momentum = NAN}},
    {"train-option", "weight_decay is -0.1", {.weight_decay = -0.1}},
    {"train-option", "weight_decay is -2", {.weight_decay = -2}},
    {"train-option", "warmup_epochs is -1", {.warmup_epochs = -1}},
    {"train-option", "step_epochs is -3", {.step_epochs = -3}},
    {"train-option", "label_smoothing is 1", {.label_smoothing = 1}},
    {"train-option", "label_smoothing is -0.1", {.label_smoothing = -0.1}},
    {"train-option", "threads is -4", {.threads = -4}},
    {"train-option", "workers is 5000", {.workers = 5000}},
    {"train-option", "cache_mb is -2", {.cache_mb = -2}},
};

static void test_refused(void **state) {
    struct ln_model *m = model_of(28);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct linnet_train_opts o = refusals[i].opts;
        assert_refused(ln_train_settle(&o, m), LINNET_ERR_USAGE, refusals[i].code, refusals[i].words);
    }
    ln_model_destroy(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optimiser),         cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_defaults_of_adamw), cmocka_unit_test(test_said),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
