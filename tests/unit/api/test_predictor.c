/* The predictor: files, encoded bytes and pixels give the same bits as linnet_predict and linnet_evaluate; batches and
 * their remainders; bad inputs among good ones; features; threads. */
#include "unit/train/shapes.h"

#include <linnet/linnet.h>
#include <math.h>
#include <pthread.h>

enum { CLASSES = 3, SIDE = 24, IMAGES_MOST = 48, FEATURES_MOST = 4096 };

/* ---- what is predicted ---------------------------------------------------------------------------------- */

struct outcome {
    int status, classes, feature_count, width, height, picture_width, picture_height;
    char path[256], code[32], error[256];
    float logits[CLASSES], probabilities[CLASSES];
    int order[CLASSES];
    float features[FEATURES_MOST];
    unsigned char corner[3]; /* of the picture */
};

struct outcomes {
    size_t count; /* calls so far: they come in order */
    struct outcome list[IMAGES_MOST];
    volatile int stop;
    size_t stop_at;
};

static void on_prediction(void *user, const struct linnet_prediction *p) {
    struct outcomes *all = user;
    assert_int_equal(p->index, all->count);
    struct outcome *o = &all->list[all->count++];
    o->status = p->status;
    if (p->path) snprintf(o->path, sizeof o->path, "%s", ln_file_name(p->path));
    if (all->count == all->stop_at) all->stop = 1;
    if (p->status) {
        snprintf(o->code, sizeof o->code, "%s", p->code);
        snprintf(o->error, sizeof o->error, "%s", p->error);
        assert_true(!p->logits && !p->probabilities && !p->order && !p->features && !p->picture);
        assert_int_equal(p->classes, 0);
        return;
    }
    assert_true(!p->code && !p->error);
    o->classes = p->classes;
    o->feature_count = p->feature_count;
    o->width = p->width;
    o->height = p->height;
    o->picture_width = p->picture_width;
    o->picture_height = p->picture_height;
    memcpy(o->logits, p->logits, sizeof o->logits);
    memcpy(o->probabilities, p->probabilities, sizeof o->probabilities);
    memcpy(o->order, p->order, sizeof o->order);
    if (p->features) memcpy(o->features, p->features, (size_t)p->feature_count * sizeof *p->features);
    if (p->picture) memcpy(o->corner, p->picture, 3);
}

static struct outcomes *run_with(const linnet_model *model, const struct linnet_predict_opts *opts,
                                 const struct linnet_input *inputs, size_t count) {
    linnet_predictor *p;
    struct outcomes *all = test_calloc(1, sizeof *all);
    if (linnet_predictor_create(&p, model, opts) != LINNET_OK) fail_msg("%s", linnet_error());
    if (linnet_predictor_run(p, inputs, count, on_prediction, all) != LINNET_OK)
        fail_msg("%s", linnet_error());
    assert_int_equal(all->count, count);
    linnet_predictor_destroy(p);
    return all;
}

static bool same_bits(const struct outcome *a, const struct outcome *b) {
    return a->status == b->status && memcmp(a->logits, b->logits, sizeof a->logits) == 0 &&
           memcmp(a->probabilities, b->probabilities, sizeof a->probabilities) == 0 &&
           memcmp(a->order, b->order, sizeof a->order) == 0;
}

static void assert_close(const struct outcome *a, const struct outcome *b) {
    for (int k = 0; k < CLASSES; k++)
        if (!(fabsf(a->logits[k] - b->logits[k]) < 1e-4F * (1 + fabsf(b->logits[k]))))
            fail_msg("logit %d is %g, not %g", k, (double)a->logits[k], (double)b->logits[k]);
}

/* ---- pictures: the same picture as a file, as bytes and as pixels ---------------------------------------- */

struct pictures {
    char path[IMAGES_MOST][256];
    char *bytes[IMAGES_MOST];
    size_t size[IMAGES_MOST];
    unsigned char *pixels[IMAGES_MOST]; /* rows STRIDE bytes apart */
    int width[IMAGES_MOST], height[IMAGES_MOST];
};
enum { STRIDE = 3 * 64 + 5 };

