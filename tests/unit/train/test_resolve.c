/* Resolving the options of training: defaults for zeros, recipes, refusals. */
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

static struct linnet_train_opts resolved(struct linnet_train_opts opts, int imgsz) {
    struct ln_model *m = model_of(imgsz);
    assert_int_equal(ln_train_resolve(&opts, m), LINNET_OK);
    ln_model_destroy(m);
    return opts;
}

/* The default is SGD for photos, and whenever the rate, the momentum or the decay is given. */
static void test_optimiser(void **state) {
    const struct linnet_train_opts said[] = {
        {.lr = 0.05}, {.momentum = 0.5}, {.weight_decay = 0.001}, {.opt = "sgd"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct linnet_train_opts o = resolved(said[i], 28);
        assert_string_equal(o.opt, "sgd");
        assert_true(o.lr == (said[i].lr > 0 ? said[i].lr : 0.02));
    }
    struct linnet_train_opts o = resolved((struct linnet_train_opts){0}, 65);
    assert_string_equal(o.opt, "sgd");
    assert_true(o.lr == 0.02 && o.momentum == 0.9 && o.weight_decay == ln_optim_find("sgd")->weight_decay);
    o = resolved((struct linnet_train_opts){.opt = "adamw"}, 28);
    assert_true(o.lr == 0.001);
}

static void test_defaults(void **state) {
    struct linnet_train_opts o = resolved((struct linnet_train_opts){0}, 28);
    assert_int_equal(o.epochs, 10);
    assert_int_equal(o.batch, 32);
    assert_string_equal(o.opt, "adamw");
    assert_string_equal(o.lr_scheduler, "cosine");
    assert_string_equal(o.augment, "shift"); /* grey */
    assert_string_equal(o.recipe, "auto");
    assert_string_equal(o.freeze, "none");
    assert_true(o.lr == 0.002 && o.weight_decay == 0.1 && o.decay_weights && o.label_smoothing == 0.05);
    assert_true(o.step_epochs == 0 && o.model_ema_decay == 0); /* nothing uses them */
    assert_true(o.warmup_epochs == 0 && o.seed == 0);
    assert_true(o.threads >= 1 && o.workers == o.threads);
    assert_true(o.cache_mb >= 1 && !o.strict);
}

static void test_defaults_of_adamw(void **state) {
    struct linnet_train_opts o = resolved((struct linnet_train_opts){.opt = "adamw", .epochs = 2}, 64);
    assert_int_equal(o.batch, 32);
    assert_true(o.lr == 0.001);
    assert_true(o.weight_decay == ln_optim_find("adamw")->weight_decay && !o.decay_weights &&
                o.label_smoothing == 0);
}

static void test_step_size(void **state) {
    static const int epochs[] = {1, 3, 4, 10}, sizes[] = {1, 1, 1, 3};
    for (int i = 0; i < 4; i++) {
        struct linnet_train_opts o =
            resolved((struct linnet_train_opts){.lr_scheduler = "step", .epochs = epochs[i]}, 28);
        assert_int_equal(o.step_epochs, sizes[i]);
    }
}

/* If 0 is the default anyway, LINNET_NONE becomes 0. */
static void test_none(void **state) {
    struct linnet_train_opts o = resolved((struct linnet_train_opts){.warmup_epochs = LINNET_NONE,
                                                                     .mixup = LINNET_NONE,
                                                                     .cutmix = LINNET_NONE,
                                                                     .label_smoothing = LINNET_NONE,
                                                                     .seed = (uint64_t)LINNET_NONE},
                                          28);
    assert_true(o.warmup_epochs == 0 && o.mixup == 0 && o.cutmix == 0 && o.label_smoothing == 0 &&
                o.seed == 0);
}

/* Explicit options, also LINNET_NONE, override the recipe; options of the recipe without effect are
 * dropped. */
static void test_recipe(void **state) {
    struct linnet_data_opts data = {.seed = (uint64_t)LINNET_NONE};
    struct linnet_model_opts model = {0};
    struct linnet_train_opts best = {.mixup = LINNET_NONE, .lr_scheduler = "onecycle"},
                             chapter = {.opt = "adam"};
    assert_int_equal(ln_recipe_apply("best", &data, &model, &best), LINNET_OK);
    assert_int_equal(best.epochs, 0); /* they depend on the data */
    const char *arch = NULL, *said = "lenet5";
    assert_int_equal(ln_recipe_small("best", &arch, &best), LINNET_OK);
    assert_string_equal(arch, "cifar_resnet20");
    assert_int_equal(ln_recipe_small("best", &said, &best), LINNET_OK);
    assert_string_equal(said, "lenet5");
    assert_true(best.mixup == LINNET_NONE && best.cutmix == 1 && best.epochs == 100 &&
                best.warmup_epochs == 0);
    assert_int_equal(ln_recipe_apply("chapter", &data, &model, &chapter), LINNET_OK);
    assert_true((int64_t)data.seed == LINNET_NONE && model.seed == 42 && chapter.seed == 42);
    assert_true(chapter.momentum == 0 && chapter.lr == 0.001);
    assert_string_equal(data.split, "400,92,10");
    struct linnet_data_opts file = {.split_file = "s.csv"};
    assert_int_equal(ln_recipe_apply("chapter", &file, &model, &chapter), LINNET_OK);
    assert_null(file.split);
    resolved(chapter, 28);
}

/* Explicit options, also LINNET_NONE, are kept. */
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
                                     .auto_augment = "trivial",
                                     .scale = 0.4,
                                     .rotate = LINNET_NONE,
                                     .jitter = LINNET_NONE,
                                     .erase = LINNET_NONE,
                                     .recipe = "best",
                                     .freeze = "backbone",
                                     .freeze_views = 2,
                                     .tta = "flip",
                                     .on_disk_full = "stop",
                                     .val_every = 3,
                                     .label_smoothing = 0.1,
                                     .conv = "direct",
                                     .dtype = "f32",
                                     .seed = 42,
                                     .threads = 1,
                                     .workers = 3,
                                     .cache_mb = LINNET_NONE,
                                     .checkpoint_s = 60,
                                     .sampler = "balanced",
                                     .comm_dtype = "f32",
                                     .strict = true};
    struct linnet_train_opts o = resolved(said, 28);
    assert_memory_equal(&o, &said, sizeof o);
}

