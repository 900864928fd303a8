/* Explanations. A patch in one of four corners determines the class of a noisy picture. The map finds the patch, and hiding
 * what the map marks costs more than hiding other places. Then classes, layers, methods and boxes by name and by default.
 * tests/parity/explain.py compares the values of the maps with PyTorch's. */
#include "shapes.h"
#include "train/explain.h"
#include "train/predictor.h"
#include "unit/base/short_memory.h"

#include <math.h>

enum { SIDE = 32, PATCH = 10, KINDS = 3, PICTURES = 600, SHOWN = 40, MANY = 12 };

struct picture {
    unsigned char grey[SIDE][SIDE];
    int kind, top, left; /* of the patch */
};

/* 0: horizontal stripes, 1: vertical ones, 2: a chequer. */
static bool is_bright(int kind, int x, int y) {
    return kind == 0 ? y / 2 % 2 : kind == 1 ? x / 2 % 2 : (x / 2 + y / 2) % 2;
}

static void draw(struct picture *p, int kind, uint32_t *state) {
    const int corner = (int)(shape_random(state) % 4), far = SIDE - PATCH - 1;
    p->kind = kind;
    p->top = corner / 2 ? far : 1;
    p->left = corner % 2 ? far : 1;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) p->grey[y][x] = (unsigned char)(80 + shape_random(state) % 96);
    for (int y = 0; y < PATCH; y++)
        for (int x = 0; x < PATCH; x++) p->grey[p->top + y][p->left + x] = is_bright(kind, x, y) ? 240 : 16;
}

/* IDX files of drawn pictures. */
static void put_part(const struct fixture *f, const char *images, const char *labels, uint32_t count,
                     uint32_t seed) {
    static struct idx_bytes head;
    const size_t size = 16 + (size_t)count * SIDE * SIDE;
    unsigned char *bytes = test_malloc(size);
    struct picture p;
    idx_images(&head, 0, SIDE, SIDE);
    memcpy(bytes, head.data, 16);
    for (int i = 0; i < 4; i++) bytes[4 + i] = (unsigned char)(count >> (24 - 8 * i));
    for (uint32_t i = 0; i < count; i++) {
        draw(&p, (int)(i % KINDS), &seed);
        memcpy(bytes + 16 + (size_t)i * SIDE * SIDE, p.grey, sizeof p.grey);
    }
    put(f, images, bytes, size);
    test_free(bytes);
    idx_labels(&head, count, KINDS);
    put(f, labels, head.data, head.size);
}

/* A network that ends in a global average and has batch normalisation. */
static const char averaging[] = "linnet 1\n"
                                "input 1x32x32\n"
                                "c1 = conv(input) out=16 kernel=3 padding=1 no_bias\n"
                                "b1 = batchnorm(c1)\n"
                                "r1 = relu(b1)\n"
                                "p1 = maxpool(r1) kernel=2\n"
                                "block.c2 = conv(p1) out=32 kernel=3 padding=1 no_bias\n"
                                "block.b2 = batchnorm(block.c2)\n"
                                "block.r2 = relu(block.b2)\n"
                                "g = adaptive_avgpool(block.r2) out=1\n"
                                "f = flatten(g)\n"
                                "d = dropout(f)\n"
                                "fc = linear(d) out=3\n"
                                "output fc\n";

static struct ln_model *model_of(const char *text, const struct ln_dataset *ds) {
    const struct ln_arch_opts opts = {.classes = KINDS, .channels = 1, .imgsz = SIDE};
    struct ln_net *net;
    struct ln_model *m;
    int status = text ? ln_net_parse(text, &net) : ln_arch_build("lenet", &opts, &net);
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
    assert_int_equal(ln_model_create(&m, text ? "custom" : "lenet", net, 2), LINNET_OK);
    if (ds) assert_int_equal(ln_dataset_statistics(ds, m->preprocess.mean, m->preprocess.std), LINNET_OK);
    return m;
}

