/* Nodes that Linnet has no layer for, each wrong in one thing: layers with weights, activations, windows, sums. */
#include "unit/onnx/refusals.h"

/* ---- arithmetic ------------------------------------------------------------------------------------------------------ */

static const struct refusal sums[] = {
    {"Add - x > y", MISSING},
    {"Add r - > y", MISSING},
    {"Add r late > y", "its input 'late' is not computed before it"},
    {"Sum r > y", "a sum needs 2 to 4 inputs, got 1", "op-inputs"},
    {"Sum r r r r r > y", "Linnet adds at most 4 values"},
    {"Add r k > y", CONSTANT},
    {"Add k r > y", CONSTANT},
    {"Add r p > y", CHANGED},
    {"Add r c > y", CHANGED},
    {"Add t r > y", LAST},
    {"Div f three > y", MANY},
    {"Div f none > y", "by a temperature from 0.001 to 1000"},
    {"a = f32[1]:0.0009; Div f a > y", "by a temperature from 0.001 to 1000"},
    {"a = f32[1]:1001; Div f a > y", "by a temperature from 0.001 to 1000"},
    {"a = f32[1]:nan; Div f a > y", "by a temperature from 0.001 to 1000"},
    {"Div r two > y", "only logits can be divided"},
    {"Div d two > y", "only logits can be divided"},
    {"Div q two > y", "only logits can be divided"},
    {"Div f k > y", GIVEN},
    {"Div f r > y", "Linnet has no layer for this arithmetic"},
    {"Div k two > y", "Linnet has no layer for this arithmetic"},
    {"Div f two two > y", "Linnet has no layer for this arithmetic"},
    {"Div x two two > y", "Linnet has no layer for this arithmetic"},
    {"Div two x two > y", "Linnet has no layer for this arithmetic"},
    {"Mul s k > y", "Linnet has no layer for this arithmetic"},
    {"Mul s u > y", "Linnet has no layer for this arithmetic"},
    {"Mul p s > y", "Linnet has no layer for this arithmetic"},
    {"Mul s p > y", "Linnet has no layer for this arithmetic"},
    {"Mul t s > y", "Linnet has no layer for this arithmetic"},
    {"Mul s t > y", "Linnet has no layer for this arithmetic"},
    {"Mul r s s > y", "Linnet has no layer for this arithmetic"},
    {"Div r s > y", "Linnet has no layer for this arithmetic"},
    {"Relu x > y domain=com.microsoft", "Linnet has no layer for this operator"},
    {"Constant > a value_int=1 domain=x; Reshape r a > y", "Linnet has no layer for this operator"},
    {"Constant > a value_string=z; Reshape r a > y", "a constant of a form that is not supported"},
    {"Constant > a value=3; Reshape r a > y", "a constant of a form that is not supported"},
    {"Constant > a value_ints=[1,1,1,1,1,1,1,1,1]; Reshape r a > y",
     "a constant of a form that is not supported"},
    {"Identity - > a; Relu a > y", MISSING},
    {"Sigmoid k > y", CONSTANT},
    {"Sigmoid t > y", LAST},
    {"Relu s > y", CONSTANT},
    {"Relu s > - y", "node '' (Relu): its input is a constant"},
    {"Relu r > - y", "its output has no name"},
};

static void test_sums(void **state) {
    graphs_refused(sums, sizeof sums / sizeof *sums, "onnx-op");
}

/* ---- layers with weights --------------------------------------------------------------------------------------------- */

