/* Each layer's formulas, from tests/ref. */
#ifndef LN_TESTS_OP_FORMULAS_H
#define LN_TESTS_OP_FORMULAS_H

#include "op/op_test.h"

extern const struct op_reference op_formulas_conv, op_formulas_linear, op_formulas_relu, op_formulas_tanh,
    op_formulas_maxpool, op_formulas_avgpool, op_formulas_flatten, op_formulas_batchnorm,
    op_formulas_adaptive_avgpool, op_formulas_lrn, op_formulas_pad_shortcut, op_formulas_relu6,
    op_formulas_silu;

const struct op_reference *op_formulas_find(const struct ln_op *op); /* NULL: none */

/* The same reference for a layer that takes a flattened input. */
static inline struct op_reference op_formulas_flat(struct op_reference reference) {
    reference.flat = true;
    return reference;
}

#endif
