/* What the numbers of a graph become: weights in Linnet's order, the preprocessing of images, class names and other metadata. */
#include "unit/onnx/graph_text.h"

#include <math.h>

/* ---- weights -------------------------------------------------------------------------------------------------------------- */

static void has(const char *graph, int param, const float *expected, size_t count) {
    struct ln_model *m = graph_open(graph);
    assert_int_equal(ln_net_param_size(m->net, (size_t)param), count);
    for (size_t i = 0; i < count; i++)
        if (m->params[param][i] != expected[i])
            fail_msg("%s: number %zu is %g, not %g", graph, i, (double)m->params[param][i],
                     (double)expected[i]);
    ln_model_destroy(m);
}

#define MATRIX "input x f32[n,1,2,2]; Flatten x > f; "
/* Flattens a map of two channels and 1 x 2 pixels in the order [h][w][c]: both channels of pixel 0, then of pixel 1. */
#define LAST \
    "input x f32[n,1,1,2]; k = f32[2,1,1,1]; Conv x k > c; Transpose c > t perm=[0,2,3,1]; Flatten t > f; "

static void test_matrices(void **state) {
    static const float as_is[] = {1, 2, 3, 4, 5, 6, 7, 8}, turned[] = {1, 3, 5, 7, 2, 4, 6, 8},
                       sorted[] = {1, 3, 2, 4, 5, 7, 6, 8}, both[] = {1, 5, 3, 7, 2, 6, 4, 8},
                       bias[] = {9, 10};
    has(MATRIX "w = f32[2,4]:1,2,3,4,5,6,7,8; Gemm f w > y transB=1", 0, as_is, 8);
    has(MATRIX "w = f32[4,2]:1,2,3,4,5,6,7,8; Gemm f w > y", 0, turned, 8);
    has(MATRIX "w = f32[2,4]:1,2,3,4,5,6,7,8; Transpose w > v; MatMul f v > y", 0, as_is, 8);
    has(MATRIX "w = f32[4,2]:1,2,3,4,5,6,7,8; Transpose w > v; Gemm f v > y transB=1", 0, turned, 8);
    has(MATRIX "w = f64[4,2]:1,2,3,4,5,6,7,8; Gemm f w > y", 0, turned, 8);
    has(MATRIX "w = f32~[2,4]:1,2,3,4,5,6,7,8; Gemm f w > y transB=1", 0, as_is, 8);
    has(MATRIX "w = f64~[2,4]:1,2,3,4,5,6,7,8; Gemm f w > y transB=1", 0, as_is, 8);
    has(MATRIX "b = f32[2]:9,10; w = f32[2,4]; Gemm f w b > y transB=1", 1, bias, 2);
    has(MATRIX "b = f32[1,2]:9,10; w = f32[4,2]; MatMul f w > m; Add b m > y", 1, bias, 2);
    has(LAST "w = f32[2,4]:1,2,3,4,5,6,7,8; Gemm f w > y transB=1", 1 + 0, sorted, 8);
    has(LAST "w = f32[4,2]:1,2,3,4,5,6,7,8; Gemm f w > y", 1 + 0, both, 8);
}

/* More padding on one side becomes a larger kernel, with zeros on the other side. */
static void test_kernels(void **state) {
    static const float left[] = {1, 2, 0, 3, 4, 0}, right[] = {0, 1, 2, 0, 3, 4},
                       above[] = {1, 2, 3, 4, 0, 0}, below[] = {0, 0, 1, 2, 3, 4}, bias[] = {7};
#define KERNEL "input x f32[n,1,4,4]; w = f32[1,1,2,2]:1,2,3,4; Conv x w > c "
#define ROWS   "; GlobalAveragePool c > g; Flatten g > r; z = f32[1,2]; MatMul r z > y"
    has(KERNEL "pads=[0,1,0,0]" ROWS, 0, left, 6);
    has(KERNEL "pads=[0,0,0,1]" ROWS, 0, right, 6);
    has(KERNEL "pads=[1,0,0,0]" ROWS, 0, above, 6);
    has(KERNEL "pads=[0,0,1,0]" ROWS, 0, below, 6);
    has(KERNEL "auto_pad=SAME_LOWER" ROWS, 0, (const float[]){1, 2, 0, 3, 4, 0, 0, 0, 0}, 9);
    has(KERNEL "auto_pad=SAME_UPPER" ROWS, 0, (const float[]){0, 0, 0, 0, 1, 2, 0, 3, 4}, 9);
    has("input x f32[n,1,4,4]; k = f32[3,1,1,1]; Conv x k > e; w = f32[2,3,1,1]:1,2,3,4,5,6; "
        "Conv e w > c pads=[0,0,0,1]; GlobalAveragePool c > y",
        1, (const float[]){0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6}, 12);
    has("input x f32[n,1,4,4]; w = f32[1,1,2,2]; b = f32[1,1,1]:7; Conv x w > d; Add d b > c" ROWS, 1, bias,
        1);
}

