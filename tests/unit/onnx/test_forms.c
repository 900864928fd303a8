/* The forms in which other programs write the same network: each is read as the given Linnet network. Then every allocation and
 * every read of the same graphs fails in turn. */
#include "unit/base/read_faults.h"
#include "unit/onnx/graph_text.h"

#define IN       "input 3x8x8\n"
#define MAP      "; GlobalAveragePool h > y" /* an end for a map h */
#define MAP_TEXT "y = adaptive_avgpool(h) out=1\nflatten1 = flatten(y)\noutput flatten1\n"

/* ---- the graphs, and what they are ------------------------------------------------------------------------------------- */

struct form {
    const char *graph, *net;
};

static const struct form layers[] = {
    /* Convolutions */
    {"w = f32[3,3,3,3]; Conv x w - > h pads=[] strides=[]" MAP,
     IN "h = conv(input) out=3 kernel=3 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,3,3]; Conv x w > h pads=[0,1,0,0]" MAP,
     IN "h = conv(input) out=3 kernel=3x4 padding=0x1 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,3,3]; Conv x w > h pads=[1,0,1,0]" MAP,
     IN "h = conv(input) out=3 kernel=3 padding=1x0 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,3,3]; Conv x w > h pads=[0,1,0,1]" MAP,
     IN "h = conv(input) out=3 kernel=3 padding=0x1 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,3,3]; Conv x w > h auto_pad=VALID domain=ai.onnx" MAP,
     IN "h = conv(input) out=3 kernel=3 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,5,5]; Conv x w > h auto_pad=SAME_UPPER" MAP,
     IN "h = conv(input) out=3 kernel=5 padding=2 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,7,7]; Conv x w > h auto_pad=SAME_LOWER dilations=[2,1]" MAP,
     IN "h = conv(input) out=3 kernel=7 padding=6x3 dilation=2x1 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,1,1]; Conv x w > h auto_pad=SAME_UPPER strides=[2,2]" MAP,
     IN "h = conv(input) out=3 kernel=1 stride=2 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,1,1]; b = f32[3,1,1]; Conv x w > c; Add c b > h" MAP,
     IN "c = conv(input) out=3 kernel=1\ny = adaptive_avgpool(c) out=1\nflatten1 = flatten(y)\n"
        "output flatten1\n"},
    {"w = f32[3,3,1,1]; b = f32[1,3,1,1]; Conv x w > c; Add b c > d; Relu d > h" MAP,
     IN "c = conv(input) out=3 kernel=1\nh = relu(c)\n" MAP_TEXT},
    {"a.weight = f32[3,3,1,1]; b.weight = f32[3,3,1,1]; v = f32[3]; Conv x a.weight > a; "
     "Conv a b.weight v > b; Conv b b.weight v > c; Conv c b.weight v > d; Conv d b.weight v > h" MAP,
     IN "a = conv(input) out=3 kernel=1 no_bias\nb = conv(a) out=3 kernel=1\n"
        "conv3 = conv(b) out=3 kernel=1\nconv4 = conv(conv3) out=3 kernel=1\n"
        "conv5 = conv(conv4) out=3 kernel=1\ny = adaptive_avgpool(conv5) out=1\n"
        "flatten1 = flatten(y)\noutput flatten1\n"},
    /* An Add of anything but one number per channel is not a bias */
    {"w = f32[3,3,1,1]; Conv x w > c; Sum c c > h" MAP,
     IN "c = conv(input) out=3 kernel=1 no_bias\nh = add(c c)\n" MAP_TEXT},
    {"w = f32[3,3,1,1]; Conv x w > c; Relu x > r; Add c r > h" MAP,
     IN "c = conv(input) out=3 kernel=1 no_bias\nr = relu(input)\nh = add(c r)\n" MAP_TEXT},
    {"w = f32[3,3,1,1]; Conv x w > c; Relu c > r; Sum r c c > h" MAP,
     IN "c = conv(input) out=3 kernel=1 no_bias\nr = relu(c)\nh = add(r c c)\n" MAP_TEXT},
    {"input x f32[n,3,1,1]; w = f32[3,3,1,1]; Conv x w > y",
     "input 3x1x1\ny = conv(input) out=3 kernel=1 no_bias\nflatten1 = flatten(y)\n"
     "output flatten1\n"},
    /* Zeros before a convolution, channels of zeros, cutting */
    {"w = f32[3,3,3,3]; Pad x > p pads=[0,0,1,0,0,0,0,0]; Pad p > q pads=[0,0,0,1,0,0,1,1]; "
     "Conv q w > h" MAP,
     IN "h = conv(input) out=3 kernel=3 padding=1 no_bias\n" MAP_TEXT},
    {"w = f32[3,3,3,3]; Transpose x > t perm=[0,2,3,1]; Pad t > p pads=[0,0,0,0,0,0,0,0]; "
     "Transpose p > q perm=[0,3,1,2]; Conv q w > h" MAP,
     IN "h = conv(input) out=3 kernel=3 no_bias\n" MAP_TEXT},
    {"Relu x > r; Pad r > h pads=[0,0,0,0,0,2,0,0] value=0.0 mode=constant" MAP,
     IN "r = relu(input)\nh = pad_shortcut(r) out=5\n" MAP_TEXT},
    {"a = i64[1]:3; s = i64[1]:2; zero = i64[1]:0; big = i64[1]:99; Relu x > r; "
     "Slice r zero big a s > c; Slice c zero big a s > d; p = i64[8]:0,0,0,0,0,0,0,0; "
     "Pad d p > h" MAP,
     IN "r = relu(input)\nd = pad_shortcut(r) out=3 stride=1x4\ny = adaptive_avgpool(d) out=1\n"
        "flatten1 = flatten(y)\noutput flatten1\n"},
    {"a = i64[2]:2,3; s = i64[2]:2,1; zero = i64[2]:0,0; big = f64[2]:1e300,8; Relu x > r; "
     "Slice r zero big a s > c; Pad c > h pads=[0,0,0,0,0,1,0,0]" MAP,
     IN "r = relu(input)\nc = pad_shortcut(r) out=4 stride=2x1\ny = adaptive_avgpool(c) out=1\n"
        "flatten1 = flatten(y)\noutput flatten1\n"},
    /* Linear layers */
    {"w = f32[12,2]; input x f32[n,3,2,2]; Flatten x > f axis=-3; Gemm f w > y",
     "input 3x2x2\nf = flatten(input)\ny = linear(f) out=2 no_bias\noutput y\n"},
    {"w = f32[2,12]; v = f32[2]; input x f32[n,3,2,2]; Flatten x > f; "
     "Gemm f w v > y transB=1 beta=1.0",
     "input 3x2x2\nf = flatten(input)\ny = linear(f) out=2\noutput y\n"},
    {"w = f32[2,12]; input x f32[n,3,2,2]; Flatten x > f; Gemm f w > y transB=1 beta=2.0",
     "input 3x2x2\nf = flatten(input)\ny = linear(f) out=2 no_bias\noutput y\n"},
    {"w = f32[12,2]; v = f32[1,2]; input x f32[n,3,2,2]; Flatten x > f; MatMul f w > m; "
     "Add m v > y",
     "input 3x2x2\nf = flatten(input)\nm = linear(f) out=2\noutput m\n"},
    {"w = f32[2,12]; input x f32[n,3,2,2]; Flatten x > f; Transpose w > t; MatMul f t > y",
     "input 3x2x2\nf = flatten(input)\ny = linear(f) out=2 no_bias\noutput y\n"},
    {"w = f32[12,2]; input x f32[n,3,2,2]; Flatten x > f; Flatten f > e; Gemm e w > y",
     "input 3x2x2\nf = flatten(input)\ny = linear(f) out=2 no_bias\noutput y\n"},
    /* Normalisation */
    {"v = f32[3]; BatchNormalization x v v v v > h momentum=1.0" MAP,
     IN "h = batchnorm(input) momentum=0\n" MAP_TEXT},
    {"w = f32[3,3,1,1]; v = f32[3]; Conv x w > c; BatchNormalization c v v v v > a; "
     "BatchNormalization a v v v v > h" MAP,
     IN "c = conv(input) out=3 kernel=1 no_bias\na = batchnorm(c)\nh = batchnorm(a)\n" MAP_TEXT},
    {"LRN x > h size=3 alpha=0.0 beta=0.0" MAP, IN "h = lrn(input) size=3 alpha=0 beta=0\n" MAP_TEXT},
    /* Activations */
    {"zero = f32[]:0; Clip x zero - > h" MAP, IN "h = relu(input)\n" MAP_TEXT},
    {"zero = f32[]:0; Clip x zero > h max=inf" MAP, IN "h = relu(input)\n" MAP_TEXT},
    {"zero = i64[1]:0; Constant > six value_float=6.0; Clip x zero six > h" MAP,
     IN "h = relu6(input)\n" MAP_TEXT},
    {"zero = i64[1]:0; Constant > six value_int=6; Clip x zero six > h" MAP,
     IN "h = relu6(input)\n" MAP_TEXT},
    {"Dropout x > h ratio=1.0" MAP,
     IN "y = adaptive_avgpool(input) out=1\nflatten1 = flatten(y)\noutput flatten1\n"},
    {"r = f64[]:0.25; Dropout x r > h" MAP, IN "h = dropout(input) p=0.25\n" MAP_TEXT},
    {"Relu x > r; Sigmoid r > s; Mul s r > h" MAP, IN "r = relu(input)\nh = silu(r)\n" MAP_TEXT},
    {"Relu x > r; Sigmoid r > s; Mul r s > h" MAP, IN "r = relu(input)\nh = silu(r)\n" MAP_TEXT},
    /* The end */
    {"w = f32[192,2]; t = f32[1]:2; Flatten x > f; MatMul f w > m; Div m t > d; "
     "Softmax d > y axis=-1",
     IN "f = flatten(input)\nm = linear(f) out=2 no_bias\noutput m\n"},
    {"w = f32[192,2]; Flatten x > f; MatMul f w > m; Softmax m > y; opset 9",
     IN "f = flatten(input)\nm = linear(f) out=2 no_bias\noutput m\n"},
    {"w = f32[192,2]; Flatten x > f; MatMul f w > m; LogSoftmax m > y axis=1",
     IN "f = flatten(input)\nm = linear(f) out=2 no_bias\noutput m\n"},
    /* Windows */
    {"MaxPool x > h kernel_shape=[2,2] strides=[2,1]" MAP,
     IN "h = maxpool(input) kernel=2 stride=2x1\n" MAP_TEXT},
    {"MaxPool x > h kernel_shape=[2,3] strides=[1,3]" MAP,
     IN "h = maxpool(input) kernel=2x3 stride=1x3\n" MAP_TEXT},
    {"MaxPool x > h kernel_shape=(3,3) strides=(2,2) pads=(0,0,1,1) ceil_mode=0" MAP,
     IN "h = maxpool(input) kernel=3 stride=2 ceil\n" MAP_TEXT},
    {"MaxPool x > h kernel_shape=[3,3] strides=[3,3] pads=[0,1,1,1]" MAP,
     IN "h = maxpool(input) kernel=3 padding=0x1 ceil\n" MAP_TEXT},
    {"MaxPool x > h kernel_shape=[9,9] strides=[2,2] ceil_mode=1" MAP,
     IN "h = maxpool(input) kernel=9 stride=2 ceil\n" MAP_TEXT},
    {"MaxPool x > h kernel_shape=[1,1] strides=[5,5] ceil_mode=1" MAP,
     IN "h = maxpool(input) kernel=1 stride=5\n" MAP_TEXT},
    {"MaxPool x > h kernel_shape=[3,3] strides=[4,4] pads=[1,1,1,1] ceil_mode=1" MAP,
     IN "h = maxpool(input) kernel=3 stride=4 padding=1 ceil\n" MAP_TEXT},
    {"zero = f32[]:0; six = f32[]:6; Clip x zero six > r; Pad r > p pads=[0,0,1,1,0,0,1,1]; "
     "MaxPool p > h kernel_shape=[3,3]" MAP,
     IN "r = relu6(input)\nh = maxpool(r) kernel=3 stride=1 padding=1\n" MAP_TEXT},
    {"AveragePool x > h kernel_shape=[2,2] pads=[0,1,0,1]" MAP,
     IN "h = avgpool(input) kernel=2 stride=1 padding=0x1 exclude_pad\n" MAP_TEXT},
    {"AveragePool x > h kernel_shape=[2,2] pads=[1,0,1,0] count_include_pad=1" MAP,
     IN "h = avgpool(input) kernel=2 stride=1 padding=1x0\n" MAP_TEXT},
    {"AveragePool x > h kernel_shape=[3,3] strides=[2,2] pads=[0,0,1,1]" MAP,
     IN "h = avgpool(input) kernel=3 stride=2 ceil\n" MAP_TEXT},
    /* Names of layers */
    {"w = f32[3,3,1,1]; Conv x w > h name=/layer1/layer1.0/conv1/Conv" MAP,
     IN "layer1.0.conv1 = conv(input) out=3 kernel=1 no_bias\n"
        "y = adaptive_avgpool(layer1.0.conv1) out=1\nflatten1 = flatten(y)\noutput flatten1\n"},
    {"w = f32[3,3,1,1]; Conv x w > h name=/abc/b/bcd/bcde/Conv" MAP,
     IN "abc.b.bcd.bcde = conv(input) out=3 kernel=1 no_bias\n"
        "y = adaptive_avgpool(abc.b.bcd.bcde) out=1\nflatten1 = flatten(y)\noutput flatten1\n"},
    {"Relu x > h name=/net/block/block.0/relu/Relu" MAP,
     IN "net.block.0.relu = relu(input)\ny = adaptive_avgpool(net.block.0.relu) out=1\n"
        "flatten1 = flatten(y)\noutput flatten1\n"},
    {"Relu x > h name=aZ0[9]{~}_." MAP,
     IN "aZ0_9_____. = relu(input)\ny = adaptive_avgpool(aZ0_9_____.) out=1\n"
        "flatten1 = flatten(y)\noutput flatten1\n"},
    {"Relu x > h name=/relu" MAP,
     IN "relu1 = relu(input)\ny = adaptive_avgpool(relu1) out=1\nflatten1 = flatten(y)\n"
        "output flatten1\n"},
    {"Relu x > r name=same; Relu r > h name=same" MAP,
     IN "same = relu(input)\nrelu2 = relu(same)\ny = adaptive_avgpool(relu2) out=1\n"
        "flatten1 = flatten(y)\noutput flatten1\n"},
    /* What is not needed: unnamed values, weights among the inputs, nodes that nothing reads */
    {"w = f32[3,3,1,1]; u = i64[1]:1; - = f32[1]:1; input w f32[]; input - f32[n]; "
     "input x f32[n,3,8,8]; Relu x > - name=none; Conv x w > h; Einsum x > q" MAP,
     IN "h = conv(input) out=3 kernel=1 no_bias\n" MAP_TEXT},
    {"i = i64[2]:1,3; input i f32[]; input x f32[n,3,8,8]; GlobalAveragePool x > g; "
     "Reshape g i > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
};

static const struct form shapes[] = {
    /* Means, maps of one pixel, other orders of the dimensions */
    {"Transpose x > t perm=[0,2,3,1]; ReduceMean t > m axes=[1,2] keepdims=0; w = f32[3,2]; "
     "Gemm m w > y",
     IN "m = adaptive_avgpool(input) out=1\nflatten1 = flatten(m)\n"
        "y = linear(flatten1) out=2 no_bias\noutput y\n"},
    {"Relu x > r; Transpose r > t perm=[0,2,3,1]; ReduceMean t > m axes=[2,1]; "
     "Transpose m > n perm=[0,3,1,2]; Squeeze n > y axes=[3,2]",
     IN "r = relu(input)\nm = adaptive_avgpool(r) out=1\ny = flatten(m)\noutput y\n"},
    {"Relu x > r; Transpose r > t perm=[0,2,3,1]; ReduceMean t > m axes=[1,2]; "
     "Squeeze m > y axes=[2,1]",
     IN "r = relu(input)\nm = adaptive_avgpool(r) out=1\ny = flatten(m)\noutput y\n"},
    {"a = i64[2]:3,2; ReduceMean x a > g; w = f32[3,2]; Flatten g > f; Gemm f w > y",
     IN "g = adaptive_avgpool(input) out=1\nf = flatten(g)\ny = linear(f) out=2 no_bias\noutput y\n"},
    {"GlobalAveragePool x > g; Transpose g > t perm=[0,2,3,1]; Flatten t > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"Cast x > a; Identity a > b; Relu b > h" MAP, IN "h = relu(input)\n" MAP_TEXT},
    {"input x f32[n,8,8,3]; Transpose x > t perm=[0,3,1,2]; Relu t > h" MAP, IN "h = relu(input)\n" MAP_TEXT},
    {"Relu x > r; Transpose r > t perm=[0,2,3,1]; Tanh t > u; Transpose u > h perm=[0,3,1,2]" MAP,
     IN "r = relu(input)\nu = tanh(r)\ny = adaptive_avgpool(u) out=1\nflatten1 = flatten(y)\n"
        "output flatten1\n"},
    {"Relu x > r; Concat r x > h axis=-3" MAP, IN "r = relu(input)\nh = concat(r input)\n" MAP_TEXT},
    /* Shapes that are computed */
    {"GlobalAveragePool x > g; s = i64[2]:-1,3; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"GlobalAveragePool x > g; s = i64[2]:1,-1; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"GlobalAveragePool x > g; s = i64[2]:0,3; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"input x f32[7,3,8,8]; GlobalAveragePool x > g; s = i64[2]:7,3; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"GlobalAveragePool x > g; Shape x > k; Constant > zero value_int=0; Gather k zero > n; "
     "one = i64[1]:1; Reshape n one > u; m = i64[1]:-1; Concat u m > s axis=0; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"GlobalAveragePool x > g; Shape x > k; from = i64[1]:-4; to = i64[1]:-3; "
     "Slice k from to > n; Squeeze n > q; zero = i64[1]:0; Unsqueeze q zero > u; m = i64~[1]:3; "
     "Concat u m > s axis=0; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"GlobalAveragePool x > g; Shape x > k start=-4 end=-3; m = i32~[1]:-1; "
     "Concat k m > s axis=0; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"GlobalAveragePool x > g; Shape x > k start=-9 end=9; i = i64[1]:-4; Gather k i > n axis=0; "
     "Constant > m value=i64[1]:-1; Concat n m > s axis=0; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"GlobalAveragePool x > g; Shape x > k; low = f64[1]:-1e300; one = i64[1]:1; zero = i64[1]:0; "
     "Slice k low one zero one > n; Constant > m value_ints=[3]; Concat n m > s axis=0; "
     "Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"GlobalAveragePool x > g; Constant > m value_float=-1.0; zero = f32[1]:0; "
     "Concat zero m > s axis=0; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"c = i64[]:3; i = i64[]:0; Unsqueeze c i > u; GlobalAveragePool x > g; Shape g > k; "
     "Gather k i > n; Unsqueeze n i > b; Concat b u > s axis=0; Reshape g s > y",
     IN "g = adaptive_avgpool(input) out=1\ny = flatten(g)\noutput y\n"},
    {"input x f32[n,3,1,2]; Relu x > r; Transpose r > t perm=[0,2,3,1]; Flatten t > f; Shape f > s; Reshape f s > y",
     "input 3x1x2\nr = relu(input)\nf = flatten(r)\noutput f\n"},
    {"input x f32[n,3,4,8]; GlobalAveragePool x > g; Relu x > r; Transpose r > t perm=[0,2,3,1]; "
     "Shape t > k; i = i64[2]:0,3; Gather k i > s; Reshape g s > y",
     "input 3x4x8\ng = adaptive_avgpool(input) out=1\nr = relu(input)\ny = flatten(g)\noutput y\n"},
    {"input x f32[n,3,4,8]; w = f32[4,3,1,1]; Conv x w > c; GlobalAveragePool c > g; Relu x > r; "
     "Transpose r > t perm=[0,2,3,1]; Shape t > k; i = i64[2]:0,1; Gather k i > s; "
     "Reshape g s > y",
     "input 3x4x8\nc = conv(input) out=4 kernel=1 no_bias\ng = adaptive_avgpool(c) out=1\n"
     "r = relu(input)\ny = flatten(g)\noutput y\n"},
    {"input x f32[n,3,4,8]; w = f32[8,3,1,1]; Conv x w > c; GlobalAveragePool c > g; Relu x > r; "
     "Transpose r > t perm=[0,2,3,1]; Shape t > k; i = i64[2]:0,2; Gather k i > s; "
     "Reshape g s > y",
     "input 3x4x8\nc = conv(input) out=8 kernel=1 no_bias\ng = adaptive_avgpool(c) out=1\n"
     "r = relu(input)\ny = flatten(g)\noutput y\n"},
};

static void expect(const struct form *form) {
    struct ln_model *m = graph_open(form->graph);
    assert_true(ln_text_starts(m->text, "linnet 1\n"));
    if (strcmp(m->text + strlen("linnet 1\n"), form->net) != 0)
        fail_msg("%s is\n%s, not\n%s", form->graph, m->text, form->net);
    ln_model_destroy(m);
}

static void test_layers(void **state) {
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) expect(&layers[i]);
}

static void test_shapes(void **state) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) expect(&shapes[i]);
}

