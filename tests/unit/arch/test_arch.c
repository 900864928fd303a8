/* Networks by name, compared with the figures in their papers and in textbooks. */
#include "unit/base/base_test.h"

#include "arch/arch.h"
#include "graph/plan.h"
#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct ln_net *build(const char *name, const struct ln_arch_opts *opts) {
    struct ln_net *net = NULL;
    int status = ln_arch_build(name, opts, &net);
    if (status != LINNET_OK) fail_msg("%s: %s", name, ln_error_line());
    return net;
}

static void test_parameters(void **state) {
    static const struct {
        const char *name;
        struct ln_arch_opts opts;
        int64_t parameters, macs;
    } cases[] = {
        {"lenet", {.classes = 2, .channels = 3, .imgsz = 224}, 46038242, 0},
        {"lenet", {0}, 46038242, 0}, /* the default sizes give the same */
        {"lenet", {.classes = 10, .channels = 1, .imgsz = 28}, 416 + 12832 + 262656 + 5130, 0},
        {"lenet5", {.classes = 10, .channels = 1, .imgsz = 32}, 61706, 416520},
        {"lenet5", {0}, 61706, 416520},
        {"lenet5", {.channels = 3}, 61706 + 6 * 2 * 25, 0},
        {"alexnet", {0}, 61100840, 714188480},
        {"alexnet2012", {0}, 60965224, 724406816},
        {"vgg11", {0}, 132863336, 7609090048},
        {"vgg13", {0}, 133047848, 0},
        {"vgg16", {0}, 138357544, 15470264320},
        {"vgg19", {0}, 143667240, 0},
        {"vgg11_bn", {0}, 132868840, 0},
        {"vgg13_bn", {0}, 133053736, 0},
        {"vgg16_bn", {0}, 138365992, 0},
        {"vgg19_bn", {0}, 143678248, 0},
        {"googlenet", {0}, 13004888, 1498376192}, /* 6,624,904 without the auxiliary heads */
        {"googlenet2014", {0}, 13378280, 0},
        {"resnet18", {0}, 11689512, 1814073344},
        {"resnet18d", {0}, 11708744, 0},
        {"resnet18d_half", {0}, 3058584, 0},
        {"resnet34", {0}, 21797672, 0},
        {"resnet50", {0}, 25557032, 4089184256},
        {"resnet101", {0}, 44549160, 0},
        {"resnet152", {0}, 60192808, 0},
        {"resnet18", {.classes = 2, .channels = 1}, 11689512 - 998 * 513 - 64 * 2 * 49, 0},
        {"cifar_resnet20", {0}, 269722, 0},
        {"cifar_resnet32", {0}, 464154, 0},
        {"cifar_resnet44", {0}, 658586, 0},
        {"cifar_resnet56", {0}, 853018, 0},
        {"cifar_resnet110", {0}, 1727962, 0},
        {"plain20", {0}, 269722, 0},
        {"plain56", {0}, 853018, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ln_net *net = build(cases[i].name, &cases[i].opts);
        assert_int_equal(ln_net_parameters(net), cases[i].parameters);
        if (cases[i].macs) assert_int_equal(ln_net_macs(net), cases[i].macs);
        ln_net_destroy(net);
    }
}

static void shape_check(const struct ln_net *net, const char *name, int c, int h, int w) {
    for (size_t i = 0; i < net->count; i++)
        if (strcmp(net->nodes[i].name, name) == 0) {
            struct ln_shape want = w ? ln_shape_of(1, c, h, w) : ln_shape_of(1, c);
            assert_true(ln_shape_equal(&net->nodes[i].out, &want));
            return;
        }
    fail_msg("no layer of the name %s", name);
}

/* LeNet-5, layer by layer as in figure 2 of the paper. */
static void test_lenet5(void **state) {
    struct ln_net *net = build("lenet5", &(struct ln_arch_opts){0});
    shape_check(net, "c1", 6, 28, 28);
    shape_check(net, "s2", 6, 14, 14);
    shape_check(net, "c3", 16, 10, 10);
    shape_check(net, "s4", 16, 5, 5);
    shape_check(net, "c5", 120, 1, 1);
    shape_check(net, "f6", 84, 0, 0);
    shape_check(net, "output", 10, 0, 0);
    ln_net_destroy(net);
}

static void test_lenet(void **state) {
    struct ln_net *net = build("lenet", &(struct ln_arch_opts){0});
    shape_check(net, "conv1", 16, 220, 220);
    shape_check(net, "maxpool1", 16, 110, 110);
    shape_check(net, "conv2", 32, 106, 106);
    shape_check(net, "maxpool2", 32, 53, 53);
    shape_check(net, "flatten1", 89888, 0, 0);
    shape_check(net, "fc1", 512, 0, 0);
    shape_check(net, "fc2", 2, 0, 0);
    ln_net_destroy(net);
    net = build("lenet", &(struct ln_arch_opts){.imgsz = 16}); /* the smallest input */
    shape_check(net, "maxpool2", 32, 1, 1);
    ln_net_destroy(net);
}

/* Table 1 of each paper. */
static void test_tables(void **state) {
    struct ln_net *net = build("vgg16", &(struct ln_arch_opts){0});
    shape_check(net, "features.4", 64, 112, 112);
    shape_check(net, "features.30", 512, 7, 7);
    ln_net_destroy(net);
    net = build("googlenet2014", &(struct ln_arch_opts){0});
    shape_check(net, "pool2", 192, 28, 28);
    shape_check(net, "inception3a.concat", 256, 28, 28);
    shape_check(net, "inception3b.concat", 480, 28, 28);
    shape_check(net, "inception4e.concat", 832, 14, 14);
    shape_check(net, "inception5b.concat", 1024, 7, 7);
    shape_check(net, "aux1.avgpool", 512, 4, 4);
    shape_check(net, "aux2.avgpool", 528, 4, 4);
    ln_net_destroy(net);
    net = build("resnet50", &(struct ln_arch_opts){0});
    shape_check(net, "conv1", 64, 112, 112);
    shape_check(net, "layer1.2.add", 256, 56, 56);
    shape_check(net, "layer2.3.add", 512, 28, 28);
    shape_check(net, "layer3.5.add", 1024, 14, 14);
    shape_check(net, "layer4.2.add", 2048, 7, 7);
    ln_net_destroy(net);
    net = build("cifar_resnet56", &(struct ln_arch_opts){0});
    shape_check(net, "layer1.8.add", 16, 32, 32);
    shape_check(net, "layer2.8.add", 32, 16, 16);
    shape_check(net, "layer3.8.add", 64, 8, 8);
    ln_net_destroy(net);
}

/* The root mean square of a parameter's initial values. */
static double initial_rms(const struct ln_net *net, const char *name) {
    for (size_t i = 0; i < net->param_count; i++)
        if (strcmp(net->params[i].name, name) == 0) {
            const size_t count = ln_net_param_size(net, i);
            float *w = malloc(count * sizeof *w);
            assert_non_null(w);
            ln_net_init_param(net, i, 1, w);
            double squares = 0;
            for (size_t k = 0; k < count; k++) squares += (double)w[k] * (double)w[k];
            free(w);
            return sqrt(squares / (double)count);
        }
    fail_msg("no parameter of the name %s", name);
    return 0;
}

static double started(const struct ln_net *net, const char *name) {
    for (size_t i = 0; i < net->param_count; i++)
        if (strcmp(net->params[i].name, name) == 0) {
            float *w = malloc(ln_net_param_size(net, i) * sizeof *w);
            assert_non_null(w);
            ln_net_init_param(net, i, 1, w);
            double first = (double)w[0];
            free(w);
            return first;
        }
    fail_msg("no parameter of the name %s", name);
    return 0;
}

/* With zero_init a residual block starts as the identity: the weight of its last norm, and no other, is
 * zero. */
static void test_zero_init(void **state) {
    for (int zero = 0; zero < 2; zero++) {
        struct ln_net *net = build("resnet18", &(struct ln_arch_opts){.zero_init = zero});
        assert_true(started(net, "layer1.0.bn1.weight") == 1);
        assert_true(started(net, "layer1.0.bn2.weight") == (zero ? 0 : 1));
        assert_true(started(net, "layer2.0.downsample.1.weight") == 1);
        ln_net_destroy(net);
        net = build("resnet50", &(struct ln_arch_opts){.zero_init = zero});
        assert_true(started(net, "layer1.0.bn2.weight") == 1);
        assert_true(started(net, "layer1.0.bn3.weight") == (zero ? 0 : 1));
        ln_net_destroy(net);
    }
}

/* Krizhevsky et al. 2012, section 5: which biases start at one. */
static void test_alexnet2012_biases(void **state) {
    static const char *const names[] = {"conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"};
    struct ln_net *net = build("alexnet2012", &(struct ln_arch_opts){0});
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s.bias", names[i]);
        assert_true(started(net, name) == (i == 0 || i == 2 || i == 7 ? 0 : 1));
    }
    ln_net_destroy(net);
}