/* PPM, in a folder with one sub-folder per class: photos/1/07.ppm is picture 7. */
static struct pictures *put_pictures(const struct fixture *f, int count) {
    struct pictures *p = test_calloc(1, sizeof *p);
    uint32_t state = 7;
    put_folder(f, "photos");
    for (int k = 0; k < CLASSES; k++) {
        char name[32];
        snprintf(name, sizeof name, "photos/%d", k);
        put_folder(f, name);
    }
    for (int i = 0; i < count; i++) {
        char name[32], head[32];
        int w = p->width[i] = 20 + i % 30, h = p->height[i] = 45 - i % 20;
        size_t n = (size_t)snprintf(head, sizeof head, "P6\n%d %d\n255\n", w, h), row = 3 * (size_t)w;
        p->size[i] = n + row * (size_t)h;
        p->bytes[i] = test_malloc(p->size[i]);
        p->pixels[i] = test_calloc((size_t)h, STRIDE);
        memcpy(p->bytes[i], head, n);
        for (size_t at = n; at < p->size[i]; at++) p->bytes[i][at] = (char)shape_random(&state);
        for (size_t y = 0; y < (size_t)h; y++)
            memcpy(p->pixels[i] + y * STRIDE, p->bytes[i] + n + y * row, row);
        snprintf(name, sizeof name, "photos/%d/%02d.ppm", i % CLASSES, i);
        put(f, name, p->bytes[i], p->size[i]);
        strcpy(p->path[i], in(f, name));
    }
    return p;
}

static void free_pictures(struct pictures *p) {
    for (int i = 0; i < IMAGES_MOST; i++) {
        if (p->bytes[i]) test_free(p->bytes[i]);
        if (p->pixels[i]) test_free(p->pixels[i]);
    }
    test_free(p);
}

enum kind { PATHS, BYTES, PIXELS, MIXED };

static void list_inputs(const struct pictures *p, int count, enum kind kind, struct linnet_input *inputs) {
    for (int i = 0; i < count; i++) {
        enum kind own = kind == MIXED ? (enum kind)(i % 3) : kind;
        inputs[i] =
            own == PATHS ? (struct linnet_input){.path = p->path[i]}
            : own == BYTES
                ? (struct linnet_input){.bytes = p->bytes[i], .byte_count = p->size[i]}
                : (struct linnet_input){
                      .pixels = p->pixels[i], .width = p->width[i], .height = p->height[i], .stride = STRIDE};
    }
}

static linnet_model *make_model(const char *arch) {
    linnet_model *model;
    const struct linnet_model_opts opts = {
        .size = sizeof opts, .classes = CLASSES, .channels = 3, .imgsz = SIDE, .seed = 4};
    if (linnet_model_create(&model, arch, NULL, &opts) != LINNET_OK) fail_msg("%s", linnet_error());
    return model;
}

/* ---- the same bits ---------------------------------------------------------------------------------------- */

static void test_kinds(void **state) {
    const struct fixture *f = *state;
    struct pictures *p = put_pictures(f, 30);
    linnet_model *model = make_model("lenet");
    struct linnet_input inputs[30];
    const struct linnet_predict_opts opts = {.size = sizeof opts, .batch = 8, .threads = 1, .workers = 2};
    list_inputs(p, 30, PATHS, inputs);
    struct outcomes *paths = run_with(model, &opts, inputs, 30);
    for (enum kind kind = BYTES; kind <= MIXED; kind++) {
        list_inputs(p, 30, kind, inputs);
        struct outcomes *others = run_with(model, &opts, inputs, 30);
        for (int i = 0; i < 30; i++) {
            assert_true(same_bits(&paths->list[i], &others->list[i]));
            assert_true(others->list[i].width == p->width[i] && others->list[i].height == p->height[i]);
        }
        test_free(others);
    }
    assert_string_equal(paths->list[7].path, "07.ppm");
    test_free(paths);
    linnet_model_destroy(model);
    free_pictures(p);
}

