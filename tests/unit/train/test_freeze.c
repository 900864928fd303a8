/* --freeze backbone: after some epochs with weight decay the backbone has the same bits as before, the head
 * has changed, and the network has still learnt. */
#include "shapes.h"

static float *copy_of(const struct ln_model *m, size_t i) {
    size_t bytes = ln_net_param_size(m->net, i) * sizeof(float);
    float *copy = test_malloc(bytes);
    return memcpy(copy, m->params[i], bytes);
}

static void train(struct ln_model *m, const struct ln_dataset *ds, const char *freeze,
                  struct linnet_result *result) {
    struct linnet_data_opts data_opts = {.split = "80,20"};
    struct linnet_train_opts opts = {
        .epochs = 4, .batch = 28, .freeze = freeze, .weight_decay = 0.1, .threads = 1};
    if (ln_train(m, ds, &data_opts, &opts, result) != LINNET_OK) fail_msg("%s", ln_error_line());
}

static void test_frozen(void **state) {
    put_shapes(*state, SHAPE_TRAIN, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "80,20");
    struct ln_model *m = model_for(ds, 5);
    struct linnet_result result;
    float *before[8];
    assert_int_equal(m->net->param_count, 8);
    for (size_t i = 0; i < 8; i++) before[i] = copy_of(m, i);
    train(m, ds, "backbone", &result);
    for (size_t i = 0; i < 8; i++) {
        size_t bytes = ln_net_param_size(m->net, i) * sizeof(float);
        bool head = strncmp(m->net->params[i].name, "fc2.", 4) == 0;
        assert_int_equal(memcmp(before[i], m->params[i], bytes) != 0, head);
        test_free(before[i]);
    }
    assert_true(result.val_acc > 0.5); /* guessing gives a third */
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

static void test_none(void **state) {
    put_shapes(*state, SHAPE_TRAIN, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "80,20");
    struct ln_model *m = model_for(ds, 5);
    struct linnet_result result;
    float *before = copy_of(m, 0);
    train(m, ds, "none", &result);
    assert_memory_not_equal(before, m->params[0], ln_net_param_size(m->net, 0) * sizeof(float));
    test_free(before);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

static void test_name(void **state) {
    put_shapes(*state, SHAPE_TRAIN, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "80,20");
    struct ln_model *m = model_for(ds, 5);
    struct linnet_train_opts opts = {.freeze = "head"};
    assert_int_equal(ln_train_resolve(&opts, m), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "option-name");
    ln_error_clear();
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_frozen),
        fixture_test(test_none),
        fixture_test(test_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
