/* Graphs that Linnet has no layers for, each wrong in one thing: the code of the refusal, and what it says. */
#include "unit/onnx/graph_text.h"

/* What the cases read. r: a map; t: as [n, h, w, c]; p: padded; c: cut; f: rows; d: divided; q: probabilities; s: a sigmoid; k: a
 * shape; g: one colour; px, tx: images padded, as [n, h, w, c]. Nodes that a case does not need are not read. */
static const char before[] =
    "zero = i64[1]:0; one = i64[1]:1; two = i64[1]:2; big = i64[1]:99; three = i64[3]:0,0,0; none = i64[0]:; "
    "v = f32[3]; w1 = f32[3,3,1,1]; w3 = f32[3,3,3,3]; wf = f32[192,2]; bad = i32[3,3,1,1]; bi = i32[3]; bn = i32[2];"
    "pads = i64[8]:0,0,0,0,0,0,0,0;"
    "Relu x > r; Transpose r > t perm=[0,2,3,1]; Pad r > p pads=[0,0,1,1,0,0,1,1]; Slice r zero big two two > c;"
    "Flatten r > f; Div f two > d; Softmax f > q; Sigmoid r > s; Tanh x > u; Shape r > k; Gather x one > g axis=1;"
    "Pad x > px pads=[0,0,1,1,0,0,1,1]; Transpose x > tx perm=[0,2,3,1];"
    "Constant > real value_float=2.0; Constant > int value_int=2;"
    "Tanh r > m; Pad m > pm pads=[0,0,1,1,0,0,1,1];";

struct refusal {
    const char *graph, *why;
};

static const char missing[] = "an input is missing", late[] = "is not computed before it",
                  constant[] = "its input is a constant or a shape", still[] = "which is padded, cut or scaled",
                  last[] = "its input has its channels last", many[] = "it holds more numbers than its use permits",
                  given[] = "an input must be a constant of the file";

/* ---- arithmetic --------------------------------------------------------------------------------------------------------- */

static const struct refusal sums[] = {
    {"Add - x > y", missing},
    {"Add r - > y", missing},
    {"Add r late > y", "its input 'late' is not computed before it"},
    {"Sum r > y", "a sum needs 2 to 4 inputs, got 1"},
    {"Sum r r r r r > y", "Linnet adds at most 4 values"},
    {"Add r k > y", constant},
    {"Add k r > y", constant},
    {"Add r p > y", still},
    {"Add r c > y", still},
    {"Add t r > y", last},
    {"Div f three > y", many},
    {"Div f none > y", "by a temperature from 0.001 to 1000"},
    {"a = f32[1]:0.0009; Div f a > y", "by a temperature from 0.001 to 1000"},
    {"a = f32[1]:1001; Div f a > y", "by a temperature from 0.001 to 1000"},
    {"a = f32[1]:nan; Div f a > y", "by a temperature from 0.001 to 1000"},
    {"Div r two > y", "only logits can be divided"},
    {"Div d two > y", "only logits can be divided"},
    {"Div q two > y", "only logits can be divided"},
    {"Div f k > y", given},
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
    {"Constant > a value_ints=[1,1,1,1,1,1,1,1,1]; Reshape r a > y", "a constant of a form that is not supported"},
    {"Identity - > a; Relu a > y", missing},
    {"Sigmoid k > y", constant},
    {"Sigmoid t > y", last},
    {"Relu s > y", constant},
    {"Relu s > - y", "node '-' (Relu): its input is a constant"},
    {"Relu s > - y name=-", "node '' (Relu): its input is a constant"},
    {"Relu r > - y", "its output has no name"},
};

/* ---- layers with weights ---------------------------------------------------------------------------------------------------- */