/* Decoding an input of any kind first, and predicting its pixels, gives the same bits. */
static void test_decoded(void **state) {
    const struct fixture *f = *state;
    struct pictures *p = put_pictures(f, 6);
    linnet_model *model = make_model("lenet");
    struct linnet_input inputs[6], decoded[6];
    struct linnet_image *images[6] = {0}, *none = NULL;
    const struct linnet_predict_opts opts = {.size = sizeof opts, .batch = 8, .threads = 1};
    list_inputs(p, 6, MIXED, inputs);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(linnet_image_decode(&images[i], &inputs[i]), LINNET_OK);
        decoded[i] = (struct linnet_input){
            .pixels = images[i]->pixels, .width = images[i]->width, .height = images[i]->height};
    }
    struct outcomes *files = run_with(model, &opts, inputs, 6), *pixels = run_with(model, &opts, decoded, 6);
    for (int i = 0; i < 6; i++) {
        assert_true(same_bits(&files->list[i], &pixels->list[i]));
        assert_true(pixels->list[i].width == p->width[i] && pixels->list[i].height == p->height[i]);
        linnet_image_free(images[i]);
    }
    assert_int_equal(linnet_image_decode(&none, &(struct linnet_input){.path = "/none.png"}),
                     LINNET_ERR_INPUT);
    assert_string_equal(linnet_error_code(), "file-open");
    assert_int_equal(linnet_image_decode(&none, &(struct linnet_input){.bytes = "x", .byte_count = 1}),
                     LINNET_ERR_INPUT);
    assert_int_equal(linnet_image_decode(&none, &(struct linnet_input){0}), LINNET_ERR_USAGE);
    assert_null(none);
    test_free(files);
    test_free(pixels);
    linnet_model_destroy(model);
    free_pictures(p);
}

/* The predictor gives the results of linnet_predict, and the logits that linnet_evaluate writes. The 28 images make batches of 8,
 * 8, 8 and 4. */
static void test_as_predict_and_evaluate(void **state) {
    const struct fixture *f = *state;
    struct pictures *p = put_pictures(f, 28);
    linnet_model *model = make_model("lenet");
    struct linnet_input inputs[28];
    const char *paths[28];
    linnet_data *data;
    char folder[256], out[256], *csv, *line;
    struct linnet_metrics metrics = {.size = sizeof metrics};
    assert_int_equal(
        linnet_data_open(&data, strcpy(folder, in(f, "photos")), LINNET_OPTS(data, .split = "0,0,100")),
        LINNET_OK);
    strcpy(out, in(f, "out"));
    assert_int_equal(linnet_evaluate(model, data,
                                     LINNET_OPTS(eval, .part = LINNET_TEST, .batch = 8, .threads = 1,
                                                 .dir = out, .logits = true),
                                     &metrics),
                     LINNET_OK);
    assert_int_equal(metrics.count, 28);
    csv = get(f, "out/predictions.csv", NULL);

    /* the rows name the files in the order of the test part */
    double expected[28][CLASSES];
    line = csv;
    for (int i = 0; i < 28; i++) {
        int label, number;
        line = strchr(line, '\n') + 1;
        assert_int_equal(sscanf(line, "%d/%d.ppm,%*d,%*d,%*f,%lf,%lf,%lf", &label, &number, &expected[i][0],
                                &expected[i][1], &expected[i][2]),
                         5);
        inputs[i] = (struct linnet_input){.path = p->path[number]};
        paths[i] = p->path[number];
    }
    ln_free(csv);
    const struct linnet_predict_opts opts = {.size = sizeof opts, .batch = 8, .threads = 1};
    struct outcomes *all = run_with(model, &opts, inputs, 28), *files = test_calloc(1, sizeof *files);
    assert_int_equal(linnet_predict(model, paths, 28, &opts, on_prediction, files), LINNET_OK);
    for (int i = 0; i < 28; i++) {
        assert_true(same_bits(&all->list[i], &files->list[i]));
        for (int k = 0; k < CLASSES; k++) /* %.9g preserves a float exactly */
            if (all->list[i].logits[k] != (float)expected[i][k])
                fail_msg("image %d, logit %d: %.9g, evaluated %.9g", i, k, (double)all->list[i].logits[k],
                         expected[i][k]);
    }
    test_free(files);
    test_free(all);
    linnet_data_close(data);
    linnet_model_destroy(model);
    free_pictures(p);
}