static struct ln_model *trained_on_patches(const struct fixture *f, const char *text) {
    struct linnet_result result;
    struct linnet_data_opts data_opts = {.split = "90,10"};
    struct linnet_train_opts opts = {.epochs = 6, .batch = 20, .opt = "adam", .lr = 0.002, .threads = 1};
    put_folder(f, "data");
    put_part(f, "data/train-images-idx3-ubyte", "data/train-labels-idx1-ubyte", PICTURES, 1);
    put_part(f, "data/t10k-images-idx3-ubyte", "data/t10k-labels-idx1-ubyte", 60, 2);
    struct ln_dataset *ds = open_shapes(f, "90,10");
    struct ln_model *m = model_of(text, ds);
    if (ln_train(m, ds, &data_opts, &opts, &result) != LINNET_OK) fail_msg("%s", ln_error_line());
    assert_true(result.test_acc > 0.97);
    ln_dataset_close(ds);
    return m;
}

/* ---- explaining pictures ----------------------------------------------------------------------------------- */

struct seen {
    int count, status, target, predicted, width, height;
    float logit, probability, most, map[SIDE * SIDE];
    char method[16], layer[32], code[32];
    double left, top, right, bottom;
};

static void on_explanation(void *user, const struct linnet_explanation *e) {
    struct seen *s = user;
    const int count = s->count;
    *s = (struct seen){.count = count + 1, .status = e->status};
    assert_int_equal(e->index, count);
    if (e->status) {
        assert_true(e->error && e->code && !e->map && !e->picture && !e->method);
        snprintf(s->code, sizeof s->code, "%s", e->code);
        return;
    }
    assert_true(e->map_width * e->map_height <= SIDE * SIDE && e->picture && !e->code && !e->error);
    s->target = e->target;
    s->predicted = e->predicted;
    s->width = e->map_width;
    s->height = e->map_height;
    s->logit = e->logit;
    s->probability = e->probability;
    s->most = e->most;
    s->left = e->left;
    s->top = e->top;
    s->right = e->right;
    s->bottom = e->bottom;
    memcpy(s->map, e->map, (size_t)(e->map_width * e->map_height) * sizeof *s->map);
    snprintf(s->method, sizeof s->method, "%s", e->method);
    snprintf(s->layer, sizeof s->layer, "%s", e->layer ? e->layer : "none");
}

static struct seen explain(linnet_explainer *e, const struct picture *p) {
    static unsigned char rgb[SIDE][SIDE][3];
    const struct linnet_input input = {.pixels = &rgb[0][0][0], .width = SIDE, .height = SIDE};
    struct seen s = {0};
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) memset(rgb[y][x], p->grey[y][x], 3);
    if (ln_explainer_run(e, &input, 1, on_explanation, &s) != LINNET_OK) fail_msg("%s", ln_error_line());
    assert_true(s.count == 1 && s.status == LINNET_OK);
    return s;
}

static linnet_explainer *explainer_of(const struct ln_model *m, const char *method, const char *layer,
                                      const char *target) {
    linnet_explainer *e;
    const struct linnet_explain_opts opts = {
        .method = method, .layer = layer, .target = target, .threads = 1};
    if (ln_explainer_create(&e, m, &opts) != LINNET_OK) fail_msg("%s", ln_error_line());
    return e;
}

/* ---- the patch --------------------------------------------------------------------------------------------- */

/* The map's value at a pixel. */
static float at_pixel(const struct seen *s, int x, int y) {
    return s->map[y * s->height / SIDE * s->width + x * s->width / SIDE];
}

/* True if the maximum of the map lies in the patch. */
static bool finds(const struct seen *s, const struct picture *p) {
    float inside = -1;
    for (int y = p->top; y < p->top + PATCH; y++)
        for (int x = p->left; x < p->left + PATCH; x++) inside = fmaxf(inside, at_pixel(s, x, y));
    return inside == s->most && s->most > 0;
}

/* Hides the tenth of the picture's pixels with the highest scores. */
static struct picture hide(const struct picture *p, const float score[SIDE * SIDE], unsigned char grey) {
    struct picture hidden = *p;
    bool gone[SIDE * SIDE] = {false};
    for (int n = 0; n < SIDE * SIDE / 10; n++) {
        int best = -1;
        for (int i = 0; i < SIDE * SIDE; i++)
            if (!gone[i] && (best < 0 || score[i] > score[best])) best = i;
        gone[best] = true;
        hidden.grey[best / SIDE][best % SIDE] = grey;
    }
    return hidden;
}