static const struct refusal weights[] = {
    {"Conv - w1 > y", MISSING},
    {"Conv r > y", MISSING},
    {"Conv k w1 > y", CONSTANT},
    {"Conv t w1 > y", "which is cut, transposed or scaled"},
    {"Conv c w1 > y", "which is cut, transposed or scaled"},
    {"Conv d w1 > y", "which is cut, transposed or scaled"},
    {"Conv q w1 > y", "which is cut, transposed or scaled"},
    {"Conv f w1 > y", "its input is not a map"},
    {"Conv r v > y", "another number of dimensions"},
    {"Conv r r > y", "its weights are not constants of the file"},
    {"Conv r real > y", "its weights are not constants of the file"},
    {"Conv r w1 > y group=0", "its weights do not fit its input"},
    {"Conv r w1 > y group=2147483648", "its weights do not fit its input"},
    {"Conv r w1 > y group=3", "its weights do not fit its input"},
    {"a = f32[0,3,1,1]; Conv r a > y", "its weights do not fit its input"},
    {"a = f32[4294967296,3,0,0]:; Conv r a > y", "its weights do not fit its input"},
    {"a = f32[1,3,0,1]; Conv r a > y", "its weights do not fit its input"},
    {"a = f32[1,3,1025,0]; Conv r a > y", "its weights do not fit its input"},
    {"a = f32[1,3,1,0]; Conv r a > y", "its weights do not fit its input"},
    {"a = f32[1,3,1,1025]; Conv r a > y", "its weights do not fit its input"},
    {"Conv r w1 > y strides=[1]", "its windows are not two-dimensional"},
    {"Conv r w1 > y strides=[-1,1]", "its windows are not two-dimensional"},
    {"Conv r w1 > y strides=[1,-1]", "its windows are not two-dimensional"},
    {"Conv r w1 > y strides=[65537,1]", "its windows are not two-dimensional"},
    {"Conv r w1 > y dilations=[1,65537]", "its windows are not two-dimensional"},
    {"Conv r w1 > y strides=[0,1]", "a stride or dilation of 0"},
    {"Conv r w1 > y strides=[1,0]", "a stride or dilation of 0"},
    {"Conv r w1 > y dilations=[0,1]", "a stride or dilation of 0"},
    {"Conv r w1 > y dilations=[1,0]", "a stride or dilation of 0"},
    {"Conv r w3 > y pads=[1,1,1]", "its padding is not two-dimensional"},
    {"Conv r w3 > y pads=[0,0,0,1025]", "a padding outside 0 to 1024"},
    {"Conv r w3 > y pads=[0,0,0,-1]", "a padding outside 0 to 1024"},
    {"Conv r w3 > y pads=[0,0,0,1] dilations=[1,2]", "different padding on two sides with a dilation"},
    {"Conv r w3 > y pads=[0,0,1,0] dilations=[2,1]", "different padding on two sides with a dilation"},
    {"Pad r > a pads=[0,0,1,0,0,0,0,0]; Conv a w3 > y auto_pad=SAME_UPPER", "auto_pad behind a Pad"},
    {"Pad r > a pads=[0,0,0,1,0,0,0,0]; Conv a w3 > y auto_pad=SAME_LOWER", "auto_pad behind a Pad"},
    {"Pad r > a pads=[0,0,0,0,0,0,1,0]; Conv a w3 > y auto_pad=SAME_UPPER", "auto_pad behind a Pad"},
    {"Pad r > a pads=[0,0,0,0,0,0,0,1]; Conv a w3 > y auto_pad=SAME_UPPER", "auto_pad behind a Pad"},
    {"Conv r w3 late > y", "is not computed before it"},
    {"Conv r w3 two > y", "one number for each output"},
    {"Conv r w3 real > y", "one number for each output"},
    {"Conv r w3 k > y", "one number for each output"},
    {"Conv r w3 - > - y", "its output has no name"},
    {"Conv r w3 > a; Add a v > y", CONSTANT},
    {"Conv r w3 > a; Add a - > y", MISSING},
    {"a = f32[1,1,3,1,1]; Conv r w1 > b; Add b a > y", CONSTANT},
    {"a = f32[]; Conv r w1 > b; Add b a > y", CONSTANT},
    {"a = f32[3,1,1]; Conv r w1 > b; Add b a > - y", "node '' (Add): its output has no name"},
    {"a = f32[3,1,1]; Conv r w1 > b; Add b a a > y", CONSTANT},
    {"a = f32[3,1,1]; Relu x > y; Conv r w1 > b; Add b a > y", "its output is computed twice"},
    {"MatMul - wf > y", MISSING},
    {"MatMul k wf > y", CONSTANT},
    {"MatMul r wf > y", "its weights do not fit its input"},
    {"MatMul d wf > y", CHANGED},
    {"a = f32[191,2]; MatMul f a > y", "its weights do not fit its input"},
    {"a = f32[192,0]; MatMul f a > y", "its weights do not fit its input"},
    {"Gemm f wf v > y", "one number for each output"},
    {"Gemm f wf v > y alpha=2.0", "alpha, beta or transA is set"},
    {"a = f32[2]; Gemm f wf a > y beta=0.5", "alpha, beta or transA is set"},
    {"Gemm f wf > y transA=1", "alpha, beta or transA is set"},
    {"BatchNormalization k v v v v > y", CONSTANT},
    {"BatchNormalization r - v v v > y", MISSING},
    {"BatchNormalization r v v v > y", MISSING},
    {"BatchNormalization r v v v w1 > y", "another number of dimensions"},
    {"a = f32[2]; BatchNormalization r v v a v > y", "its weights do not fit its input"},
    {"BatchNormalization r v v v v > y epsilon=-1.0", "outside 1e-20 to 1", "op-attr"},
    {"BatchNormalization r v v v v > y epsilon=nan", "outside 1e-20 to 1", "op-attr"},
    {"LRN k > y size=3", CONSTANT},
    {"LRN r > y", "its size is not an odd number from 1 to 1023"},
    {"LRN r > y size=4", "its size is not an odd number from 1 to 1023"},
    {"LRN r > y size=1025", "its size is not an odd number from 1 to 1023"},
};