/* One predictor is run with every count up to two and a half batches: the plans of remainders, for 1, 4 and 8 images,
 * give the same results as each image alone. */
static void test_remainders(void **state) {
    const struct fixture *f = *state;
    struct pictures *p = put_pictures(f, 25);
    linnet_model *model = make_model("resnet18");
    struct linnet_input inputs[25];
    linnet_predictor *predictor;
    const struct linnet_predict_opts opts = {.size = sizeof opts, .batch = 10, .threads = 1};
    const struct linnet_predict_opts one = {.size = sizeof one, .batch = 1, .threads = 1};
    list_inputs(p, 25, MIXED, inputs);
    struct outcomes *alone = run_with(model, &one, inputs, 25);
    assert_int_equal(linnet_predictor_create(&predictor, model, &opts), LINNET_OK);
    for (size_t count = 0; count <= 25; count++) {
        struct outcomes *all = test_calloc(1, sizeof *all);
        assert_int_equal(linnet_predictor_run(predictor, inputs, count, on_prediction, all), LINNET_OK);
        assert_int_equal(all->count, count);
        for (size_t i = 0; i < count; i++) assert_close(&all->list[i], &alone->list[i]);
        test_free(all);
    }
    linnet_predictor_destroy(predictor);
    test_free(alone);
    linnet_model_destroy(model);
    free_pictures(p);
}

/* ---- bad inputs ------------------------------------------------------------------------------------------- */

static void test_bad(void **state) {
    const struct fixture *f = *state;
    struct pictures *p = put_pictures(f, 12);
    linnet_model *model = make_model("lenet");
    const struct linnet_predict_opts opts = {.size = sizeof opts, .batch = 4, .threads = 1, .picture = 16};
    struct linnet_input inputs[12];
    list_inputs(p, 12, MIXED, inputs);
    struct outcomes *good = run_with(model, &opts, inputs, 12);
    inputs[1] = (struct linnet_input){.path = "upload.jpg", .bytes = "text", .byte_count = 4};
    inputs[2] = (struct linnet_input){.path = "/nowhere/at/all.png"};
    inputs[4] = (struct linnet_input){.bytes = p->bytes[4], .byte_count = p->size[4] / 2};
    inputs[5] = (struct linnet_input){0};
    inputs[6] = (struct linnet_input){.bytes = p->bytes[6], .byte_count = 9, .pixels = p->pixels[6]};
    inputs[7] = (struct linnet_input){.pixels = p->pixels[7], .width = 0, .height = 5};
    inputs[8] = (struct linnet_input){.pixels = p->pixels[8], .width = 20, .height = 5, .stride = 59};
    inputs[9] = (struct linnet_input){.bytes = "", .byte_count = 0};
    inputs[10] = (struct linnet_input){.pixels = p->pixels[8], .width = 1 << 18, .height = 1 << 18};
    static const struct {
        int at, status;
        const char *code, *words;
    } bad[] = {
        {1, LINNET_ERR_INPUT, "img-format", "upload.jpg"},
        {2, LINNET_ERR_INPUT, "file-open", "/nowhere/at/all.png"},
        {4, LINNET_ERR_INPUT, "img-truncated", "input 4"},
        {5, LINNET_ERR_USAGE, "input-kind", "input 5: no path"},
        {6, LINNET_ERR_USAGE, "input-kind", "input 6: both"},
        {7, LINNET_ERR_USAGE, "input-size", "0 x 5"},
        {8, LINNET_ERR_USAGE, "input-stride", "59 bytes apart; 20 pixels of 3 bytes need 60"},
        {9, LINNET_ERR_INPUT, "img-empty", "input 9"},
        {10, LINNET_ERR_USAGE, "input-size", "262144 x 262144"},
    };
    struct outcomes *all = run_with(model, &opts, inputs, 12);
    bool is_bad[12] = {false};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct outcome *o = &all->list[bad[i].at];
        is_bad[bad[i].at] = true;
        if (o->status != bad[i].status || strcmp(o->code, bad[i].code) != 0 ||
            !strstr(o->error, bad[i].words))
            fail_msg("input %d: status %d, '%s', not %d [%s] with \"%s\"", bad[i].at, o->status, o->error,
                     bad[i].status, bad[i].code, bad[i].words);
    }
    for (int i = 0; i < 12; i++)
        if (!is_bad[i]) assert_true(same_bits(&all->list[i], &good->list[i]));
    test_free(all);
    test_free(good);
    linnet_model_destroy(model);
    free_pictures(p);
}