/* Counts over SHOWN pictures: the patches that are found, and how often hiding the top tenth of the map lowers the probability
 * more than hiding a random tenth. */
static void score(const struct ln_model *m, linnet_explainer *e, int *found, int *faithful) {
    const unsigned char mean = (unsigned char)lrintf(255 * m->preprocess.mean[0]);
    linnet_explainer *of[KINDS];
    uint32_t seed = 99;
    *found = *faithful = 0;
    for (int k = 0; k < KINDS; k++)
        of[k] = explainer_of(m, "gradcam", NULL, (const char *[]){"0", "1", "2"}[k]);
    for (int i = 0; i < SHOWN; i++) {
        struct picture p, worst, other;
        float map[SIDE * SIDE], random[SIDE * SIDE];
        draw(&p, i % KINDS, &seed);
        const struct seen s = explain(e, &p);
        for (int j = 0; j < SIDE * SIDE; j++) {
            map[j] = at_pixel(&s, j % SIDE, j / SIDE);
            random[j] = (float)shape_random(&seed);
        }
        worst = hide(&p, map, mean);
        other = hide(&p, random, mean);
        *found += finds(&s, &p);
        *faithful += explain(of[s.target], &worst).probability < explain(of[s.target], &other).probability;
    }
    for (int k = 0; k < KINDS; k++) ln_explainer_destroy(of[k]);
}

static void patch_check(const struct fixture *f, const char *text, const char *const *methods) {
    struct ln_model *m = trained_on_patches(f, text);
    for (; *methods; methods++) {
        int found, faithful;
        linnet_explainer *e = explainer_of(m, **methods ? *methods : NULL, NULL, NULL);
        score(m, e, &found, &faithful);
        ln_explainer_destroy(e);
        print_message("%s %s: %d of %d found, %d faithful\n", m->arch, *methods, found, SHOWN, faithful);
        assert_true(100 * found >= 95 * SHOWN);
        assert_true(100 * faithful >= 90 * SHOWN);
    }
    ln_model_destroy(m);
}

static void test_patch_linear(void **state) {
    patch_check(*state, NULL, (const char *const[]){"", "layercam", "occlusion", NULL});
}

static void test_patch_average(void **state) {
    patch_check(*state, averaging, (const char *const[]){"", "hirescam", "layercam", "occlusion", NULL});
}

/* ---- names and defaults ------------------------------------------------------------------------------------ */

static void assert_unsuited(const struct ln_model *m, const struct linnet_explain_opts *opts,
                            const char *code, const char *part) {
    linnet_explainer *e;
    ln_error_clear();
    assert_int_equal(ln_explainer_create(&e, m, opts), LINNET_ERR_USAGE);
    assert_null(e);
    assert_string_equal(ln_error_get()->code, code);
    if (!strstr(ln_error_get()->text, part)) fail_msg("'%s' lacks '%s'", ln_error_get()->text, part);
}

#define OPTS(...) (&(const struct linnet_explain_opts){.threads = 1, __VA_ARGS__})

static void test_refusals(void **state) {
    static const char bare[] = "linnet 1\ninput 1x4x4\nf = flatten(input)\nl = linear(f) out=3\noutput l\n";
    struct ln_model *m = model_of(averaging, NULL), *flat = model_of(bare, NULL);
    char cat[] = "cat", dog[] = "dog", bird[] = "bird", *const names[] = {cat, dog, bird};
    assert_int_equal(ln_model_name_classes(m, names, 3), LINNET_OK);
    assert_unsuited(m, OPTS(.layer = "block.r3"), "explain-layer",
                    "unknown layer 'block.r3'; did you mean block.r2?");
    assert_unsuited(m, OPTS(.layer = "nowhere"), "explain-layer",
                    "must be one of the 7 layers with a map: c1, b1, r1, p1, block.c2");
    assert_unsuited(m, OPTS(.layer = "fc"), "explain-layer",
                    "the output of layer fc has no height and width");
    assert_unsuited(m, OPTS(.layer = "g"), "explain-layer", "the output of layer g has no height and width");
    assert_unsuited(m, OPTS(.layer = "c1", .method = "occlusion"), "explain-layer", "but layer c1 is given");
    assert_unsuited(m, OPTS(.target = "brid"), "explain-class", "unknown class 'brid'; did you mean bird?");
    assert_unsuited(m, OPTS(.target = "3"), "explain-class",
                    "a number from 0 to 2, or a name: cat, dog or bird");
    assert_unsuited(m, OPTS(.target = "-1"), "explain-class", "unknown class '-1'");
    assert_unsuited(flat, OPTS(0), "explain-layer", "no layer of this network has a feature map");
    ln_model_destroy(flat);
    ln_model_destroy(m);
}

