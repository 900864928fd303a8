/* The formulas of layers with several inputs: the sum, and the concatenation along the channels. */
#ifndef LN_TESTS_OP_JOINS_H
#define LN_TESTS_OP_JOINS_H

#include "op/op_test.h"

struct op_join {
    const struct ln_op *op;
    int inputs;
    struct ln_shape in[LN_OP_INPUTS], out;
};

bool op_is_join(const struct ln_op *op);
void op_join_forward(const struct op_join *join, const double *const *x, double *y);
void op_join_backward(const struct op_join *join, const double *dy, double *const *dx); /* added to dx */

#endif