static void test_weights(void **state) {
    graphs_refused(weights, sizeof weights / sizeof *weights, "onnx-op");
}

/* ---- activations, the end -------------------------------------------------------------------------------------------- */

static const struct refusal activations[] = {
    {"Clip r three zero > y", MANY},
    {"Clip r zero three > y", MANY},
    {"Clip r late > y", "is not computed before it"},
    {"Clip r zero k > y", GIVEN},
    {"Clip r zero r > y", GIVEN},
    {"Clip r zero two > y", "the limits 0 and 6"},
    {"Clip r two > y", "the limits 0 and 6"},
    {"Clip r > y max=6.0", "the limits 0 and 6"},
    {"Clip p zero > y", CHANGED},
    {"Dropout r three > y", MANY},
    {"Dropout p > y", CHANGED},
    {"Softmax k > y", CONSTANT},
    {"Softmax q > y", "only a softmax over the classes at the end"},
    {"Softmax r > y", "only a softmax over the classes at the end"},
    {"Softmax c > y", "only a softmax over the classes at the end"},
    {"Softmax p > y", "only a softmax over the classes at the end"},
    {"Softmax f > y axis=0", "only a softmax over the classes at the end"},
    {"Relu q > y", CHANGED},
};

static void test_activations(void **state) {
    graphs_refused(activations, sizeof activations / sizeof *activations, "onnx-op");
}

/* ---- windows, means, paddings ---------------------------------------------------------------------------------------- */