/* A name that is too long is cut; if it then equals another, the layer gets a numbered name. */
static void test_long_names(void **state) {
    char name[LN_NET_NAME_MAX + 8], text[1024], expected[1024];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text, "Relu x > r name=%s; Relu r > h name=%sb" MAP, name, name);
    name[LN_NET_NAME_MAX - 1] = '\0';
    snprintf(expected, sizeof expected, IN "%s = relu(input)\nh = relu(%s)\n", name, name);
    struct ln_model *m = graph_open(text);
    strcpy(strstr(expected, "h = relu"), "relu2 = relu(");
    if (!strstr(m->text, expected)) fail_msg("%s", m->text);
    ln_model_destroy(m);
    /* The parts of a path that do not fit are dropped: "/aaa.../b/c/Relu". */
    snprintf(text, sizeof text, "Relu x > h name=/%.*s/b/c/Relu" MAP, LN_NET_NAME_MAX - 2, name);
    snprintf(expected, sizeof expected, "\n%.*s. = relu(input)\n", LN_NET_NAME_MAX - 2, name);
    m = graph_open(text);
    if (!strstr(m->text, expected)) fail_msg("%s", m->text);
    ln_model_destroy(m);
}

/* ---- memory, a damaged disk ---------------------------------------------------------------------------------------------- */

/* Every allocation and every read of a graph fails in turn. */
static void faults(const char *graph) {
    graph_write("m.onnx", graph);
    assert_in_range(allocations_fail(graph_open_once, "m.onnx"), 20, 2000);
    assert_in_range(reads_fail(graph_open_once, "m.onnx"), 3, 200);
}

static void test_faults(void **state) {
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) faults(layers[i].graph);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) faults(shapes[i].graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, graph_enter, graph_leave);
}