/* Weights that alternate between two files: each weight comes from its own file. */
static void test_two_files(void **state) {
    static const float a[] = {1, 2, 3, 4}, b[] = {5, 6}, turned[] = {1, 3, 2, 4};
    const char *graph = "input x f32[n,1,1,2]; Flatten x > f; w = f32[2,2]@a; v = f32[2]@b; u = f32[2,2]@a; "
                        "Gemm f w v > g; Gemm g u v > y";
    assert_int_equal(ln_file_write("a", a, sizeof a), LINNET_OK);
    assert_int_equal(ln_file_write("b", b, sizeof b), LINNET_OK);
    has(graph, 0, turned, 4);
    has(graph, 1, b, 2);
    has(graph, 2, turned, 4);
    has(graph, 3, b, 2);
    graph_write("m.onnx", graph);
    assert_in_range(allocations_fail(graph_open_once, "m.onnx"), 20, 2000);
}

/* ---- images --------------------------------------------------------------------------------------------------------------- */

#define GREY  "input x f32[n,1,8,8]; "
#define POOL  "; GlobalAveragePool h > g; w = f32[1,2]; Flatten g > f; MatMul f w > y"
#define POOL3 "; GlobalAveragePool h > y"

/* The first layer of a graph reads x = (p / 255 - mean) / std of a pixel p. A graph that scales its input by 0.1 to 1 expects
 * images that are already normalised with mean 0.5 and std 0.5. */