static const struct refusal weights[] = {
    {"Conv - w1 > y", missing},
    {"Conv r > y", missing},
    {"Conv k w1 > y", constant},
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
    {"Conv r w3 late > y", late},
    {"Conv r w3 two > y", "one number for each output"},
    {"Conv r w3 real > y", "one number for each output"},
    {"Conv r w3 k > y", "one number for each output"},
    {"Conv r w3 - > - y", "its output has no name"},
    {"Conv r w3 > a; Add a v > y", constant},
    {"Conv r w3 > a; Add a - > y", missing},
    {"a = f32[1,1,3,1,1]; Conv r w1 > b; Add b a > y", constant},
    {"a = f32[]; Conv r w1 > b; Add b a > y", constant},
    {"a = f32[3,1,1]; Conv r w1 > b; Add b a > - y", "node '-' (Add): its output has no name"},
    {"a = f32[3,1,1]; Conv r w1 > b; Add b a a > y", constant},
    {"a = f32[3,1,1]; Relu x > y; Conv r w1 > b; Add b a > y", "its output is computed twice"},
    {"MatMul - wf > y", missing},
    {"MatMul k wf > y", constant},
    {"MatMul r wf > y", "its weights do not fit its input"},
    {"MatMul d wf > y", still},
    {"a = f32[191,2]; MatMul f a > y", "its weights do not fit its input"},
    {"a = f32[192,0]; MatMul f a > y", "its weights do not fit its input"},
    {"Gemm f wf v > y", "one number for each output"},
    {"Gemm f wf v > y alpha=2.0", "alpha, beta or transA is set"},
    {"a = f32[2]; Gemm f wf a > y beta=0.5", "alpha, beta or transA is set"},
    {"Gemm f wf > y transA=1", "alpha, beta or transA is set"},
    {"BatchNormalization k v v v v > y", constant},
    {"BatchNormalization r - v v v > y", missing},
    {"BatchNormalization r v v v > y", missing},
    {"BatchNormalization r v v v w1 > y", "another number of dimensions"},
    {"a = f32[2]; BatchNormalization r v v a v > y", "its weights do not fit its input"},
    {"BatchNormalization r v v v v > y epsilon=-1.0", "eps"},
    {"BatchNormalization r v v v v > y epsilon=nan", "eps"},
    {"LRN k > y size=3", constant},
    {"LRN r > y", "its size is not an odd number from 1 to 1023"},
    {"LRN r > y size=4", "its size is not an odd number from 1 to 1023"},
    {"LRN r > y size=1025", "its size is not an odd number from 1 to 1023"},
};

/* ---- activations, the end ----------------------------------------------------------------------------------------------------- */

static const struct refusal activations[] = {
    {"Clip r three zero > y", many},
    {"Clip r zero three > y", many},
    {"Clip r late > y", late},
    {"Clip r zero k > y", given},
    {"Clip r zero r > y", given},
    {"Clip r zero two > y", "the limits 0 and 6"},
    {"Clip r two > y", "the limits 0 and 6"},
    {"Clip r > y max=6.0", "the limits 0 and 6"},
    {"Clip p zero > y", still},
    {"Dropout r three > y", many},
    {"Dropout p > y", still},
    {"Softmax k > y", constant},
    {"Softmax q > y", "only a softmax over the classes at the end"},
    {"Softmax r > y", "only a softmax over the classes at the end"},
    {"Softmax c > y", "only a softmax over the classes at the end"},
    {"Softmax p > y", "only a softmax over the classes at the end"},
    {"Softmax f > y axis=0", "only a softmax over the classes at the end"},
    {"Relu q > y", still},
};

/* ---- windows, means, paddings ---------------------------------------------------------------------------------------------------- */

