/* The cache of features: complete views, gathered rows, the memory limit; and training on features compared with training on
 * the same images with the whole network. */
#include "shapes.h"

#include "arch/arch.h"
#include "graph/plan.h"
#include "train/feature_cache.h"

#include <math.h>

enum { WIDTH = 3, VIEWS = 2 };

static void keep(struct ln_feature_cache *c, int view, uint32_t index) {
    const float features[WIDTH] = {(float)view, (float)index, 1};
    const int32_t label = (int32_t)index % SHAPES;
    ln_feature_cache_keep(c, view, features, &index, &label, 1);
}

static void test_cache(void **state) {
    put_shapes(*state, 40, 10, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "30,10");
    const struct ln_part *part = &ds->parts[LINNET_TRAIN];
    struct ln_feature_cache c;
    assert_int_equal(
        ln_feature_cache_init(&c, ds, VIEWS, WIDTH, 4, part->count * VIEWS * WIDTH * sizeof(float) - 1),
        LINNET_OK);
    assert_true(c.views == 0 && !ln_feature_cache_has(&c, 0));
    ln_feature_cache_fini(&c);
    assert_int_equal(ln_feature_cache_init(&c, ds, VIEWS, WIDTH, 4, 1 << 20), LINNET_OK);
    for (size_t i = 0; i < part->count; i++) {
        assert_false(ln_feature_cache_has(&c, 1));
        keep(&c, 1, part->index[i]);
        keep(&c, 1, part->index[i]); /* the second time does not count */
    }
    assert_true(ln_feature_cache_has(&c, 1) && !ln_feature_cache_has(&c, 0));
    ln_feature_cache_gather(&c, 1, part->index + 5, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(c.batch_indices[i], part->index[5 + i]);
        assert_int_equal(c.batch_labels[i], part->index[5 + i] % SHAPES);
        assert_true(c.batch[i * WIDTH] == 1 && c.batch[i * WIDTH + 1] == (float)part->index[5 + i]);
    }
    ln_feature_cache_clear(&c);
    assert_false(ln_feature_cache_has(&c, 1));
    ln_feature_cache_fini(&c);
    ln_dataset_close(ds);
}

enum { BATCH = 4, SIDE = 32 };

struct compiled {
    struct ln_net *net;
    struct ln_plan *plan;
};

static struct compiled compile(const char *arch) {
    struct compiled c;
    const struct ln_arch_opts opts = {.classes = SHAPES, .channels = 1, .imgsz = SIDE};
    assert_int_equal(ln_arch_build(arch, &opts, &c.net), LINNET_OK);
    bool *backbone = test_calloc(c.net->count, sizeof *backbone);
    ln_net_backbone(c.net, backbone);
    const struct ln_plan_opts plan = {.batch = BATCH, .train = true, .features = true, .frozen = backbone};
    assert_int_equal(ln_plan_create(&c.plan, c.net, &plan), LINNET_OK);
    assert_int_equal(ln_plan_init(c.plan, 1), LINNET_OK);
    test_free(backbone);
    return c;
}