struct refusal {
    const char *code, *words;
    struct linnet_train_opts opts;
};

/* The ranges are tested row by row in test_options.c. */
static const struct refusal refusals[] = {
    {"option-name", "unknown opt 'adamx'; did you mean adam", {.opt = "adamx"}},
    {"option-name", "unknown opt ''", {.opt = ""}},
    {"option-name", "did you mean cosine", {.lr_scheduler = "cosin"}},
    {"option-name", "did you mean chapter", {.recipe = "chaptr"}},
    {"option-value", "epochs is -2", {.epochs = -2}},
    {"option-value", "batch is 65537: must be an integer from 1 to 65536", {.batch = 65537}},
    {"option-value", "lr is nan", {.lr = NAN}},
    {"option-value", "lr is -1", {.lr = LINNET_NONE}},
    {"option-value", "cache_mb is -2", {.cache_mb = -2}},
    {"option-unused", "--momentum requires --opt sgd, nesterov or rmsprop", {.opt = "adam", .momentum = 0.5}},
    {"option-unused", "--lr-step-size requires --lr-scheduler step or plateau", {.step_epochs = 3}},
    {"option-unused", "--warmup-epochs requires", {.lr_scheduler = "onecycle", .warmup_epochs = 1}},
    {"option-unused", "--model-ema-decay requires --model-ema", {.model_ema_decay = 0.9}},
};

static void test_refused(void **state) {
    struct ln_model *m = model_of(28);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct linnet_train_opts o = refusals[i].opts;
        assert_refused(ln_train_resolve(&o, m), LINNET_ERR_USAGE, refusals[i].code, refusals[i].words);
    }
    ln_model_destroy(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optimiser),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_defaults_of_adamw),
        cmocka_unit_test(test_said),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_step_size),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_recipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