static void test_grey(void **state) {
    static const struct {
        const char *graph;
        double mean, std;
    } cases[] = {
        {GREY "Relu x > h" POOL, 0.5, 0.5},
        {"input x u8[n,1,8,8]; Cast x > c; Relu c > h" POOL, 0, 1 / 255.0},
        {GREY "a = f32[1]:0.00784313725; b = f32[1]:1; Mul x a > c; Sub c b > h" POOL, 0.5, 0.5},
        {GREY "a = f32[1]:127.5; b = f32[1]:1; Div x a > c; Sub c b > h" POOL, 0.5, 0.5},
        {GREY "a = f32[1]:0.5; Sub x a > b; Div b a > h" POOL, 0.5, 0.5},
        {GREY "a = f32[1]:2; b = f32[1]:-1; Mul a x > c; Add b c > h" POOL, 0.5, 0.5},
        {GREY "a = f32[1]:2; b = f32[1]:-1; Mul a x > c; Sum c b > h" POOL, 0.5, 0.5},
        {GREY "a = f32[1]:2; b = f32[1]:1; Mul a x > c; Sub b c > h" POOL, 0.5, -0.5},
        {GREY "a = f32[1]:2; b = f32[1]:1; Mul a x > c; Sub c b > d; Sub b d > h" POOL, 1, -0.5},
        {GREY "Constant > a value_int=2; Mul x a > h" POOL, 0, 0.5},
        {GREY "a = f32[1]:0.25; Add x a > h" POOL, 0.375, 0.5},
        {GREY "a = f32[1]:0.5; Mul x a > h" POOL, 0.5, 1},
        {"input x u8[n,1,8,8]; a = f32[1]:0.5; b = f32[1]:64; Cast x > c; Sub c b > d; Mul d a > h" POOL,
         64 / 255.0, 2 / 255.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ln_model *m = graph_open(cases[i].graph);
        const double mean = (double)m->preprocess.mean[0], std = (double)m->preprocess.std[0];
        if (fabs(mean - cases[i].mean) > 1e-6 || fabs(std - cases[i].std) > 1e-6)
            fail_msg("%s: mean %.9g, std %.9g", cases[i].graph, mean, std);
        assert_int_equal(m->preprocess.channels, 1);
        ln_model_destroy(m);
    }
}

static void test_colours(void **state) {
    static const char *const graphs[] = {
        "m = f32[3,1,1]:0.5,0.25,0.125; s = f32[1,3,1,1]:0.25,0.5,0.125; Sub x m > a; Div a s > h" POOL3,
        "input x f32[n,8,8,3]; m = f32[3]:0.5,0.25,0.125; s = f32[1,1,3]:0.25,0.5,0.125; Sub x m > a; Div a s > b; "
        "Transpose b > h perm=[0,3,1,2]" POOL3,
        "i = i64[]:0; j = i64[]:1; k = i64[]:2; Gather x i > r axis=1; Gather x j > g axis=1; Gather x k > b axis=1; "
        "Unsqueeze r j > r1; Unsqueeze g j > g1; Unsqueeze b j > b1; "
        "p = f32[]:0.5; q = f32[]:0.25; s = f32[]:0.125; Sub r1 p > r2; Div r2 q > r3; Sub g1 q > g2; Div g2 p > g3; "
        "Sub b1 s > b2; Div b2 s > b3; Concat r3 g3 b3 > h axis=1" POOL3,
    };
    static const float mean[] = {0.5F, 0.25F, 0.125F}, std[] = {0.25F, 0.5F, 0.125F};
    for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++) {
        struct ln_model *m = graph_open(graphs[i]);
        assert_memory_equal(m->preprocess.mean, mean, sizeof mean);
        assert_memory_equal(m->preprocess.std, std, sizeof std);
        ln_model_destroy(m);
    }
}