struct choice {
    const char *arch, *layer; /* layer: as asked for */
    const char *chosen, *method;
    int width;
};

static struct seen explain_noise(const struct ln_model *m, const char *method, const char *layer,
                                 const char *target) {
    linnet_explainer *e = explainer_of(m, method, layer, target);
    struct picture p;
    uint32_t seed = 7;
    draw(&p, 1, &seed);
    const struct seen s = explain(e, &p);
    ln_explainer_destroy(e);
    return s;
}

static void test_defaults(void **state) {
    static const struct choice choices[] = {
        {"lenet", NULL, "relu2", "hirescam", 10},
        {"lenet", "maxpool1", "maxpool1", "hirescam", 14},
        {"resnet18", NULL, "layer4.1.relu2", "gradcam", 2},
        {"resnet18", "layer1", "layer1.1.relu2", "hirescam", 16},
        {"googlenet", NULL, "inception5b.concat", "gradcam", 2},
        {"cifar_resnet20", NULL, NULL, "gradcam", 8},
    };
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const struct ln_arch_opts opts = {.classes = KINDS,
                                          .channels = 3,
                                          .imgsz = i == 4   ? 64
                                                   : i == 2 ? 64
                                                            : 32};
        struct ln_net *net;
        struct ln_model *m;
        if (ln_arch_build(choices[i].arch, &opts, &net) != LINNET_OK) fail_msg("%s", ln_error_line());
        assert_int_equal(ln_model_create(&m, choices[i].arch, net, 1), LINNET_OK);
        const struct seen s = explain_noise(m, NULL, choices[i].layer, NULL);
        if (choices[i].chosen) assert_string_equal(s.layer, choices[i].chosen);
        assert_string_equal(s.method, choices[i].method);
        print_message("%s %s %s %d\n", choices[i].arch, s.layer, s.method, s.width);
        ln_model_destroy(m);
    }
}

/* Class names take precedence over numbers; any class can be explained. */
static void test_classes(void **state) {
    struct ln_model *m = model_of(NULL, NULL);
    char two[] = "2", one[] = "1", zero[] = "0", *const names[] = {two, one, zero};
    assert_int_equal(ln_model_name_classes(m, names, 3), LINNET_OK);
    const struct seen own = explain_noise(m, NULL, NULL, NULL);
    assert_int_equal(own.target, own.predicted);
    assert_int_equal(explain_noise(m, NULL, NULL, "2").target, 0);
    assert_int_equal(explain_noise(m, NULL, NULL, "0").target, 2);
    linnet_explainer *e = explainer_of(m, NULL, NULL, "1");
    struct picture p;
    uint32_t seed = 7;
    draw(&p, 1, &seed);
    assert_int_equal(ln_explainer_set_target(e, "2"), LINNET_OK);
    assert_int_equal(explain(e, &p).target, 0);
    assert_int_equal(ln_explainer_set_target(e, "3"), LINNET_ERR_USAGE);
    assert_int_equal(explain(e, &p).target, 0);
    assert_int_equal(ln_explainer_set_target(e, NULL), LINNET_OK);
    assert_int_equal(explain(e, &p).target, own.predicted);
    ln_explainer_destroy(e);
    double sum = 0;
    for (int i = 0; i < 3; i++) sum += (double)explain_noise(m, NULL, NULL, names[i]).probability;
    assert_true(fabs(sum - 1) < 1e-6);
    ln_model_destroy(m);
}

