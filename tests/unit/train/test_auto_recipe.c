/* The choices of the automatic recipe: sizes, epochs and regularisation from facts. Options that the caller sets stay. */
#include "unit/base/base_test.h"

#include "train/auto_recipe.h"
#include <math.h>

static const struct ln_auto_facts resnet_facts = {.images = 2000,
                                                  .photos = true,
                                                  .photo_side = 375,
                                                  .has_norm = true,
                                                  .any_size = true,
                                                  .least_size = 64,
                                                  .usual_size = 224,
                                                  .images_per_s = 100,
                                                  .measured_size = 96};

struct chosen {
    struct linnet_model_opts model;
    struct linnet_train_opts train;
};

static struct chosen choose(const struct ln_auto_facts *facts, struct chosen given) {
    ln_auto_recipe(facts, &given.model, &given.train);
    return given;
}

static void test_small_pictures_keep_the_constant_defaults(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    facts.photos = false;
    const struct chosen c = choose(&facts, (struct chosen){0});
    assert_int_equal(c.model.imgsz, 0);
    assert_int_equal(c.train.epochs, 0);
    assert_null(c.train.opt);
}

static void test_with_batch_norm(void **state) {
    const struct chosen c = choose(&resnet_facts, (struct chosen){0});
    assert_string_equal(c.train.opt, "adamw");
    assert_true(c.train.lr == 1e-3 && c.train.weight_decay == 0.05 && c.train.clip == 0);
    assert_true(c.train.start_imgsz < c.train.train_imgsz && c.train.train_imgsz < c.model.imgsz);
    assert_true(c.train.warmup_epochs > 0 && c.train.warmup_epochs < c.train.epochs);
    assert_string_equal(c.train.dtype, "auto");
}

/* Short runs leave out what pays only in long ones. */
static void test_few_epochs(void **state) {
    const struct chosen c = choose(&resnet_facts, (struct chosen){.train.epochs = 150}); /* 300,000 images */
    assert_true(c.train.mixup == 0 && c.train.erase == 0 && c.train.rotate > 0);
    const struct chosen many = choose(&resnet_facts, (struct chosen){.train.epochs = 400});
    assert_true(many.train.mixup > 0 && many.train.erase > 0 && many.train.plain_share > 0);
}

/* No normalisation: a decoupled decay, clipped gradients, one size. */
static void test_without_batch_norm(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    facts.has_norm = false;
    const struct chosen c = choose(&facts, (struct chosen){0});
    assert_string_equal(c.train.opt, "adamw");
    assert_true(c.train.clip > 0 && c.train.lr <= 1e-3);
    assert_int_equal(c.train.train_imgsz, 0);
    assert_int_equal(c.train.start_imgsz, 0);
    assert_true(c.model.imgsz > 0);
}

/* AlexNet stays at chance with the rate that LeNet learns with. */
static void test_deep_without_batch_norm(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    facts.has_norm = false;
    facts.weighted_layers = 4;
    const double shallow = choose(&facts, (struct chosen){0}).train.lr;
    facts.weighted_layers = 8;
    const double deep = choose(&facts, (struct chosen){0}).train.lr;
    assert_true(deep > 0 && deep < shallow);
    facts.has_norm = facts.mostly_linear =
        true; /* as in VGG with batch normalisation between its convolutions alone */
    assert_true(choose(&facts, (struct chosen){0}).train.lr == deep);
}

/* If most of the time goes into weights, larger images cost little more. */
static void test_time_that_no_size_changes(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    const struct chosen c = choose(&facts, (struct chosen){.train.epochs = 10, .model.imgsz = 192});
    facts.fixed_share = 0;
    assert_true(fabs(ln_auto_seconds(&facts, &c.model, &c.train) - 10 * 4 * 2000 / 100.0) < 1e-6);
    facts.fixed_share = 0.75;
    assert_true(fabs(ln_auto_seconds(&facts, &c.model, &c.train) - 10 * 1.75 * 2000 / 100.0) < 1e-6);
    facts.budget_s = 2000;
    const int larger = choose(&facts, (struct chosen){0}).model.imgsz;
    facts.fixed_share = 0;
    assert_true(choose(&facts, (struct chosen){0}).model.imgsz < larger);
}

/* The speed is measured with the batch size of training. */
static void test_the_batch(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    assert_int_equal(ln_auto_batch(&facts, &(struct linnet_train_opts){0}), 32);
    assert_int_equal(ln_auto_batch(&facts, &(struct linnet_train_opts){.batch = 7}), 7);
    facts.images = 400;
    assert_int_equal(ln_auto_batch(&facts, &(struct linnet_train_opts){0}), 16);
    assert_int_equal(choose(&facts, (struct chosen){0}).train.batch, 16);
}