/* The size of a graph that leaves it open: from the option, else from the metadata, else 224. */
static void test_sizes(void **state) {
    static const struct {
        const char *graph;
        int option, height, width;
    } cases[] = {
        {"input x f32[n,3,h,w]; note imgsz [32, 32]", 0, 32, 32},
        {"input x f32[n,3,h,w]; note imgsz 48", 0, 48, 48},
        {"input x f32[n,3,h,w]; note imgsz [32, 32]", 64, 64, 64},
        {"input x f32[n,3,h,w]; note imgsz 0", 0, 224, 224},
        {"input x f32[n,3,h,w]; note imgsz -1", 0, 224, 224},
        {"input x f32[n,3,h,w]; note imgsz 65537", 0, 224, 224},
        {"input x f32[n,3,h,w]; note imgsz 1", 0, 1, 1},
        {"input x f32[n,3,1,w]; note imgsz 65536", 0, 1, 65536},
        {"input x f32[n,3,h,w]; note imgsz big", 0, 224, 224},
        {"input x f32[n,3,h,w]", 0, 224, 224},
        {"input x f32[n,3,20,w]", 16, 20, 16},
        {"input x f32[n,3,20,24]; note imgsz 32", 16, 20, 24},
        {"input x f32[n,3,0,-5]", 16, 16, 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ln_model *m = NULL;
        char graph[256];
        snprintf(graph, sizeof graph, "%s; GlobalAveragePool x > y", cases[i].graph);
        graph_write("m.onnx", graph);
        const struct ln_onnx_open_opts opts = {.imgsz = cases[i].option};
        if (ln_onnx_open(&m, "m.onnx", &opts) != LINNET_OK) fail_msg("%s: %s", graph, ln_error_line());
        assert_int_equal(m->preprocess.height, cases[i].height);
        assert_int_equal(m->preprocess.width, cases[i].width);
        assert_int_equal(m->preprocess.resize, (cases[i].width * 8 + 6) / 7);
        ln_model_destroy(m);
    }
}

/* ---- metadata ------------------------------------------------------------------------------------------------------------- */

#define TWO "input x f32[n,1,1,2]; Flatten x > y; "

/* Numbers replace names that cannot be parsed. */
static void test_names(void **state) {
    static const struct {
        const char *names, *first, *second;
    } cases[] = {
        {"{0: 'cat', 1: 'dog'}", "cat", "dog"},
        {"['cat', \"dog\"]", "cat", "dog"},
        {"{0: 'it\\'s', 1: \"a \\\"b\\\" \\\\ \\n\"}", "it's", "a \"b\" \\ \\n"},
        {" { 0 : 'a' , 1 : 'b' }", "a", "b"},
        {"{0: 'a', 1: 'b'", "0", "1"},
        {"{0: 'a', 1: 'b', 2: 'c'}", "0", "1"},
        {"{0: 'a'}", "0", "1"},
        {"{1: 'a', 0: 'b'}", "0", "1"},
        {"{0: 'a', 1: 'b}", "0", "1"},
        {"{0: a, 1: b}", "0", "1"},
        {"{x: 'a', 1: 'b'}", "0", "1"},
        {"['a', 'b\\", "0", "1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char graph[256];
        snprintf(graph, sizeof graph, TWO "note names %s", cases[i].names);
        struct ln_model *m = graph_open(graph);
        assert_int_equal(m->classes, 2);
        assert_string_equal(m->class_names[0], cases[i].first);
        assert_string_equal(m->class_names[1], cases[i].second);
        ln_model_destroy(m);
    }
    graph_write("m.onnx", TWO "note names {0: 'cat', 1: 'dog'}");
    assert_in_range(allocations_fail(graph_open_once, "m.onnx"), 20, 2000);
    /* Linnet's own names take precedence over those of other programs. */
    struct ln_model *m = graph_open(TWO "note names ['a', 'b']; note linnet.classes [\"c\", \"d\"]");
    assert_string_equal(m->class_names[1], "d");
    ln_model_destroy(m);
}

static void test_notes(void **state) {
    struct ln_model *m = graph_open(TWO "note linnet.tta flip; note linnet.temperature 1.5; "
                                        "note linnet.unknown_energy -2.5; note other entry");
    assert_true(m->tta && m->temperature == 1.5 && m->unknown_energy == -2.5);
    ln_model_destroy(m);
    m = graph_open(TWO "note linnet.tta crops");
    assert_false(m->tta);
    ln_model_destroy(m);
    m = graph_open("input x f32[n,1,1,2]; t = f32[1]:2.5; Flatten x > f; Div f t > d; Softmax d > y");
    assert_true(m->temperature == 2.5);
    ln_model_destroy(m);
}

/* The graph's own scaling overrides the mean and std of the metadata; the rest of the metadata applies. */
static void test_preprocess(void **state) {
    static const struct {
        const char *graph;
        float mean, std;
    } cases[] = {
        {"input x f32[n,1,2,2]; Identity x > h", 0.25F, 0.75F},
        {"input x u8[n,1,2,2]; Cast x > h", 0, 1 / 255.0F},
        {"input x f32[n,1,2,2]; a = f32[1]:2; Mul x a > h", 0, 0.5F},
        {"input x f32[n,1,2,2]; a = f32[1]:0.5; Add x a > h", 0.25F, 0.5F},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char graph[512];
        snprintf(graph, sizeof graph,
                 "%s; Flatten h > y; note linnet.preprocess {\"width\": 2, \"height\": 2, \"channels\": 1, "
                 "\"resize\": 3, \"crop\": \"center\", \"interpolation\": \"bicubic\", "
                 "\"mean\": [0.25], \"std\": [0.75]}",
                 cases[i].graph);
        struct ln_model *m = graph_open(graph);
        assert_int_equal(m->preprocess.resize, 3);
        assert_true(m->preprocess.mean[0] == cases[i].mean && m->preprocess.std[0] == cases[i].std);
        ln_model_destroy(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrices), cmocka_unit_test(test_kernels), cmocka_unit_test(test_two_files),
        cmocka_unit_test(test_grey),     cmocka_unit_test(test_colours), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_names),    cmocka_unit_test(test_notes),   cmocka_unit_test(test_preprocess),
    };
    return cmocka_run_group_tests(tests, graph_enter, graph_leave);
}
