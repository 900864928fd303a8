/* The two phases of training from other weights: the backbone keeps its bits while the last layer learns; then all layers
 * train, by rates that fall towards the input; a run that is stopped in either phase continues to the same bits. */
#include "arch/arch.h"
#include "shapes.h"

#include <math.h>

static struct linnet_train_opts phases(const char *opt) {
    return (struct linnet_train_opts){.epochs = 3,
                                      .freeze_epochs = 1,
                                      .lr_spread = 16,
                                      .batch = 28,
                                      .opt = opt,
                                      .lr = 0.01,
                                      .weight_decay = 0.1,
                                      .model_ema = true,
                                      .threads = 1};
}

static int train(struct ln_model *m, const struct ln_dataset *ds, const struct linnet_train_opts *opts) {
    static const struct linnet_data_opts data_opts = {.split = "80,20"};
    struct linnet_result result;
    return ln_train(m, ds, &data_opts, opts, &result);
}

static float *copy_of(const struct ln_model *m, size_t i) {
    const size_t bytes = ln_net_param_size(m->net, i) * sizeof(float);
    float *copy = test_malloc(bytes);
    return memcpy(copy, m->params[i], bytes);
}

/* Asserts that all parameters have changed, or only those of the last layer. */
static void assert_changed(const struct ln_model *m, float *const *before, bool all) {
    for (size_t i = 0; i < m->net->param_count; i++) {
        const bool head = strncmp(m->net->params[i].name, "fc2.", 4) == 0;
        const size_t bytes = ln_net_param_size(m->net, i) * sizeof(float);
        assert_int_equal(memcmp(before[i], m->params[i], bytes) != 0, head || all);
    }
}

static void test_phases(void **state) {
    put_shapes(*state, SHAPE_TRAIN, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "80,20");
    for (int epochs = 1; epochs <= 2; epochs++) {
        struct ln_model *m = model_for(ds, 5);
        float *before[8];
        struct linnet_train_opts opts = phases("sgd");
        opts.epochs = epochs;
        assert_int_equal(m->net->param_count, 8);
        for (size_t i = 0; i < 8; i++) before[i] = copy_of(m, i);
        if (train(m, ds, &opts) != LINNET_OK) fail_msg("%s", ln_error_line());
        assert_changed(m, before, epochs > 1);
        for (size_t i = 0; i < 8; i++) test_free(before[i]);
        ln_model_destroy(m);
    }
    ln_dataset_close(ds);
}

/* The change of each parameter in one step of plain gradient descent on all images. */
static float **moved(const struct ln_dataset *ds, double spread) {
    struct ln_model *m = model_for(ds, 5), *fresh = model_for(ds, 5);
    float **moves = test_malloc(8 * sizeof *moves);
    const struct linnet_train_opts opts = {.epochs = 1,
                                           .lr_spread = spread,
                                           .batch = SHAPE_TRAIN,
                                           .opt = "sgd",
                                           .lr = 0.5,
                                           .momentum = LINNET_NONE,
                                           .weight_decay = LINNET_NONE,
                                           .lr_scheduler = "constant",
                                           .threads = 1};
    if (train(m, ds, &opts) != LINNET_OK) fail_msg("%s", ln_error_line());
    for (size_t i = 0; i < 8; i++) {
        moves[i] = copy_of(m, i);
        for (size_t k = 0; k < ln_net_param_size(m->net, i); k++) moves[i][k] -= fresh->params[i][k];
    }
    ln_model_destroy(m);
    ln_model_destroy(fresh);
    return moves;
}

/* With a spread of 16, the four layers train at 1/8, 1/4, 1/2 and the whole of the rate. */
static void test_rates(void **state) {
    put_shapes(*state, SHAPE_TRAIN, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "80,20");
    struct ln_model *m = model_for(ds, 5);
    float **even = moved(ds, 0), **spread = moved(ds, 16);
    for (size_t i = 0; i < 8; i++) {
        const float rate = 1.0F / (float)(1 << (3 - i / 2));
        float largest = 0;
        for (size_t k = 0; k < ln_net_param_size(m->net, i); k++) {
            largest = fmaxf(largest, fabsf(even[i][k]));
            assert_true(fabsf(spread[i][k] - rate * even[i][k]) < 1e-6F);
        }
        assert_true(largest > 1e-5F);
        test_free(even[i]);
        test_free(spread[i]);
    }
    test_free(even);
    test_free(spread);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

struct seen_rates {
    double first, last[3]; /* of the first step; of each epoch's last step */
};

static void see_rates(void *user, const struct linnet_event *e) {
    struct seen_rates *seen = user;
    if (e->part != LINNET_TRAIN || e->kind != LINNET_EVENT_STEP) return;
    if (e->epoch == 1 && e->step == 1) seen->first = e->lr;
    seen->last[e->epoch - 1] = e->lr;
}

/* Ten steps an epoch: the rate of the last layer rises to lr in the first epoch; later epochs train at half of lr. */
static void test_rate_of_phases(void **state) {
    put_shapes(*state, SHAPE_TRAIN, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "80,20");
    struct ln_model *m = model_for(ds, 5);
    struct seen_rates seen = {0};
    struct linnet_train_opts opts = phases("sgd");
    opts.batch = 24;
    opts.lr_scheduler = "constant";
    opts.on_event = see_rates;
    opts.user = &seen;
    if (train(m, ds, &opts) != LINNET_OK) fail_msg("%s", ln_error_line());
    assert_true(fabs(seen.first - 0.001) < 1e-12 && fabs(seen.last[0] - 0.01) < 1e-12);
    assert_true(seen.last[1] == 0.005 && seen.last[2] == 0.005);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

/* Networks with batch normalisation, branches and auxiliary heads: the frozen plan shares the layouts of the other. */
static void test_networks(void **state) {
    static const char *const archs[] = {"resnet18", "googlenet", "vgg11_bn"};
    put_shapes(*state, 40, 10, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "30,10");
    for (int i = 0; i < 3; i++) {
        struct ln_net *net;
        struct ln_model *m;
        struct linnet_train_opts opts = phases("nesterov");
        opts.epochs = 2;
        opts.batch = 10;
        const struct ln_arch_opts arch = {.classes = SHAPES, .channels = 1, .imgsz = 32};
        assert_int_equal(ln_arch_build(archs[i], &arch, &net), LINNET_OK);
        assert_int_equal(ln_model_create(&m, archs[i], net, 1), LINNET_OK);
        assert_int_equal(ln_model_name_classes(m, ds->class_names, ds->classes), LINNET_OK);
        if (train(m, ds, &opts) != LINNET_OK) fail_msg("%s: %s", archs[i], ln_error_line());
        ln_model_destroy(m);
    }
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_phases),
        fixture_test(test_rates),
        fixture_test(test_rate_of_phases),
        fixture_test(test_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
