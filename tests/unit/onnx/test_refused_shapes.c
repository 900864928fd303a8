/* Nodes that look at a value in another way than Linnet can: each is wrong in one thing. */
#include "unit/onnx/refusals.h"

/* ---- the same numbers in another shape or order ---------------------------------------------------------------------- */

static const struct refusal views[] = {
    {"Flatten k > y", CONSTANT},
    {"Flatten p > y", CHANGED},
    {"Flatten r > y axis=2", "only flattening from dimension 1"},
    {"Flatten r > y axis=-1", "only flattening from dimension 1"},
    {"Reshape - two > y", MISSING},
    {"Reshape w1 two > y", CONSTANT},
    {"Reshape p two > y", CHANGED},
    {"Reshape r w1 > y", MANY},
    {"Reshape r three > y", "only a reshape to [batch, features]"},
    {"Reshape r > y", "only a reshape to [batch, features]"},
    {"a = i64[2]:2,192; Reshape r a > y", "only a reshape to [batch, features]"},
    {"a = i64[2]:0,191; Reshape r a > y", "only a reshape to [batch, features]"},
    {"a = i64[2]:-1,-1; Reshape r a > y", "only a reshape to [batch, features]"},
    {"a = i64[2]:0,0; Reshape r a > y", "only a reshape to [batch, features]"},
    {"Squeeze - two > y", MISSING},
    {"Squeeze w1 two > y", CONSTANT},
    {"Squeeze p two > y", CHANGED},
    {"Squeeze k > y", "a list of several numbers"},
    {"Squeeze r > y axes=[9]", "an axis that its input does not have"},
    {"Squeeze f > y axes=[2,3]", "only dropping the rows and columns"},
    {"Squeeze r > y axes=[2,3]", "only dropping the rows and columns"},
    {"MaxPool r > a kernel_shape=[8,1]; Squeeze a > y axes=[2,3]", "only dropping the rows and columns"},
    {"GlobalAveragePool r > a; Squeeze a > y axes=[2]", "only dropping the rows and columns"},
    {"GlobalAveragePool r > a; Squeeze a > y axes=[1,2]", "only dropping the rows and columns"},
    {"GlobalAveragePool r > a; Transpose a > b perm=[0,2,3,1]; Squeeze b > y axes=[0,3]",
     "only dropping the rows and columns"},
    {"Identity late > y", "is not computed before it"},
    {"Transpose - > y perm=[0,2,3,1]", MISSING},
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
    {"Shape - > y", MISSING},
    {"Shape s > y", "only the shape of a layer's value"},
    {"Shape w1 > y", "only the shape of a layer's value"},
    {"Shape p > y", "only the shape of a layer's value"},
    {"Shape px > y", "only the shape of a layer's value"},
    {"Shape r > a start=3 end=-4; Relu a > y", CONSTANT},
};

static void test_views(void **state) {
    graphs_refused(views, sizeof views / sizeof *views, "onnx-op");
}

/* ---- parts, and what is joined of them ------------------------------------------------------------------------------- */

static const struct refusal parts[] = {
    {"Gather - zero > y", MISSING},
    {"Gather k > y", MISSING},
    {"Gather k r > y", GIVEN},
    {"Gather k w1 > y", MANY},
    {"Gather r zero > y", GIVEN},
    {"Gather g zero > y axis=1", GIVEN},
    {"Gather tx zero > y axis=1", GIVEN},
    {"Gather px zero > y axis=1", GIVEN},
    {"Gather x zero > y axis=2", GIVEN},
    {"Gather x three > y axis=1", GIVEN},
    {"a = i64[1]:-1; Gather x a > y axis=1", GIVEN},
    {"a = i64[1]:3; Gather x a > y axis=1", GIVEN},
    {"Gather k zero > y axis=1", "only a shape's numbers can be gathered"},
    {"a = i64[1]:-5; Gather k a > y", "only a shape's numbers can be gathered"},
    {"a = i64[1]:4; Gather k a > y", "only a shape's numbers can be gathered"},
    {"Unsqueeze - > y", MISSING},
    {"Unsqueeze x zero > y", GIVEN},
    {"Unsqueeze r zero > y", GIVEN},
    {"Slice - zero big two two > y", MISSING},
    {"Slice r zero > y", MISSING},
    {"Slice r - big two two > y", MISSING},
    {"Slice r zero big w1 > y", MANY},
    {"Slice r zero big two r > y", GIVEN},
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
    {"Concat - r > y", MISSING},
    {"Concat k r > y axis=0", GIVEN},
    {"Concat two two three k > y axis=0", "a shape of more than 8 numbers"},
    {"Gather x zero > a axis=1; Concat a - a > y axis=1", MISSING},
    {"Gather x zero > a axis=1; Concat a r a > y axis=1", "colours in another order"},
    {"Concat g r g > y axis=1", "colours in another order"},
    {"Concat g g g > y axis=1", "colours in another order"},
    {"Concat g g > y axis=1", "some of the colours"},
    {"Concat g r > y axis=3", "Linnet joins at most 4 maps"},
    {"Concat r r r r r > y", "Linnet joins at most 4 maps"},
    {"Concat r k > y", CONSTANT},
    {"Concat r p > y", CHANGED},
};

static void test_parts(void **state) {
    graphs_refused(parts, sizeof parts / sizeof *parts, "onnx-op");
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
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