/* The pass from the features on has the same bits as the whole pass, whatever the plan computed in between. */
static void check_plan(const char *arch) {
    static float images[BATCH * SIDE * SIDE];
    static const int32_t labels[BATCH] = {0, 2, 1, 1}, others[BATCH] = {1, 1, 0, 2};
    const struct compiled c = compile(arch);
    float logits[BATCH * SHAPES];
    size_t width;
    uint32_t random = 5;
    for (int i = 0; i < BATCH * SIDE * SIDE; i++) images[i] = (float)(shape_random(&random) % 256) / 128 - 1;
    if (!ln_plan_takes_features(c.plan)) fail_msg("%s writes no features", arch);
    assert_int_equal(ln_plan_forward(c.plan, images, labels, 3), LINNET_OK);
    const double loss = ln_plan_loss(c.plan);
    memcpy(logits, ln_plan_logits(c.plan), sizeof logits);
    const float *features = ln_plan_features(c.plan, &width);
    float *kept = test_malloc(BATCH * width * sizeof *kept);
    memcpy(kept, features, BATCH * width * sizeof *kept);
    assert_int_equal(ln_plan_backward(c.plan), LINNET_OK);
    for (int k = 0; k < BATCH * SIDE * SIDE; k++) images[k] = -images[k];
    assert_int_equal(ln_plan_forward(c.plan, images, others, 4), LINNET_OK);
    const bool dead =
        strcmp(arch, "googlenet") == 0; /* with random weights, all features of so small an image are 0 */
    assert_int_equal(memcmp(logits, ln_plan_logits(c.plan), sizeof logits) == 0, dead);
    assert_int_equal(ln_plan_forward_features(c.plan, kept, labels, 3), LINNET_OK);
    assert_memory_equal(logits, ln_plan_logits(c.plan), sizeof logits);
    assert_true(loss == ln_plan_loss(c.plan));
    test_free(kept);
    ln_plan_destroy(c.plan);
    ln_net_destroy(c.net);
}

static void test_plan(void **state) {
    check_plan("lenet");
    check_plan("resnet18");
    check_plan("googlenet");
    check_plan("vgg11_bn");
}

/* Trains the last layer for three epochs with two views. The third epoch reads the features if the cache has room. */
static struct ln_model *tuned(const struct ln_dataset *ds, const char *arch, int64_t cache_mb,
                              struct linnet_result *result) {
    static const struct linnet_data_opts data_opts = {.split = "30,10"};
    struct ln_net *net;
    struct ln_model *m;
    const struct ln_arch_opts opts = {.classes = SHAPES, .channels = 1, .imgsz = 32};
    const struct linnet_train_opts train = {.epochs = 3,
                                            .freeze = "backbone",
                                            .freeze_views = 2,
                                            .augment = "light",
                                            .batch = 8,
                                            .opt = "sgd",
                                            .lr = 0.01,
                                            .cache_mb = cache_mb,
                                            .threads = 1};
    assert_int_equal(ln_arch_build(arch, &opts, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, arch, net, 1), LINNET_OK);
    assert_int_equal(ln_model_name_classes(m, ds->class_names, ds->classes), LINNET_OK);
    if (ln_train(m, ds, &data_opts, &train, result) != LINNET_OK) fail_msg("%s: %s", arch, ln_error_line());
    return m;
}

/* Counts the weights that differ: an assertion for each of 129 million would take a minute. */
static void same_weights(const struct ln_model *a, const struct ln_model *b) {
    size_t apart = 0;
    for (size_t p = 0; p < a->net->param_count; p++)
        for (size_t k = 0; k < ln_net_param_size(a->net, p); k++)
            apart += !(fabsf(a->params[p][k] - b->params[p][k]) < 1e-4F * (1 + fabsf(b->params[p][k])));
    assert_int_equal(apart, 0);
}

/* A batch of features trains as its images do: with dropout before the last layer, an auxiliary head, a pooled map. */
static void test_same_as_images(void **state) {
    static const char *const archs[] = {"lenet", "resnet18", "googlenet", "vgg11_bn"};
    put_shapes(*state, 40, 10, SHAPES);
    struct ln_dataset *ds = open_shapes(*state, "30,10");
    for (int i = 0; i < 4; i++) {
        struct linnet_result with, without;
        struct ln_model *a = tuned(ds, archs[i], 64, &with), *b = tuned(ds, archs[i], LINNET_NONE, &without);
        same_weights(a, b);
        assert_true(fabs(with.train_loss - without.train_loss) < 1e-4);
        ln_model_destroy(a);
        ln_model_destroy(b);
    }
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {fixture_test(test_cache), cmocka_unit_test(test_plan),
                                       fixture_test(test_same_as_images)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
