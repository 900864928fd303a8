/* Weights by name are listed, read, written and saved; refusals name the nearest name and both shapes. */
#include "unit/train/shapes.h"

#include <linnet/linnet.h>
#include <math.h>

static void refused(int got, const char *code, const char *words) {
    if (got != LINNET_ERR_USAGE || strcmp(linnet_error_code(), code) != 0 || !strstr(linnet_error(), words))
        fail_msg("status %d, '%s', not [%s] with \"%s\"", got, linnet_error(), code, words);
}

static size_t numbers(const struct linnet_shape *shape) {
    size_t n = 1;
    for (int i = 0; i < shape->rank; i++) n *= (size_t)shape->dim[i];
    return n;
}

static linnet_model *make(const char *arch) {
    linnet_model *model;
    if (linnet_model_create(&model, arch, NULL, LINNET_OPTS(model, .seed = 3)) != LINNET_OK)
        fail_msg("%s", linnet_error());
    return model;
}

/* A model of another seed saves the same file after all weights are copied into it. */
static void test_copied(void **state) {
    const struct fixture *f = *state;
    linnet_model *from = make("lenet5"), *to;
    assert_int_equal(linnet_model_create(&to, "lenet5", NULL, LINNET_OPTS(model, .seed = 99)), LINNET_OK);
    const int count = linnet_model_param_count(from);
    assert_in_range(count, 6, 20);
    for (int i = 0; i < count; i++) {
        const char *name = linnet_model_param_name(from, i);
        struct linnet_shape shape;
        assert_int_equal(linnet_model_param_shape(from, name, &shape), LINNET_OK);
        float *values = test_malloc(numbers(&shape) * sizeof *values);
        assert_int_equal(linnet_model_param_get(from, name, &shape, values), LINNET_OK);
        assert_int_equal(linnet_model_param_set(to, name, &shape, values), LINNET_OK);
        test_free(values);
    }
    assert_null(linnet_model_param_name(from, count));
    assert_null(linnet_model_param_name(from, -1));
    assert_int_equal(linnet_model_save(from, in(f, "from.safetensors")), LINNET_OK);
    assert_int_equal(linnet_model_save(to, in(f, "to.safetensors")), LINNET_OK);
    assert_same_file(f, "from.safetensors", "to.safetensors");
    linnet_model_destroy(from);
    linnet_model_destroy(to);
}

/* PyTorch's layout: OIHW, and buffers too. */
static void test_shapes(void **state) {
    static const struct {
        const char *name;
        struct linnet_shape shape;
    } cases[] = {
        {"conv1.weight", {4, {64, 3, 7, 7}}},
        {"bn1.running_var", {1, {64}}},
        {"layer2.0.downsample.0.weight", {4, {128, 64, 1, 1}}},
        {"fc.weight", {2, {1000, 512}}},
        {"fc.bias", {1, {1000}}},
    };
    linnet_model *model = make("resnet18");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct linnet_shape shape;
        assert_int_equal(linnet_model_param_shape(model, cases[i].name, &shape), LINNET_OK);
        assert_memory_equal(&shape, &cases[i].shape, sizeof shape);
    }
    linnet_model_destroy(model);
}

static void test_refused(void **state) {
    linnet_model *model = make("lenet5");
    struct linnet_shape shape = {4, {6, 3, 5, 5}};
    float values[450] = {0}, before[150], after[150];
    const struct linnet_shape own = {4, {6, 1, 5, 5}};
    refused(linnet_model_param_shape(model, "c1.wieght", &shape), "param-name", "did you mean c1.weight");
    refused(linnet_model_param_get(model, "\033[31m", &shape, values), "param-name",
            "lenet5 has no parameter");
    assert_int_equal(linnet_model_param_get(model, "c1.weight", &own, before), LINNET_OK);
    refused(linnet_model_param_set(model, "c1.weight", &shape, values), "param-shape",
            "c1.weight has the shape [6, 1, 5, 5]; [6, 3, 5, 5] was given");
    refused(linnet_model_param_get(model, "c1.weight", &(struct linnet_shape){1, {150}}, values),
            "param-shape", "[150] was given");
    refused(linnet_model_param_get(model, "c1.weight", &(struct linnet_shape){.rank = 5}, values),
            "param-shape", "rank 5");
    refused(linnet_model_param_set(model, "c1.weight", &(struct linnet_shape){.rank = -1}, values),
            "param-shape", "rank -1");
    assert_int_equal(linnet_model_param_get(model, "c1.weight", &own, after), LINNET_OK);
    assert_memory_equal(before, after, sizeof before);
    linnet_model_destroy(model);
}

