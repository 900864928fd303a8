/* Models as C files: each compiles without warnings as C99 and, once loaded, computes the same as Linnet. Hostile names, and
 * refusals. */
#include "base/file.h"
#include "csource/csource.h"
#include "unit/model/model_of.h"

#include <dlfcn.h>
#include <math.h>

#define PATH "m.c"

/* Every layer, with joins of three values, windows that overlap the edges, long-lived values, a batch norm that cannot be folded. */
static const char *const every_op = "linnet 1\ninput 3x16x12\n"
                                    "conv1 = conv(input) out=8 kernel=3x5 stride=2x1 padding=1x2 no_bias\n"
                                    "bn1 = batchnorm(conv1) eps=0.001\n"
                                    "relu = relu(bn1)\n"
                                    "pool.0 = maxpool(relu) kernel=3 stride=2 padding=1 ceil\n"
                                    "norm = lrn(pool.0) size=4 alpha=0.5 k=2\n"
                                    "conv = conv(norm) out=16 kernel=3 padding=2 dilation=2 groups=2\n"
                                    "silu-1 = silu(conv)\n"
                                    "bn2 = batchnorm(silu-1)\n"
                                    "shortcut = pad_shortcut(norm) out=16 stride=1x2\n"
                                    "mean = avgpool(bn2) kernel=3x2 stride=1x2 padding=1x1 exclude_pad\n"
                                    "ends = avgpool(bn2) kernel=3x4 stride=1x2 padding=1x1 ceil\n"
                                    "cut = conv(ends) out=16 kernel=1\n"
                                    "add = add(mean shortcut cut)\n"
                                    "relu6.a = relu6(add)\n"
                                    "tanh1 = tanh(relu6.a)\n"
                                    "concat = concat(tanh1 add shortcut)\n"
                                    "even = adaptive_avgpool(concat) out=3x2\n"
                                    "drop = dropout(even) p=0.5\n"
                                    "flatten1 = flatten(drop)\n"
                                    "fc = linear(flatten1) out=4 no_bias\n"
                                    "out = linear(fc) out=3\n"
                                    "output out\n";

static size_t input_size(const struct ln_model *m) {
    const struct ln_preprocess *pp = &m->preprocess;
    return (size_t)pp->channels * (size_t)pp->height * (size_t)pp->width;
}

/* Pixels from 0 to 255, [h][w][c], and the network's input, [c][h][w]. */
static void make_picture(const struct ln_model *m, unsigned char *bytes, float *pixels) {
    const struct ln_preprocess *pp = &m->preprocess;
    const size_t channels = (size_t)pp->channels, plane = input_size(m) / channels;
    for (size_t i = 0; i < plane; i++)
        for (size_t c = 0; c < channels; c++) {
            bytes[i * channels + c] = (unsigned char)(i * 37 + c * 101 + i * i * 3);
            pixels[c * plane + i] = ((float)bytes[i * channels + c] / 255.0F - pp->mean[c]) / pp->std[c];
        }
}

static void compute(const struct ln_model *m, const float *pixels, double *probabilities) {
    struct ln_plan *plan = NULL;
    double sum = 0;
    if (ln_plan_create(&plan, m->net, &(struct ln_plan_opts){.batch = 1}) != LINNET_OK ||
        ln_model_to_plan(m, plan) != LINNET_OK || ln_plan_forward(plan, pixels, NULL, 0) != LINNET_OK)
        fail_msg("%s", ln_error_line());
    for (int k = 0; k < m->classes; k++)
        sum += probabilities[k] = exp((double)ln_plan_logits(plan)[k] / m->temperature);
    for (int k = 0; k < m->classes; k++) probabilities[k] /= sum;
    ln_plan_destroy(plan);
}

/* An exported C file, compiled with all warnings as errors and loaded. */
struct compiled {
    void *library;
    int (*predict)(const float *pixels, float *probabilities);
    int (*predict_bytes)(const unsigned char *pixels, float *probabilities);
    const char *const *classes;
};

static void must_run(const char *command) {
    if (system(command)) fail_msg("failed: %s", command); /* NOLINT(cert-env33-c): a compiler */
}

static struct compiled compile(const struct ln_model *m, const char *path, const char *prefix) {
    struct compiled c;
    char command[512], name[128];
    if (ln_csource_save(m, path) != LINNET_OK) fail_msg("%s", ln_error_line());
    const char *flags = "-std=c99 -Wall -Wextra -Wpedantic -Wmissing-prototypes -Werror";
    snprintf(command, sizeof command, "if command -v clang >/dev/null; then clang %s -fsyntax-only '%s'; fi",
             flags, path);
    must_run(command);
    snprintf(command, sizeof command, "cc %s -O1 -shared -fPIC '%s' -o ./m.so -lm", flags, path);
    must_run(command);
    c.library = dlopen("./m.so", RTLD_NOW);
    if (!c.library) fail_msg("%s", dlerror());
    snprintf(name, sizeof name, "%s_predict", prefix);
    *(void **)&c.predict = dlsym(c.library, name);
    snprintf(name, sizeof name, "%s_predict_bytes", prefix);
    *(void **)&c.predict_bytes = dlsym(c.library, name);
    snprintf(name, sizeof name, "%s_classes", prefix);
    c.classes = dlsym(c.library, name);
    assert_true(c.predict && c.predict_bytes && c.classes);
    return c;
}

static void compare(const struct ln_model *m, const float *got, const double *expected) {
    for (int k = 0; k < m->classes; k++)
        if (!(fabs((double)got[k] - expected[k]) <= 1e-4))
            fail_msg("class %d: %.6f, expected %.6f", k, (double)got[k], expected[k]);
}