/* A logit that every place lowers has a map of zeros. */
static void test_no_evidence(void **state) {
    struct ln_model *m = model_of(averaging, NULL);
    for (size_t i = 0; i < m->net->param_count; i++)
        if (strcmp(m->net->params[i].name, "fc.weight") == 0)
            for (size_t k = 0; k < ln_net_param_size(m->net, i); k++) m->params[i][k] = -1;
    assert_true(explain_noise(m, "gradcam", NULL, NULL).most == 0);
    assert_true(explain_noise(m, "hirescam", NULL, NULL).most == 0);
    assert_true(explain_noise(m, "layercam", NULL, NULL).most == 0);
    ln_model_destroy(m);
}

/* A picture that cannot be read, and the position of the centre crop in a wide one. */
static void test_inputs(void **state) {
    struct ln_model *m = model_of(NULL, NULL);
    static unsigned char wide[20][60][3];
    const struct linnet_input inputs[] = {{.path = "missing.png"},
                                          {.pixels = &wide[0][0][0], .width = 60, .height = 20}};
    struct seen s = {0};
    linnet_explainer *e = explainer_of(m, NULL, NULL, NULL);
    assert_int_equal(ln_explainer_run(e, inputs, 1, on_explanation, &s), LINNET_OK);
    assert_int_equal(s.status, LINNET_ERR_INPUT);
    assert_string_equal(s.code, "file-open");
    ln_explainer_destroy(e);
    m->preprocess.resize = 40; /* 120 x 40, cropped to the centre 32 x 32 */
    e = explainer_of(m, NULL, NULL, NULL);
    s.count = 0;
    assert_int_equal(ln_explainer_run(e, inputs + 1, 1, on_explanation, &s), LINNET_OK);
    assert_true(s.left == 22 && s.right == 38 && s.top == 2 && s.bottom == 18);
    ln_explainer_destroy(e);
    const struct linnet_explain_opts strict = {.threads = 1, .strict = true};
    assert_int_equal(ln_explainer_create(&e, m, &strict), LINNET_OK);
    s.count = 0;
    assert_int_equal(ln_explainer_run(e, inputs, 2, on_explanation, &s), LINNET_ERR_INPUT);
    assert_int_equal(s.count, 1);
    ln_explainer_destroy(e);
    ln_model_destroy(m);
}

struct many {
    size_t count;
    float logits[MANY];
    int statuses[MANY];
};

static void on_many(void *user, const struct linnet_explanation *e) {
    struct many *all = user;
    assert_true(e->index == all->count && e->count == MANY);
    all->logits[all->count] = e->logit;
    all->statuses[all->count++] = e->status;
}

/* Any number of decoding threads, with a bad picture among good ones: the same explanations in the same order. */
static void test_threads(void **state) {
    static unsigned char rgb[MANY][SIDE][SIDE][3];
    struct linnet_input inputs[MANY];
    struct ln_model *m = model_of(NULL, NULL);
    struct many want = {0};
    uint32_t seed = 11;
    for (size_t i = 0; i < sizeof rgb; i++) (&rgb[0][0][0][0])[i] = (unsigned char)shape_random(&seed);
    for (int i = 0; i < MANY; i++)
        inputs[i] = (struct linnet_input){.pixels = &rgb[i][0][0][0], .width = SIDE, .height = SIDE};
    inputs[4] = (struct linnet_input){.path = "missing.png"};
    for (int workers = 1; workers <= 4; workers++) {
        const struct linnet_explain_opts opts = {.threads = 1, .workers = workers};
        linnet_explainer *e;
        struct many got = {0};
        assert_int_equal(ln_explainer_create(&e, m, &opts), LINNET_OK);
        assert_int_equal(ln_explainer_run(e, inputs, MANY, on_many, &got), LINNET_OK);
        ln_explainer_destroy(e);
        assert_true(got.count == MANY && got.statuses[4] == LINNET_ERR_INPUT && got.statuses[5] == LINNET_OK);
        if (workers == 1) want = got;
        assert_memory_equal(&got, &want, sizeof got);
    }
    ln_model_destroy(m);
}