struct seen {
    int features;
    float logits[3], values[4096];
};
static void on_prediction(void *user, const struct linnet_prediction *p) {
    struct seen *seen = user;
    assert_int_equal(p->status, LINNET_OK);
    assert_true(p->classes == 3 && p->feature_count <= 4096);
    seen->features = p->feature_count;
    memcpy(seen->logits, p->logits, sizeof seen->logits);
    memcpy(seen->values, p->features, (size_t)p->feature_count * sizeof *p->features);
}

/* The features times the weight of the last layer, plus its bias, are the logits. A change of that bias affects a
 * predictor that is created later, but not one that exists already. */
static void test_features(void **state) {
    static const struct {
        const char *arch, *layer;
        int features;
    } cases[] = {{"lenet5", "output", 84},
                 {"resnet18", "fc", 512},
                 {"vgg11_bn", "classifier.6", 4096},
                 {"googlenet", "fc", 1024}};
    static struct seen seen, again;
    static unsigned char pixels[64 * 64 * 3];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)shape_random(&seed);
    const struct linnet_input input = {.pixels = pixels, .width = 64, .height = 64};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        linnet_model *model;
        linnet_predictor *p, *later;
        const struct linnet_model_opts opts = {
            .size = sizeof opts, .classes = 3, .imgsz = c > 0 ? 64 : 0, .seed = 5};
        if (linnet_model_create(&model, cases[c].arch, NULL, &opts) != LINNET_OK)
            fail_msg("%s", linnet_error());
        const struct linnet_predict_opts how = {
            .size = sizeof how, .batch = 1, .threads = 1, .features = true};
        assert_int_equal(linnet_predictor_create(&p, model, &how), LINNET_OK);
        assert_int_equal(linnet_predictor_run(p, &input, 1, on_prediction, &seen), LINNET_OK);
        assert_int_equal(seen.features, cases[c].features);

        char weight[64], bias[64];
        const int64_t n = seen.features;
        const struct linnet_shape of_weight = {2, {3, n}}, of_bias = {1, {3}};
        float *w = test_malloc(3 * (size_t)n * sizeof *w), b[3];
        snprintf(weight, sizeof weight, "%s.weight", cases[c].layer);
        snprintf(bias, sizeof bias, "%s.bias", cases[c].layer);
        if (linnet_model_param_get(model, weight, &of_weight, w) != LINNET_OK) fail_msg("%s", linnet_error());
        assert_int_equal(linnet_model_param_get(model, bias, &of_bias, b), LINNET_OK);
        for (int k = 0; k < 3; k++) {
            double sum = b[k], size = 1;
            for (int64_t i = 0; i < n; i++) sum += (double)w[k * n + i] * seen.values[i];
            for (int64_t i = 0; i < n; i++) size += fabs((double)w[k * n + i] * seen.values[i]);
            if (!(fabs(sum - seen.logits[k]) < 1e-5 * size))
                fail_msg("%s: logit %d is %g, by hand %g", cases[c].arch, k, (double)seen.logits[k], sum);
        }
        test_free(w);

        for (int k = 0; k < 3; k++) b[k] += 8;
        assert_int_equal(linnet_model_param_set(model, bias, &of_bias, b), LINNET_OK);
        assert_int_equal(linnet_predictor_create(&later, model, &how), LINNET_OK);
        assert_int_equal(linnet_predictor_run(p, &input, 1, on_prediction, &again), LINNET_OK);
        assert_memory_equal(again.logits, seen.logits, sizeof seen.logits);
        assert_int_equal(linnet_predictor_run(later, &input, 1, on_prediction, &again), LINNET_OK);
        for (int k = 0; k < 3; k++)
            assert_true(fabsf(again.logits[k] - seen.logits[k] - 8) < 1e-3F * (1 + fabsf(seen.logits[k])));
        linnet_predictor_destroy(p);
        linnet_predictor_destroy(later);
        linnet_model_destroy(model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_copied),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_features),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