static const struct refusal pools[] = {
    {"MaxPool k > y kernel_shape=[2,2]", CONSTANT},
    {"MaxPool t > y kernel_shape=[2,2]", "its input is not a map"},
    {"MaxPool c > y kernel_shape=[2,2]", "its input is not a map"},
    {"MaxPool d > y kernel_shape=[2,2]", "its input is not a map"},
    {"MaxPool q > y kernel_shape=[2,2]", "its input is not a map"},
    {"MaxPool f > y kernel_shape=[2,2]", "its input is not a map"},
    {"MaxPool r > y kernel_shape=[2]", "its windows are not two-dimensional"},
    {"MaxPool r > y kernel_shape=[2,2] strides=[2]", "its windows are not two-dimensional"},
    {"MaxPool r > y kernel_shape=[2,2] dilations=[2]", "its windows are not two-dimensional"},
    {"MaxPool r > y kernel_shape=[0,2]", "its windows are empty or dilated"},
    {"MaxPool r > y kernel_shape=[2,0]", "its windows are empty or dilated"},
    {"MaxPool r > y kernel_shape=[2,2] strides=[0,1]", "its windows are empty or dilated"},
    {"MaxPool r > y kernel_shape=[2,2] strides=[1,0]", "its windows are empty or dilated"},
    {"MaxPool r > y kernel_shape=[2,2] dilations=[2,1]", "its windows are empty or dilated"},
    {"MaxPool r > y kernel_shape=[2,2] dilations=[1,2]", "its windows are empty or dilated"},
    {"MaxPool r > y kernel_shape=[2,2] pads=[1]", "its padding is not two-dimensional"},
    {"MaxPool r > y kernel_shape=[9,9]", "kernel 9 larger than input 8", "op-kernel"},
    {"MaxPool r > y kernel_shape=[10,10] strides=[2,2] ceil_mode=1", "kernel 10 larger than input 8",
     "op-kernel"},
    {"MaxPool r > y kernel_shape=[2,2] pads=[0,0,1,0]", "the padding at its two ends differs"},
    {"MaxPool r > y kernel_shape=[2,2] pads=[0,0,0,1]", "the padding at its two ends differs"},
    {"MaxPool r > y kernel_shape=[2,2] strides=[2,2] pads=[0,0,1,3]", "the padding at its two ends differs"},
    {"MaxPool px > y kernel_shape=[2,2]", "padded with zeros and not a rectifier's output"},
    {"MaxPool pm > y kernel_shape=[2,2]", "padded with zeros and not a rectifier's output"},
    {"AveragePool k > y kernel_shape=[2,2]", CONSTANT},
    {"AveragePool p > y kernel_shape=[2,2]", "its input is padded by another node"},
    {"AveragePool r > y kernel_shape=[2,2] pads=[0,0,0,1]", "the padding at its two ends differs"},
    {"AveragePool r > y kernel_shape=[3,3] strides=[2,2] pads=[0,0,1,1] count_include_pad=1",
     "the padding at its two ends differs"},
    {"AveragePool r > y kernel_shape=[3,3] strides=[2,2] pads=[1,0,1,1] count_include_pad=1",
     "the padding at its two ends differs"},
    {"GlobalAveragePool k > y", CONSTANT},
    {"GlobalAveragePool p > y", CHANGED},
    {"ReduceMean k > y axes=[2,3]", CONSTANT},
    {"ReduceMean f > y axes=[2,3]", "only a mean over the rows and columns"},
    {"ReduceMean r > y axes=[2]", "only a mean over the rows and columns"},
    {"ReduceMean r > y axes=[1,2]", "only a mean over the rows and columns"},
    {"ReduceMean r > y", "only a mean over the rows and columns"},
    {"ReduceMean t > y axes=[0,3]", "only a mean over the rows and columns"},
    {"ReduceMean t > y axes=[2,3]", "only a mean over the rows and columns"},
    {"ReduceMean r r > y", GIVEN},
    {"ReduceMean r > y axes=[-5,2]", "an axis that its input does not have"},
    {"ReduceMean r > y axes=[4,2]", "an axis that its input does not have"},
    {"ReduceMean r > y axes=[1,1,1,1,1,1,1,1,1]", "too many axes"},
    {"Pad - pads > y", MISSING},
    {"Pad k pads > y", "its input is not a map"},
    {"Pad d pads > y", "its input is not a map"},
    {"Pad q pads > y", "its input is not a map"},
    {"Pad r w3 > y", MANY},
    {"Pad r pads three > y", MANY},
    {"Pad r pads one > y", "only padding of maps with zeros"},
    {"Pad r > y pads=[0,0,0,0,0,0,0,0] value=1.0", "only padding of maps with zeros"},
    {"Pad r > y pads=[0,0,0,0,0,0,0,0,0]", "only padding of maps with zeros"},
    {"Pad r > y pads=[0,0,0,0,0,0,0]", "only padding of maps with zeros"},
    {"Pad r > y", "only padding of maps with zeros"},
    {"Pad r > y pads=[0,0,0,0,0,0,0,0] mode=reflect", "only padding with zeros"},
    {"Pad r > y pads=[0,0,0,0,0,0,0,4097]", "a padding outside 0 to 4096"},
    {"Pad r > y pads=[0,0,0,0,0,0,-1,0]", "a padding outside 0 to 4096"},
    {"Pad r > y pads=[1,0,0,0,0,0,0,0]", "Linnet pads rows and columns"},
    {"Pad r > y pads=[0,0,0,0,1,0,0,0]", "Linnet pads rows and columns"},
    {"Pad r > y pads=[0,1,0,0,0,0,0,0]", "Linnet pads rows and columns"},
    {"Pad t > y pads=[0,0,0,1,0,0,0,0]", "Linnet pads rows and columns"},
    {"Pad t > y pads=[0,0,0,0,0,0,0,1]", "Linnet pads rows and columns"},
    {"Pad r > y pads=[0,0,1,0,0,1,0,0]", "Linnet pads rows and columns"},
    {"Pad r > y pads=[0,0,0,1,0,1,0,0]", "Linnet pads rows and columns"},
    {"Pad r > y pads=[0,0,0,0,0,1,1,0]", "Linnet pads rows and columns"},
    {"Pad r > y pads=[0,0,0,0,0,1,0,1]", "Linnet pads rows and columns"},
    {"Pad c > y pads=[0,0,0,0,0,0,0,1]", "Linnet pads rows and columns"},
    {"Pad x > y pads=[0,0,0,0,0,1,0,0]", "Linnet pads rows and columns"},
    {"Pad p > y pads=[0,0,0,0,0,1,0,0]", "Linnet pads rows and columns"},
    {"Pad f > y pads=[0,0,0,0,0,1,0,0]", "Linnet pads rows and columns"},
};

static void test_pools(void **state) {
    graphs_refused(pools, sizeof pools / sizeof *pools, "onnx-op");
}

static char scratch[64];

static int enter(void **state) {
    scratch_enter(scratch);
    return 0;
}

static int leave(void **state) {
    scratch_leave(scratch);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_pools),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