/* An explainer in the caller's plan, as at the end of training, gives the same map as one with a plan of its own. */
static void test_borrowed_plan(void **state) {
    (void)state;
    struct ln_model *m = model_of(NULL, NULL);
    struct ln_infer infer;
    struct linnet_explanation got;
    struct picture p;
    uint32_t seed = 5;
    draw(&p, 1, &seed);
    linnet_explainer *own = explainer_of(m, NULL, NULL, "2"), *in;
    const struct seen want = explain(own, &p);
    assert_int_equal(
        ln_infer_init(&infer, m, &(struct ln_infer_opts){.batch = 3, .threads = 1, .copies = true}),
        LINNET_OK);
    assert_int_equal(
        ln_explainer_create_in(&in, m, infer.plans[infer.count - 1], &(struct linnet_explain_opts){0}),
        LINNET_OK);
    unsigned char rgb[SIDE * SIDE * 3];
    for (int i = 0; i < SIDE * SIDE; i++) memset(rgb + 3 * i, p.grey[i / SIDE][i % SIDE], 3);
    assert_int_equal(ln_explainer_map(in, &(struct ln_image){SIDE, SIDE, 3, rgb}, 2, &got), LINNET_OK);
    assert_true(got.map_width == want.width && got.map_height == want.height && got.target == 2);
    assert_string_equal(got.layer, want.layer);
    assert_true(fabsf(got.logit - want.logit) < 1e-5F && got.most > 0);
    for (int i = 0; i < want.width * want.height; i++)
        assert_true(fabsf(got.map[i] - want.map[i]) <= 1e-5F * got.most);
    ln_explainer_destroy(in);
    ln_explainer_destroy(own);
    ln_infer_fini(&infer);
    ln_model_destroy(m);
}

/* ---- memory ------------------------------------------------------------------------------------------------ */

static void on_outcome(void *user, const struct linnet_explanation *e) {
    *(int *)user = e->status;
}

/* Allocation n fails, or all from n on: the status or the picture's outcome reports the failure, and nothing leaks. */
static bool explain_failing(const struct ln_model *m, const char *method, uint64_t n, bool for_good) {
    static unsigned char rgb[SIDE][SIDE][3];
    const struct linnet_input input = {.pixels = &rgb[0][0][0], .width = SIDE, .height = SIDE};
    const struct linnet_explain_opts opts = {.method = method, .threads = 1};
    const int64_t live = ln_alloc_live();
    const uint64_t calls = ln_alloc_count();
    struct short_memory memory;
    linnet_explainer *e = NULL;
    int outcome = LINNET_OK;
    ln_error_clear();
    if (for_good)
        short_memory_begin(&memory, (int64_t)n);
    else
        ln_alloc_fail_at(n);
    int status = ln_explainer_create(&e, m, &opts);
    if (status == LINNET_OK) status = ln_explainer_run(e, &input, 1, on_outcome, &outcome);
    ln_explainer_destroy(e);
    ln_alloc_fail_at(0);
    const bool failed = for_good ? short_memory_end(&memory) : ln_alloc_count() - calls >= n;
    if (ln_alloc_live() != live) fail_msg("%s, call %d: blocks are left", method, (int)n);
    if (failed && status != LINNET_ERR_LIMIT && outcome != LINNET_ERR_LIMIT)
        fail_msg("%s, call %d: status %d, '%s'", method, (int)n, status, ln_error_line());
    return failed;
}

static void test_memory_fails(void **state) {
    struct ln_model *m = model_of(averaging, NULL);
    for (int how = 0; how < 4; how++) {
        uint64_t n = 1;
        while (explain_failing(m, how & 1 ? "occlusion" : "hirescam", n, how & 2)) n++;
        assert_true(n > 40);
    }
    ln_model_destroy(m);
    ln_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_patch_linear),      fixture_test(test_patch_average),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_classes),       cmocka_unit_test(test_no_evidence),
        cmocka_unit_test(test_inputs),        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_borrowed_plan), cmocka_unit_test(test_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