/* Strict: the first bad input is reported and ends the call with its error. The predictor stays usable. */
static void test_strict_and_stop(void **state) {
    const struct fixture *f = *state;
    struct pictures *p = put_pictures(f, 40);
    linnet_model *model = make_model("lenet");
    linnet_predictor *predictor;
    struct linnet_input inputs[40];
    struct outcomes *all = test_calloc(1, sizeof *all);
    const struct linnet_predict_opts opts = {.size = sizeof opts,
                                             .batch = 4,
                                             .threads = 1,
                                             .workers = 3,
                                             .picture = 8,
                                             .strict = true,
                                             .stop = &all->stop};
    list_inputs(p, 40, MIXED, inputs);
    inputs[6] = (struct linnet_input){.path = "/nowhere.png"};
    inputs[9] = (struct linnet_input){0};
    assert_int_equal(linnet_predictor_create(&predictor, model, &opts), LINNET_OK);
    assert_int_equal(linnet_predictor_run(predictor, inputs, 40, on_prediction, all), LINNET_ERR_INPUT);
    assert_string_equal(linnet_error_code(), "file-open");
    assert_int_equal(all->count, 7);
    list_inputs(p, 40, MIXED, inputs);
    all->count = 0;
    all->stop_at = 10;
    assert_int_equal(linnet_predictor_run(predictor, inputs, 40, on_prediction, all), LINNET_ERR_INTERRUPTED);
    assert_int_equal(all->count, 12);
    all->count = 0;
    all->stop = 0;
    all->stop_at = 0;
    assert_int_equal(linnet_predictor_run(predictor, inputs, 40, on_prediction, all), LINNET_OK);
    assert_int_equal(all->count, 40);
    linnet_predictor_destroy(predictor);
    test_free(all);
    linnet_model_destroy(model);
    free_pictures(p);
}

static void test_options_refused(void **state) {
    linnet_model *model = make_model("lenet");
    linnet_predictor *p = NULL;
    static const struct linnet_predict_opts wrong[] = {
        {.batch = -1},   {.batch = 1 << 17}, {.threads = -1}, {.workers = 5000},
        {.picture = -1}, {.dtype = "f64"},   {.conv = "fft"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct linnet_predict_opts opts = wrong[i];
        opts.size = sizeof opts;
        assert_int_equal(linnet_predictor_create(&p, model, &opts), LINNET_ERR_USAGE);
        assert_null(p);
    }
    linnet_model_destroy(model);
}

/* ---- features and pictures ---------------------------------------------------------------------------------- */

/* A network whose features a loop can compute: the averages of the normalised image's channels, mean and std
 * 0.5. */
static void test_features_by_hand(void **state) {
    static const char text[] = "linnet 1\ninput 3x4x4\np = adaptive_avgpool(input) out=1\nf = flatten(p)\n"
                               "fc = linear(f) out=3\noutput fc\n";
    linnet_model *model;
    unsigned char pixels[4 * 4 * 3];
    uint32_t seed = 3;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)shape_random(&seed);
    if (linnet_model_create_from_text(&model, text, NULL) != LINNET_OK) fail_msg("%s", linnet_error());
    const struct linnet_input input = {.pixels = pixels, .width = 4, .height = 4};
    const struct linnet_predict_opts opts = {.size = sizeof opts, .threads = 1, .features = true};
    struct outcomes *all = run_with(model, &opts, &input, 1);
    assert_int_equal(all->list[0].feature_count, 3);
    for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int i = 0; i < 16; i++) sum += (pixels[3 * i + c] / 255.0 - 0.5) / 0.5;
        assert_true(fabs(all->list[0].features[c] - sum / 16) < 1e-5);
    }
    test_free(all);
    linnet_model_destroy(model);
}