/* LeNet's weights grow with the image. */
static void test_of_one_size_the_smallest(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    facts.has_norm = facts.any_size = false;
    assert_int_equal(choose(&facts, (struct chosen){0}).model.imgsz, 64);
}

static void test_few_photos_are_seen_more_often(void **state) {
    static const int64_t counts[] = {100, 400, 2000, 8000, 20000, 1000000};
    int before = 301;
    for (int i = 0; i < 6; i++) {
        struct ln_auto_facts facts = resnet_facts;
        facts.images = counts[i];
        facts.images_per_s = 1e9;
        const int epochs = choose(&facts, (struct chosen){0}).train.epochs;
        assert_true(epochs <= before && epochs >= 16);
        before = epochs;
    }
}

static void test_what_is_said_wins(void **state) {
    const struct chosen c = choose(
        &resnet_facts, (struct chosen){.model.imgsz = 64,
                                       .train = {.epochs = 7, .lr = 0.1, .augment = "strong", .batch = 8}});
    assert_int_equal(c.model.imgsz, 64);
    assert_int_equal(c.train.train_imgsz, 0);
    assert_int_equal(c.train.epochs, 7);
    assert_true(c.train.lr == 0.1);
    assert_null(c.train.opt); /* a given rate belongs to the default optimiser */
    assert_string_equal(c.train.augment, "strong");
    assert_true(c.train.mixup == 0 && c.train.rotate == 0);
    assert_int_equal(c.train.batch, 8);
}

/* lr-find and tune print command lines that name the recipe's optimiser with another rate. */
static void test_its_own_optimiser_keeps_its_other_numbers(void **state) {
    const struct chosen own = choose(&resnet_facts, (struct chosen){.train = {.opt = "adamw", .lr = 0.1}});
    assert_true(own.train.lr == 0.1 && own.train.weight_decay == 0.05);
    assert_string_equal(own.train.tta, "flip");
    const struct chosen other = choose(&resnet_facts, (struct chosen){.train = {.opt = "sgd", .lr = 0.1}});
    assert_true(other.train.weight_decay == 0);
    assert_null(choose(&resnet_facts, (struct chosen){.train.augment = "none"}).train.tta);
}

/* Pretrained weights: two phases and fewer epochs. A frozen backbone: one phase, and no regularisation for training from scratch. */
static void test_transfer(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    facts.pretrained = true;
    const struct chosen c = choose(&facts, (struct chosen){0});
    assert_int_equal(c.train.freeze_epochs, 1);
    assert_true(c.train.lr_spread == 10);
    assert_in_range(c.train.epochs, 10, 40);
    const struct chosen hurried = choose(&facts, (struct chosen){.train.time_s = 10});
    assert_true(hurried.train.epochs == 1 && hurried.train.freeze_epochs == 0); /* no time for two phases */
    const struct chosen frozen = choose(&facts, (struct chosen){.train.freeze = "backbone"});
    assert_int_equal(frozen.train.freeze_epochs, 0);
    assert_true(frozen.train.mixup == 0 && frozen.train.start_imgsz == 0 && frozen.train.plain_share == 0);
    facts.any_size = false;
    assert_int_equal(choose(&facts, (struct chosen){0}).model.imgsz, 0);
}

/* With less time the recipe first shrinks the images, then cuts epochs. Only a single epoch may take longer than the time. */
static void test_the_time_is_kept(void **state) {
    int size_before = 0;
    for (double time = 20; time < 1e5; time *= 1.5) {
        const struct chosen c = choose(&resnet_facts, (struct chosen){.train.time_s = time});
        const double need = ln_auto_seconds(&resnet_facts, &c.model, &c.train);
        assert_true(need <= time || c.train.epochs == 1);
        assert_true(c.train.train_imgsz >= size_before);
        size_before = c.train.train_imgsz;
    }
    assert_int_equal(size_before, 160);
}

/* --epochs 0 is passed on as -1. */
static void test_no_epochs_take_no_time(void **state) {
    const struct chosen c = choose(&resnet_facts, (struct chosen){.train.epochs = -1});
    assert_true(ln_auto_seconds(&resnet_facts, &c.model, &c.train) == 0);
}

/* Larger images are worth more than the last three fifths of the epochs. */
static void test_sizes_come_before_the_last_epochs(void **state) {
    const struct linnet_model_opts model = {.imgsz = 160};
    const struct linnet_train_opts half = {
        .epochs = 75, .start_imgsz = 96, .train_imgsz = 128, .start_share = 0.7};
    const double time = ln_auto_seconds(&resnet_facts, &model, &half);
    const struct chosen c = choose(&resnet_facts, (struct chosen){.train = {.time_s = time, .tta = "none"}});
    assert_int_equal(c.train.train_imgsz, 128);
    assert_int_equal(c.train.epochs, 75);
}