static const struct refusal pools[] = {
    {"MaxPool k > y kernel_shape=[2,2]", constant},
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
    {"MaxPool r > y kernel_shape=[9,9]", "kernel"},
    {"MaxPool r > y kernel_shape=[10,10] strides=[2,2] ceil_mode=1", "kernel"},
    {"MaxPool r > y kernel_shape=[2,2] pads=[0,0,1,0]", "the padding at its two ends differs"},
    {"MaxPool r > y kernel_shape=[2,2] pads=[0,0,0,1]", "the padding at its two ends differs"},
    {"MaxPool r > y kernel_shape=[2,2] strides=[2,2] pads=[0,0,1,3]", "the padding at its two ends differs"},
    {"MaxPool px > y kernel_shape=[2,2]", "padded with zeros and not a rectifier's output"},
    {"MaxPool pm > y kernel_shape=[2,2]", "padded with zeros and not a rectifier's output"},
    {"AveragePool k > y kernel_shape=[2,2]", constant},
    {"AveragePool p > y kernel_shape=[2,2]", "its input is padded by another node"},
    {"AveragePool r > y kernel_shape=[2,2] pads=[0,0,0,1]", "the padding at its two ends differs"},
    {"AveragePool r > y kernel_shape=[3,3] strides=[2,2] pads=[0,0,1,1] count_include_pad=1",
     "the padding at its two ends differs"},
    {"AveragePool r > y kernel_shape=[3,3] strides=[2,2] pads=[1,0,1,1] count_include_pad=1",
     "the padding at its two ends differs"},
    {"GlobalAveragePool k > y", constant},
    {"GlobalAveragePool p > y", still},
    {"ReduceMean k > y axes=[2,3]", constant},
    {"ReduceMean f > y axes=[2,3]", "only a mean over the rows and columns"},
    {"ReduceMean r > y axes=[2]", "only a mean over the rows and columns"},
    {"ReduceMean r > y axes=[1,2]", "only a mean over the rows and columns"},
    {"ReduceMean r > y", "only a mean over the rows and columns"},
    {"ReduceMean t > y axes=[0,3]", "only a mean over the rows and columns"},
    {"ReduceMean t > y axes=[2,3]", "only a mean over the rows and columns"},
    {"ReduceMean r r > y", given},
    {"ReduceMean r > y axes=[-5,2]", "an axis that its input does not have"},
    {"ReduceMean r > y axes=[4,2]", "an axis that its input does not have"},
    {"ReduceMean r > y axes=[1,1,1,1,1,1,1,1,1]", "too many axes"},
    {"Pad - pads > y", missing},
    {"Pad k pads > y", "its input is not a map"},
    {"Pad d pads > y", "its input is not a map"},
    {"Pad q pads > y", "its input is not a map"},
    {"Pad r w3 > y", many},
    {"Pad r pads three > y", many},
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

/* ---- shapes --------------------------------------------------------------------------------------------------------------------- */

static const struct refusal views[] = {
    {"Flatten k > y", constant},
    {"Flatten p > y", still},
    {"Flatten r > y axis=2", "only flattening from dimension 1"},
    {"Flatten r > y axis=-1", "only flattening from dimension 1"},
    {"Reshape - two > y", missing},
    {"Reshape w1 two > y", constant},
    {"Reshape p two > y", still},
    {"Reshape r w1 > y", many},
    {"Reshape r three > y", "only a reshape to [batch, features]"},
    {"Reshape r > y", "only a reshape to [batch, features]"},
    {"a = i64[2]:2,192; Reshape r a > y", "only a reshape to [batch, features]"},
    {"a = i64[2]:0,191; Reshape r a > y", "only a reshape to [batch, features]"},
    {"a = i64[2]:-1,-1; Reshape r a > y", "only a reshape to [batch, features]"},
    {"a = i64[2]:0,0; Reshape r a > y", "only a reshape to [batch, features]"},
    {"Squeeze - two > y", missing},
    {"Squeeze w1 two > y", constant},
    {"Squeeze p two > y", still},
    {"Squeeze k > y", "a list of several numbers"},
    {"Squeeze r > y axes=[9]", "an axis that its input does not have"},
    {"Squeeze f > y axes=[2,3]", "only dropping the rows and columns"},
    {"Squeeze r > y axes=[2,3]", "only dropping the rows and columns"},
    {"MaxPool r > a kernel_shape=[8,1]; Squeeze a > y axes=[2,3]", "only dropping the rows and columns"},
    {"GlobalAveragePool r > a; Squeeze a > y axes=[2]", "only dropping the rows and columns"},
    {"GlobalAveragePool r > a; Squeeze a > y axes=[1,2]", "only dropping the rows and columns"},
    {"GlobalAveragePool r > a; Transpose a > b perm=[0,2,3,1]; Squeeze b > y axes=[0,3]",
     "only dropping the rows and columns"},
    {"Identity late > y", late},
    {"Transpose - > y perm=[0,2,3,1]", missing},
    {"Transpose w1 > y", "only transposing maps"},
    {"Transpose real > y", "only transposing maps"},
    {"Transpose f > y perm=[0,2,3,1]", "only transposing maps"},
    {"Transpose p > y perm=[0,2,3,1]", "only transposing maps"},
    {"Transpose px > y perm=[0,2,3,1]", "only transposing maps"},
    {"Transpose g > y perm=[0,2,3,1]", "only transposing maps"},
    {"Transpose r > y", "only transposing maps"},
    {"Transpose r > y perm=[0,2,3]", "only transposing maps"},
    {"Transpose r > y perm=[0,3,1,2]", "only transposing maps"},
    {"Transpose t > y perm=[0,2,3,1]", "only transposing maps"},
    {"Transpose r > y perm=[1,2,3,0]", "only transposing maps"},
    {"Transpose r > y perm=[0,1,2,3]", "only transposing maps"},
    {"Transpose r > y perm=[0,2,1,3]", "only transposing maps"},
    {"Transpose r > y perm=[0,2,3,3]", "only transposing maps"},
    {"Transpose t > y perm=[0,3,2,1]", "only transposing maps"},
    {"Transpose t > y perm=[0,3,1,1]", "only transposing maps"},
    {"Transpose wf > y perm=[0,1]", "only transposing maps"},
    {"Transpose wf > y perm=[1,1]", "only transposing maps"},
    {"Transpose wf > y perm=[1]", "only transposing maps"},
    {"Shape - > y", missing},
    {"Shape s > y", "only the shape of a layer's value"},
    {"Shape w1 > y", "only the shape of a layer's value"},
    {"Shape p > y", "only the shape of a layer's value"},
    {"Shape px > y", "only the shape of a layer's value"},
    {"Shape r > a start=3 end=-4; Relu a > y", constant},
};

static const struct refusal parts[] = {
    {"Gather - zero > y", missing},
    {"Gather k > y", missing},
    {"Gather k r > y", given},
    {"Gather k w1 > y", many},
    {"Gather r zero > y", given},
    {"Gather g zero > y axis=1", given},
    {"Gather tx zero > y axis=1", given},
    {"Gather px zero > y axis=1", given},
    {"Gather x zero > y axis=2", given},
    {"Gather x three > y axis=1", given},
    {"a = i64[1]:-1; Gather x a > y axis=1", given},
    {"a = i64[1]:3; Gather x a > y axis=1", given},
    {"Gather k zero > y axis=1", "only a shape's numbers can be gathered"},
    {"a = i64[1]:-5; Gather k a > y", "only a shape's numbers can be gathered"},
    {"a = i64[1]:4; Gather k a > y", "only a shape's numbers can be gathered"},
    {"Unsqueeze - > y", missing},
    {"Unsqueeze x zero > y", given},
    {"Unsqueeze r zero > y", given},
    {"Slice - zero big two two > y", missing},
    {"Slice r zero > y", missing},
    {"Slice r - big two two > y", missing},
    {"Slice r zero big w1 > y", many},
    {"Slice r zero big two r > y", given},
    {"Slice r zero three > y", "of different lengths"},
    {"Slice r none none > y", "of different lengths"},
    {"Slice r zero big three > y", "of different lengths"},
    {"Slice r zero big two three > y", "of different lengths"},
    {"Slice w1 zero big two two > y", "Linnet cuts only maps and shapes"},
    {"Slice t zero big two two > y", "Linnet cuts only maps and shapes"},
    {"Slice p zero big two two > y", "Linnet cuts only maps and shapes"},
    {"Slice f zero big two two > y", "Linnet cuts only maps and shapes"},
    {"Slice r one big two two > y", "only to every second (third ...) row"},
    {"Slice r zero two two two > y", "only to every second (third ...) row"},
    {"Slice r zero big one two > y", "only to every second (third ...) row"},
    {"a = i64[1]:4; Slice r zero big a two > y", "only to every second (third ...) row"},
    {"Slice r zero big two zero > y", "only to every second (third ...) row"},
    {"a = i64[1]:1025; Slice r zero big two a > y", "only to every second (third ...) row"},
    {"a = i64[1]:513; Slice c zero big two a > y", "a step of more than 1024"},
    {"a = i64[1]:513; b = i64[1]:3; Slice r zero big b two > d2; Slice d2 zero big b a > y",
     "a step of more than 1024"},
    {"Slice k zero big zero two > y", "a step in a shape"},
    {"a = i64[2]:0,0; Slice k a a > y", "a step in a shape"},
    {"Concat - r > y", missing},
    {"Concat k r > y axis=0", given},
    {"Concat two two three k > y axis=0", "a shape of more than 8 numbers"},
    {"Concat g - g > y axis=1", missing},
    {"Concat g r g > y axis=1", "colours in another order"},
    {"Concat g g g > y axis=1", "colours in another order"},
    {"Concat g g > y axis=1", "some of the colours"},
    {"Concat g r > y axis=3", "Linnet joins at most 4 maps"},
    {"Concat r r r r r > y", "Linnet joins at most 4 maps"},
    {"Concat r k > y", constant},
    {"Concat r p > y", still},
};

/* ---- the images, the whole -------------------------------------------------------------------------------------------------------- */

static const struct refusal images[] = {
    {"Mul x k > y", given},
    {"a = f32[4]; Mul x a > y", many},
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
    {"Mul x two > a; Relu a > b; Add r b > y", "it reads the images scaled otherwise than another layer"},
    {"Add x two > a; Relu a > b; Add r b > y", "it reads the images scaled otherwise than another layer"},
};

static void refused(const char *graph, const char *code, const char *why) {
    struct ln_model *m = NULL;
    char text[4096], part[512];
    snprintf(text, sizeof text, "%s%s", before, graph);
    graph_write("m.onnx", text);
    ln_error_clear();
    const int status = ln_onnx_open(&m, "m.onnx", &(struct ln_onnx_open_opts){0});
    snprintf(part, sizeof part, "%s", why);
    if (status != LINNET_ERR_INPUT || (code && strcmp(ln_error_get()->code, code) != 0) ||
        !ln_text_starts(ln_error_get()->text, "m.onnx: ") || !strstr(ln_error_get()->text, part))
        print_message("%s: %s, not '%s'\n", graph, ln_error_line(), why);
    ln_error_clear();
    ln_model_destroy(m);
}

static void all_refused(const struct refusal *cases, size_t count) {
    for (size_t i = 0; i < count; i++) refused(cases[i].graph, NULL, cases[i].why);
}

static void test_nodes(void **state) {
    all_refused(sums, sizeof sums / sizeof *sums);
    all_refused(weights, sizeof weights / sizeof *weights);
    all_refused(activations, sizeof activations / sizeof *activations);
    all_refused(pools, sizeof pools / sizeof *pools);
    all_refused(views, sizeof views / sizeof *views);
    all_refused(parts, sizeof parts / sizeof *parts);
    all_refused(images, sizeof images / sizeof *images);
}
static char scratch[64];
static int enter(void **state) { scratch_enter(scratch); return 0; }
static int leave(void **state) { scratch_leave(scratch); return 0; }
int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nodes)};
    return cmocka_run_group_tests(tests, enter, leave);
}