static void test_picture(void **state) {
    const struct fixture *f = *state;
    struct pictures *p = put_pictures(f, 2);
    linnet_model *model = make_model("lenet");
    struct linnet_input inputs[2];
    list_inputs(p, 2, PIXELS, inputs);
    const struct linnet_predict_opts whole = {.size = sizeof whole, .threads = 1, .picture = 45},
                                     half = {.size = sizeof half, .threads = 1, .picture = 44};
    struct outcomes *all = run_with(model, &whole, inputs, 2);
    assert_true(all->list[0].picture_width == 20 && all->list[0].picture_height == 45);
    assert_memory_equal(all->list[0].corner, p->pixels[0], 3);
    test_free(all);
    all = run_with(model, &half, inputs, 2);
    assert_true(all->list[0].picture_width == 10 && all->list[0].picture_height == 23);
    assert_true(all->list[0].width == 20 && all->list[0].height == 45);
    int sum = 0;
    for (int i = 0; i < 4; i++) sum += p->pixels[0][(i / 2) * STRIDE + 3 * (i % 2)];
    assert_in_range(all->list[0].corner[0], sum / 4, sum / 4 + 1);
    test_free(all);
    linnet_model_destroy(model);
    free_pictures(p);
}

/* ---- threads ------------------------------------------------------------------------------------------------ */

struct job {
    const linnet_model *model;
    const struct linnet_input *inputs;
    struct outcomes *all;
};

static void *run_job(void *user) {
    struct job *job = user;
    const struct linnet_predict_opts opts = {.size = sizeof opts, .batch = 4, .threads = 1, .workers = 2};
    linnet_predictor *p;
    if (linnet_predictor_create(&p, job->model, &opts) != LINNET_OK) return NULL;
    for (int i = 0; i < 3; i++) {
        job->all->count = 0;
        if (linnet_predictor_run(p, job->inputs, 22, on_prediction, job->all) != LINNET_OK)
            job->all->count = 0;
    }
    linnet_predictor_destroy(p);
    return NULL;
}

/* Two predictors of one model in two threads, and one that was created in another thread. */
static void test_threads(void **state) {
    const struct fixture *f = *state;
    struct pictures *p = put_pictures(f, 22);
    linnet_model *model = make_model("lenet");
    struct linnet_input inputs[22];
    struct outcomes *all[2];
    pthread_t threads[2];
    list_inputs(p, 22, MIXED, inputs);
    struct job jobs[2];
    for (int i = 0; i < 2; i++) {
        all[i] = test_calloc(1, sizeof *all[i]);
        jobs[i] = (struct job){model, inputs, all[i]};
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
    }
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 22; i++) assert_true(same_bits(&all[0]->list[i], &all[1]->list[i]));
    assert_true(all[0]->count == 22 && all[1]->count == 22);
    test_free(all[0]);
    test_free(all[1]);
    linnet_model_destroy(model);
    free_pictures(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_kinds),
        fixture_test(test_decoded),
        fixture_test(test_as_predict_and_evaluate),
        fixture_test(test_remainders),
        fixture_test(test_bad),
        fixture_test(test_strict_and_stop),
        cmocka_unit_test(test_options_refused),
        cmocka_unit_test(test_features_by_hand),
        fixture_test(test_picture),
        fixture_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