/* Without a time the budget applies; without either, the recipe chooses the largest size. */
static void test_the_budget_is_kept(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    facts.budget_s = 300;
    const struct chosen c = choose(&facts, (struct chosen){0});
    assert_true(ln_auto_seconds(&facts, &c.model, &c.train) <= 300);
    assert_true(c.train.time_s == 0); /* the number of epochs is fixed, and with it the result */
    facts.budget_s = 0;
    facts.longer = 2;
    assert_int_equal(choose(&facts, (struct chosen){0}).train.epochs, 300);
    assert_int_equal(choose(&facts, (struct chosen){0}).train.train_imgsz, 160);
}

/* Evaluating the validation part takes time, too. */
static void test_validation_is_counted(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    const struct chosen c = choose(&facts, (struct chosen){.train.epochs = 10, .model.imgsz = 96});
    const double without = ln_auto_seconds(&facts, &c.model, &c.train);
    facts.watched = 3 * facts.images;
    assert_true(fabs(ln_auto_seconds(&facts, &c.model, &c.train) / without - 3) <
                1e-9); /* with mirror images */
    struct linnet_train_opts once = c.train;
    once.tta = "none";
    assert_true(fabs(ln_auto_seconds(&facts, &c.model, &once) / without - 2) < 1e-9);
}

/* Validation takes at most a tenth of the time if there are more than a few epochs; a given val_every stays. */
static void test_validation_takes_a_tenth(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    facts.watched = facts.images / 4;
    const struct chosen c = choose(&facts, (struct chosen){.train.epochs = 40});
    assert_true(c.train.val_every > 1);
    const double with = ln_auto_seconds(&facts, &c.model, &c.train);
    facts.watched = 0;
    const double without = ln_auto_seconds(&facts, &c.model, &c.train);
    assert_true(with > without && with <= 1.1 * without);
    facts.watched = facts.images / 4;
    assert_int_equal(choose(&facts, (struct chosen){.train.epochs = 10}).train.val_every, 1);
    assert_int_equal(choose(&facts, (struct chosen){.train = {.epochs = 40, .val_every = 2}}).train.val_every,
                     2);
    facts.watched = 0;
    assert_int_equal(choose(&facts, (struct chosen){.train.epochs = 40}).train.val_every, 1);
}

static void test_sizes_do_not_exceed_the_photos(void **state) {
    struct ln_auto_facts small = resnet_facts;
    small.photo_side = 64;
    const struct chosen c = choose(&small, (struct chosen){0});
    assert_true(c.train.train_imgsz <= 80);
}

static void test_a_network_of_one_size_keeps_it(void **state) {
    struct ln_auto_facts lenet5 = resnet_facts;
    lenet5.has_norm = lenet5.any_size = false;
    lenet5.one_size = true;
    const struct chosen c = choose(&lenet5, (struct chosen){0});
    assert_true(c.model.imgsz == 0 && c.train.train_imgsz == 0 && c.train.start_imgsz == 0);
}

static void test_no_epochs_need_no_warmup(void **state) {
    const struct chosen c = choose(&resnet_facts, (struct chosen){.train.epochs = LINNET_NONE});
    assert_true(c.train.epochs == LINNET_NONE && c.train.warmup_epochs == 0);
}

static void test_unknown_speed_is_unknown_time(void **state) {
    struct ln_auto_facts facts = resnet_facts;
    facts.images_per_s = 0;
    const struct chosen c = choose(&facts, (struct chosen){0});
    assert_true(isnan(ln_auto_seconds(&facts, &c.model, &c.train)));
    assert_int_equal(c.train.epochs, 150);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_pictures_keep_the_constant_defaults),
        cmocka_unit_test(test_with_batch_norm),
        cmocka_unit_test(test_few_epochs),
        cmocka_unit_test(test_without_batch_norm),
        cmocka_unit_test(test_deep_without_batch_norm),
        cmocka_unit_test(test_time_that_no_size_changes),
        cmocka_unit_test(test_the_batch),
        cmocka_unit_test(test_of_one_size_the_smallest),
        cmocka_unit_test(test_few_photos_are_seen_more_often),
        cmocka_unit_test(test_what_is_said_wins),
        cmocka_unit_test(test_its_own_optimiser_keeps_its_other_numbers),
        cmocka_unit_test(test_transfer),
        cmocka_unit_test(test_the_time_is_kept),
        cmocka_unit_test(test_no_epochs_take_no_time),
        cmocka_unit_test(test_sizes_come_before_the_last_epochs),
        cmocka_unit_test(test_the_budget_is_kept),
        cmocka_unit_test(test_validation_is_counted),
        cmocka_unit_test(test_validation_takes_a_tenth),
        cmocka_unit_test(test_sizes_do_not_exceed_the_photos),
        cmocka_unit_test(test_a_network_of_one_size_keeps_it),
        cmocka_unit_test(test_no_epochs_need_no_warmup),
        cmocka_unit_test(test_unknown_speed_is_unknown_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