static int largest(const double *values, int count) {
    int best = 0;
    for (int k = 1; k < count; k++)
        if (values[k] > values[best]) best = k;
    return best;
}

static void check(const struct ln_model *m) {
    unsigned char bytes[2048];
    float pixels[2048], mirrored[2048], got[16];
    double expected[16], others[16];
    const size_t width = (size_t)m->preprocess.width;
    assert_true(input_size(m) <= 2048 && m->classes <= 16);
    struct compiled c = compile(m, PATH, "m");
    make_picture(m, bytes, pixels);
    compute(m, pixels, expected);
    for (size_t i = 0; i < input_size(m); i++)
        mirrored[i] = pixels[i / width * width + width - 1 - i % width];
    if (m->tta) compute(m, mirrored, others);
    for (int k = 0; k < m->classes && m->tta; k++) expected[k] = (expected[k] + others[k]) / 2;
    for (int times = 0; times < 2; times++) { /* the second time, memory holds the values of the first */
        assert_int_equal(c.predict(pixels, got), largest(expected, m->classes));
        compare(m, got, expected);
        assert_int_equal(c.predict_bytes(bytes, got), largest(expected, m->classes));
        compare(m, got, expected);
    }
    for (int k = 0; k < m->classes; k++) assert_string_equal(c.classes[k], m->class_names[k]);
    dlclose(c.library);
}

static void test_every_op(void **state) {
    const struct ln_op *op;
    for (size_t i = 0; (op = ln_op_at(i)); i++)
        if (op->role != LN_ROLE_LOSS && !ln_csource_exports(op))
            fail_msg("src/csource/layers.c has no row for %s", op->name);
    struct ln_model *m = model_of(every_op);
    m->preprocess.mean[1] = 0.3F;
    m->preprocess.std[2] = 1.0F / 3;
    check(m);
    ln_model_destroy(m);
}

static void test_temperature_and_mirror(void **state) {
    char names_[3][24] = {"cat's \"paw\"? ?\?/", "\xe7\x8c\xab\\*/", "a\nb"},
         *names[3] = {names_[0], names_[1], names_[2]};
    struct ln_model *m = model_of(every_op);
    m->temperature = 0.25;
    m->tta = true;
    m->preprocess.resize = 20;
    assert_int_equal(ln_model_name_classes(m, names, 3), LINNET_OK);
    check(m);
    ln_model_destroy(m);
}

/* The smallest networks: no layer with memory of its own, and dropout as the last layer. */
static void test_small(void **state) {
    struct ln_model *m =
        model_of("linnet 1\ninput 1x4x4\nf = flatten(input)\nr = relu(f)\nfc = linear(r) out=2\n"
                 "d = dropout(fc)\noutput d\n");
    check(m);
    ln_model_destroy(m);
    m = model_of(
        "linnet 1\ninput 1x6x6\nc = conv(input) out=2 kernel=3\nf = flatten(c)\nx = linear(f) out=2\n"
        "fc = linear(f) out=2\noutput fc\naux 0.3 x\n");
    check(m);
    ln_model_destroy(m);
}

static void test_names(void **state) {
    static const struct {
        const char *path, *prefix;
    } cases[] = {{"28 px-net.v2.c", "model_28_px_net"}, {"./int.c", "int"}, {"\xc3\xb6.c", "model___"}};
    struct ln_model *m =
        model_of("linnet 1\ninput 1x2x2\nf = flatten(input)\nfc = linear(f) out=2\noutput fc\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        dlclose(compile(m, cases[i].path, cases[i].prefix).library);
    ln_model_destroy(m);
}

static void refused(const char *text, int status, const char *code, const char *part) {
    struct ln_model *m = model_of(text);
    if (status == LINNET_ERR_DIVERGED) m->params[0][0] = NAN;
    unlink(PATH);
    assert_failure(ln_csource_save(m, PATH), status, code, part);
    assert_int_not_equal(access(PATH, F_OK), 0);
    ln_model_destroy(m);
}

static void test_refusals(void **state) {
    refused("linnet 1\ninput 1x2x2\nf = flatten(input)\nfc = linear(f) out=2\noutput fc\n",
            LINNET_ERR_DIVERGED, "model-nonfinite", "fc.weight");
    refused(
        "linnet 1\ninput 1x45x45\nf = flatten(input)\na = linear(f) out=1000\nb = linear(a) out=2\noutput b\n",
        LINNET_ERR_LIMIT, "csource-size", "2028002 weights, a C file at most 2000000; export it as .onnx");
    refused("linnet 1\ninput 1x1000x1000\nc = conv(input) out=20 kernel=1\np = adaptive_avgpool(c) out=1\n"
            "f = flatten(p)\nb = linear(f) out=2\noutput b\n",
            LINNET_ERR_LIMIT, "csource-size", "layers' outputs");
}

static int save_it(const void *model) {
    return ln_csource_save(model, PATH);
}

static void test_allocations_fail(void **state) {
    struct ln_model *m = model_of(every_op);
    assert_true(allocations_fail(save_it, m) > 20);
    ln_model_destroy(m);
}

static int enter(void **state) {
    static char folder[64];
    scratch_enter(folder);
    *state = folder;
    return 0;
}

static int leave(void **state) {
    scratch_leave(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_op, enter, leave),
        cmocka_unit_test_setup_teardown(test_temperature_and_mirror, enter, leave),
        cmocka_unit_test_setup_teardown(test_small, enter, leave),
        cmocka_unit_test_setup_teardown(test_names, enter, leave),
        cmocka_unit_test_setup_teardown(test_refusals, enter, leave),
        cmocka_unit_test_setup_teardown(test_allocations_fail, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
