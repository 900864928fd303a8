/* --tta=flip against two passes by hand: the mean of the probabilities of an image and of its mirror image, and of their
 * energies; training remembers it in the model file, and evaluation and prediction follow. */
#include "shapes.h"
#include "train/energy.h"
#include "train/metrics.h"
#include "train/predictor.h"
#include "train/tta.h"

#include <math.h>

enum { SIDE = 16, IMAGES = 5 };

struct picture {
    unsigned char rgb[SIDE][SIDE][3];
};

struct answer {
    float probabilities[SHAPES], features[512];
    double energy;
};

static void draw(struct picture *p, struct picture *mirrored) {
    uint32_t state = 3;
    for (int i = 0; i < IMAGES; i++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                for (int c = 0; c < 3; c++)
                    mirrored[i].rgb[y][SIDE - 1 - x][c] = p[i].rgb[y][x][c] =
                        (unsigned char)(shape_random(&state) % 256);
}

/* Weights large enough that the two passes differ. */
static struct ln_model *sharp_model(void) {
    struct ln_net *net;
    struct ln_model *m;
    const struct ln_arch_opts opts = {.classes = SHAPES, .channels = 3, .imgsz = SIDE};
    assert_int_equal(ln_arch_build("lenet", &opts, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, "lenet", net, 1), LINNET_OK);
    for (size_t i = 0; i < net->param_count; i++)
        for (size_t k = 0; k < ln_net_param_size(net, i); k++) m->params[i][k] *= 2.5F;
    m->temperature = 1.5;
    return m;
}

static void on_prediction(void *user, const struct linnet_prediction *p) {
    struct answer *a = (struct answer *)user + p->index;
    assert_int_equal(p->status, LINNET_OK);
    assert_in_range(p->feature_count, 1, 512);
    memcpy(a->probabilities, p->probabilities, sizeof a->probabilities);
    memcpy(a->features, p->features, (size_t)p->feature_count * sizeof(float));
    a->energy = p->energy;
}

static void predict(const struct ln_model *m, const struct picture *pictures, const char *tta,
                    struct answer *answers) {
    struct linnet_input inputs[IMAGES] = {0};
    linnet_predictor *predictor;
    const struct linnet_predict_opts opts = {.batch = 3, .threads = 1, .features = true, .tta = tta};
    for (int i = 0; i < IMAGES; i++)
        inputs[i] = (struct linnet_input){.pixels = &pictures[i].rgb[0][0][0], .width = SIDE, .height = SIDE};
    memset(answers, 0, IMAGES * sizeof *answers);
    assert_int_equal(ln_predictor_create(&predictor, m, &opts, NULL), LINNET_OK);
    assert_int_equal(ln_predictor_run(predictor, inputs, IMAGES, on_prediction, answers), LINNET_OK);
    ln_predictor_destroy(predictor);
}

static void test_predict(void **state) {
    struct picture pictures[IMAGES], mirrored[IMAGES];
    static struct answer one[IMAGES], other[IMAGES], both[IMAGES], remembered[IMAGES], off[IMAGES];
    struct ln_model *m = sharp_model();
    double apart = 0;
    draw(pictures, mirrored);
    predict(m, pictures, NULL, one);
    predict(m, mirrored, NULL, other);
    predict(m, pictures, "flip", both);
    m->tta = true;
    predict(m, pictures, NULL, remembered);
    predict(m, pictures, "none", off);
    ln_model_destroy(m);
    for (int i = 0; i < IMAGES; i++) {
        for (int k = 0; k < SHAPES; k++) {
            const float mean = (one[i].probabilities[k] + other[i].probabilities[k]) / 2;
            assert_true(fabsf(both[i].probabilities[k] - mean) < 1e-5F);
            apart = fmax(apart, fabs((double)(one[i].probabilities[k] - other[i].probabilities[k])));
        }
        assert_true(fabs(both[i].energy - (one[i].energy + other[i].energy) / 2) < 1e-4);
    }
    assert_true(apart > 0.01);
    for (int i = 0; i < IMAGES; i++)
        assert_memory_equal(one[i].features, both[i].features, sizeof one->features);
    assert_memory_equal(remembered, both, sizeof both);
    assert_memory_equal(off, one, sizeof one);
}

/* Logits far apart must not become nan. */
static void test_extremes(void **state) {
    float a[2] = {1000, -1000}, b[2] = {-1000, 1000}, p[2];
    ln_tta_mean(a, b, 1, 2, 1);
    ln_softmax(a, 2, 1, p);
    assert_true(fabsf(p[0] - 0.5F) < 1e-6F && fabsf(p[1] - 0.5F) < 1e-6F);
}

static struct linnet_metrics evaluate(const struct ln_model *m, const struct ln_dataset *ds,
                                      const char *tta) {
    struct linnet_metrics metrics;
    int64_t confusion[SHAPES * SHAPES];
    const struct linnet_eval_opts opts = {.tta = tta, .batch = 7, .threads = 1};
    if (ln_evaluate(m, ds, &opts, &metrics, confusion) != LINNET_OK) fail_msg("%s", ln_error_line());
    return metrics;
}

/* The test figures of training are those of its model file, evaluated as it was trained. */
static void test_training_remembers(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, SHAPE_TRAIN, SHAPE_TEST, SHAPES);
    struct ln_dataset *ds = open_shapes(f, "60,40");
    struct ln_model *m = model_for(ds, 5), *saved;
    struct linnet_result result;
    struct linnet_data_opts data_opts = {.split = "60,40"};
    struct linnet_train_opts opts = {
        .epochs = 1, .batch = 28, .opt = "sgd", .lr = 0.01, .threads = 1, .tta = "flip", .dir = in(f, "run")};
    if (ln_train(m, ds, &data_opts, &opts, &result) != LINNET_OK) fail_msg("%s", ln_error_line());
    assert_true(result.temperature != 1);
    assert_int_equal(ln_model_open(&saved, in(f, "run/best.safetensors")), LINNET_OK);
    assert_true(saved->tta);
    const struct linnet_metrics own = evaluate(saved, ds, NULL), off = evaluate(saved, ds, "none");
    assert_true(fabs(own.loss - result.test_loss) < 1e-5 && own.acc == result.test_acc);
    assert_true(fabs(own.ece - result.test_ece) < 1e-5);
    assert_true(fabs(own.loss - off.loss) > 1e-5);
    ln_model_destroy(saved);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_extremes),
        fixture_test(test_training_remembers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
