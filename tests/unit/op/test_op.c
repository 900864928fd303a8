/* The list of layers. */
#include "unit/base/base_test.h"

#include "op/op.h"

static const struct ln_op *const ops[] = {
#define LN_OP(name, ...) &ln_op_##name,
#include "op/op_list.h"
#undef LN_OP
};

/* Each layer is complete, has the name of its row in op_list.h, and is found by it. */
static void test_list(void **state) {
    static const char *const names[] = {
#define LN_OP(name, ...) #name,
#include "op/op_list.h"
#undef LN_OP
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        assert_string_equal(ops[i]->name, names[i]);
        assert_ptr_equal(ln_op_find(names[i]), ops[i]);
        assert_non_null(ops[i]->torch);
        assert_non_null(ops[i]->shape);
        assert_non_null(ops[i]->prepare);
    }
}

static void test_unknown(void **state) {
    assert_null(ln_op_find(""));
    assert_null(ln_op_find("con"));
    assert_null(ln_op_find("conv2"));
    assert_null(ln_op_find("Conv"));
}

/* Each attribute lies inside its struct, its default inside its range. */
static void test_tables(void **state) {
    static const size_t sizes[] = {[LN_ATTR_INT] = sizeof(int),
                                   [LN_ATTR_PAIR] = sizeof(struct ln_pair),
                                   [LN_ATTR_BOOL] = sizeof(bool),
                                   [LN_ATTR_REAL] = sizeof(double)};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        for (const struct ln_attr *row = ops[i]->attrs; row && row->name; row++) {
            assert_true(row->offset + sizes[row->kind] <= ops[i]->attrs_size);
            if (row->kind == LN_ATTR_BOOL || row->required) continue;
            assert_true(row->min <= row->preset && row->preset <= row->max);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_list), cmocka_unit_test(test_unknown),
                                       cmocka_unit_test(test_tables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
