/* Images, tensors and whole files that are refused: each is wrong in one thing. */
#include "unit/onnx/refusals.h"

/* ---- images ---------------------------------------------------------------------------------------------------------- */

static const struct refusal images[] = {
    {"Mul x k > y", GIVEN},
    {"a = f32[4]; Mul x a > y", MANY},
    {"a = f32[3]; Mul x a > y", "by one number or by one for each colour"},
    {"a = f32[0]; Mul x a > y", "by one number or by one for each colour"},
    {"a = f32[3,1,1]; Mul g a > y", "by one number or by one for each colour"},
    {"Mul px two > y", "by one number or by one for each colour"},
    {"Div two x > y", "it makes images that are infinite or all alike"},
    {"Mul x zero > y", "it makes images that are infinite or all alike"},
    {"Div x zero > y", "it makes images that are infinite or all alike"},
    {"a = f64[1]:1e300; Mul x a > b; Mul b a > y", "it makes images that are infinite or all alike"},
    {"a = f32[1]:inf; Add x a > y", "it makes images that are infinite or all alike"},
    {"Mul x two > - y", "its output has no name"},
    {"Relu g > y", "a layer that reads one of the colours"},
    {"Mul x two > a; Relu a > b; Add r b > y", "it scales the images differently from another layer"},
    {"Add x two > a; Relu a > b; Add r b > y", "it scales the images differently from another layer"},
};

static void test_images(void **state) {
    graphs_refused(images, sizeof images / sizeof *images, "onnx-op");
}

/* ---- tensors --------------------------------------------------------------------------------------------------------- */

static const struct refusal tensors[] = {
    {"MatMul f bad > y", "another number of dimensions", "onnx-op"},
    {"a = i32[192,2]; MatMul f a > y", "its type is not a floating-point type"},
    {"a = t99[192,2]; MatMul f a > y", "its type is not a floating-point type"},
    {"a = t0[192,2]; MatMul f a > y", "'a': its type is not a floating-point type"},
    {"a = t300[192,2]; MatMul f a > y", "'a': its type is not a floating-point type"},
    {"a = f32?[192,2]; MatMul f a > y", "'a': its numbers are missing"},
    {"a = i64~[192,2]:1; MatMul f a > y", "its type is not a floating-point type"},
    {"a = f32[192,2]:1,2; MatMul f a > y", "'a' has 8 bytes, f32[192, 2] needs 1536"},
    {"a = f32[2305843009213693952,2]:; MatMul f a > y", "'a': its shape is too large"},
    {"a = f32[4611686018427387904,2]:; MatMul f a > y", "'a': its shape is too large"},
    {"a = f32[-1,2]:; MatMul f a > y", "'a': its shape is too large"},
    {"Conv r w1 bad > y", "one number for each output", "onnx-op"},
    {"Conv r w1 bi > y", "'bi': its type is not a floating-point type"},
    {"Conv r w1 > a; Add a bad > y", CONSTANT, "onnx-op"},
    {"a = i32[3,1,1]; Conv r w1 > b; Add b a > y", "'a': its type is not a floating-point type"},
    {"Constant > a value=i32[192,2]; MatMul f a > y", "'a constant': its type is not a floating-point type"},
    {"a = t99[1]; Clip r a > y", "'a': its type is not supported"},
    {"a = f32?[1]; Clip r a > y", "'a': its numbers do not fit its shape"},
    {"a = f32[1]:1,2; Clip r a > y", "'a': its numbers do not fit its shape"},
    {"a = i64[-1]:; Clip r a > y", MANY},
    {"a = i64~[2]:0; Reshape r a > y", "integers: a number is cut off", "onnx-protobuf"},
    {"a = i64~[3]:0; Reshape r a > y", "integers: a number is cut off", "onnx-protobuf"},
    {"a = i64~[2]:0,9223372036854775807; Reshape r a > y", "only a reshape to [batch, features]", "onnx-op"},
    {"a = f32[192,2]:; MatMul f a > y", "'a' has 0 bytes"},
};

static void test_tensors(void **state) {
    graphs_refused(tensors, sizeof tensors / sizeof *tensors, "onnx-tensor");
}