static void test_refusals(void **state) {
    static const struct {
        const char *name;
        struct ln_arch_opts opts;
        const char *code, *part;
    } cases[] = {
        {"lenet6", {0}, "arch-name", "did you mean lenet5?"},
        {"", {0}, "arch-name", "unknown model ''"},
        {"a model of another house", {0}, "arch-name", "`linnet models` lists them"},
        {"len\x01t", {0}, "arch-name", "'len\\x01t'"},
        {"lenet5", {.imgsz = 28}, "arch-imgsz", "32x32, not 28x28"},
        {"lenet", {.classes = -1}, "arch-classes", "-1 classes"},
        {"lenet", {.classes = (1 << 20) + 1}, "arch-classes", "1048577"},
        {"lenet",
         {.imgsz = 9},
         "arch-imgsz",
         "lenet needs images of at least 16 pixels per side, got 9 (conv2: kernel 5 "},
        {"lenet", {.imgsz = 15}, "arch-imgsz", "at least 16 pixels per side, got 15"},
        {"alexnet",
         {.imgsz = 62},
         "arch-imgsz",
         "at least 63 pixels per side, got 62 (features.12: kernel 3 "},
        {"vgg16", {.imgsz = 31}, "arch-imgsz", "vgg16 needs images of at least 32 pixels per side, got 31"},
        {"googlenet", {.imgsz = 14}, "arch-imgsz", "at least 15 pixels per side, got 14"},
        {"alexnet2012", {.imgsz = 224}, "arch-imgsz", "227x227, not 224x224"},
        {"lenet", {.imgsz = -4}, "net-input", "-4"},
        {"lenet", {.channels = 5000}, "net-input", "5000"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ln_net *net = NULL;
        assert_failure(ln_arch_build(cases[i].name, &cases[i].opts, &net), LINNET_ERR_USAGE, cases[i].code,
                       cases[i].part);
        assert_null(net);
    }
}

/* Every network in the list builds with its default sizes, names its paper, and keeps its parameters in a
 * round trip through its text. */
static void test_list(void **state) {
    int count = 0;
    const struct ln_arch_variant *v;
    for (; (v = ln_arch_get(count)); count++) {
        struct ln_net *net = build(v->name, &(struct ln_arch_opts){0}), *parsed = NULL;
        char *text, *again;
        assert_true(v->year >= 1989 && v->paper && strlen(v->paper) > 10);
        assert_int_equal(ln_net_classes(net), v->classes);
        assert_int_equal(ln_net_print(net, &text), LINNET_OK);
        assert_int_equal(ln_net_parse(text, &parsed), LINNET_OK);
        assert_int_equal(ln_net_print(parsed, &again), LINNET_OK);
        assert_string_equal(text, again);
        assert_int_equal(ln_net_parameters(net), ln_net_parameters(parsed));
        for (int i = 0; i < count; i++) assert_string_not_equal(ln_arch_get(i)->name, v->name);
        ln_free(text);
        ln_free(again);
        ln_net_destroy(net);
        ln_net_destroy(parsed);
    }
    assert_true(count >= 28);
    assert_null(ln_arch_get(-1));
}

/* He et al. 2015, equation 10: the initial weights preserve the variance from layer to layer, so that all eight layers learn. */
static void test_alexnet_weights(void **state) {
    struct ln_net *net = build("alexnet", &(struct ln_arch_opts){0});
    assert_true(fabs(initial_rms(net, "features.3.weight") / sqrt(2.0 / (64 * 5 * 5)) - 1) < 0.01);
    assert_true(fabs(initial_rms(net, "classifier.4.weight") / sqrt(2.0 / 4096) - 1) < 0.01);
    assert_true(fabs(initial_rms(net, "classifier.6.weight") / 1e-3 - 1) < 0.01);
    assert_true(initial_rms(net, "classifier.4.bias") == 0);
    ln_net_destroy(net);
}

static int build_lenet5(const void *arg) {
    struct ln_net *net = NULL;
    int status = ln_arch_build("lenet5", &(struct ln_arch_opts){0}, &net);
    ln_net_destroy(net);
    return status;
}

static void test_out_of_memory(void **state) {
    assert_true(allocations_fail(build_lenet5, NULL) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),    cmocka_unit_test(test_lenet5),
        cmocka_unit_test(test_lenet),         cmocka_unit_test(test_tables),
        cmocka_unit_test(test_zero_init),     cmocka_unit_test(test_alexnet2012_biases),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_list),
        cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_alexnet_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