/* ---- whole files ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *graph, *code, *why;
} files[] = {
    {"output; Relu x > y", "onnx-file", "the graph has no output"},
    {"output -; Relu x > y", "onnx-file", "the graph has no output"},
    {"input; Relu x > y", "onnx-file", "the graph has no input"},
    {"input - f32[n,3,8,8]; Relu x > y", "onnx-file", "the graph has no input"},
    {"input x f32[n,3,8,8]; input z f32[1]; Relu x > y", "onnx-file", "several inputs"},
    {"w = f32[1]; w = f32[1]; Relu x > y", "onnx-file", "two tensors have the same name"},
    {"input x f32[]; Relu x > y", "onnx-file", "the input must be images"},
    {"input x f32[n,3,8]; Relu x > y", "onnx-file", "the input must be images"},
    {"input x f32[n,3,8,8,1]; Relu x > y", "onnx-file", "the input must be images"},
    {"input x f32[n,2,8,8]; Relu x > y", "onnx-file", "the input must be images"},
    {"input x f32[n,4,8,4]; Relu x > y", "onnx-file", "the input must be images"},
    {"input x f32[n,3,65537,8]; Relu x > y", "onnx-file", "the input must be images"},
    {"input x f32[n,3,8,65537]; Relu x > y", "onnx-file", "the input must be images"},
    {"Identity x > y", "onnx-file", "the output is not the value of a layer"},
    {"Shape x > y", "onnx-file", "the output is not the value of a layer"},
    {"Relu x > r", "onnx-file", "the output is not the value of a layer"},
    {"t = f32[1]:2; Flatten x > f; Div f t > y", "onnx-file", "the output is not the value of a layer"},
    {"Relu x > r; Pad r > y pads=[0,0,1,0,0,0,0,0]", "onnx-file", "the output is not the value of a layer"},
    {"Relu x > r; Pad r > y pads=[0,0,0,1,0,0,0,0]", "onnx-file", "the output is not the value of a layer"},
    {"Relu x > r; Pad r > y pads=[0,0,0,0,0,0,1,0]", "onnx-file", "the output is not the value of a layer"},
    {"Relu x > r; Pad r > y pads=[0,0,0,0,0,0,0,1]", "onnx-file", "the output is not the value of a layer"},
    {"z = i64[1]:0; e = i64[1]:8; a = i64[1]:2; s = i64[1]:2; Relu x > r; Slice r z e a s > y", "onnx-file",
     "the output is not the value of a layer"},
    {"Relu x > y", "net-output", "output"},
    {"Einsum x > y", "onnx-op", "node 'y' (Einsum): Linnet has no layer"},
    {"Relu x > y name=-; Relu x > y", "onnx-op", "its output is computed twice"},
    {"w = f32[192,2]:nan; Flatten x > f; MatMul f w > y", "onnx-tensor", "has 4 bytes"},
    {"w = f32[3,1]:1,inf,2; GlobalAveragePool x > g; Flatten g > f; MatMul f w > y", "model-nonfinite",
     "contains values that are not finite"},
    {"GlobalAveragePool x > y; note linnet.preprocess {", "model-metadata", "expected near end of file"},
    {"GlobalAveragePool x > y; note linnet.classes [1]", "model-classes",
     "linnet.classes has 1 names for 3 outputs"},
    {"GlobalAveragePool x > y; note linnet.temperature hot", "model-temperature",
     "linnet.temperature is 'hot'; it must be"},
    {"GlobalAveragePool x > y; note linnet.unknown_energy low", "model-energy", "energy"},
};

static void test_files(void **state) {
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        graph_refused("", files[i].graph, files[i].code, files[i].why);
    graph_write("m.onnx", "input x f32[n,3,65536,65536]; Relu x > y");
    struct ln_model *m = NULL;
    assert_failure(ln_onnx_open(&m, "m.onnx", &(struct ln_onnx_open_opts){0}), LINNET_ERR_LIMIT, "net-size",
                   "m.onnx: input: an image of [1, 3, 65536, 65536] has 12884901888 numbers");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, graph_enter, graph_leave);
}
