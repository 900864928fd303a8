/* Element-by-element sum of two to four tensors of one shape, the end of a residual block: y = F(x) + x. He,
 * Zhang, Ren, Sun, "Deep residual learning for image recognition" (2015), section 3.2.
 *
 * The gradient of each input is the output's: nothing runs.
 */
#include "base/alloc.h"
#include "kernel/numbers.h"
#include "op/op.h"

struct add {
    struct ln_numbers numbers;
    int inputs;
};

static int shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    char first[64], other[64];
    if (inputs < 2)
        return ln_fail(LINNET_ERR_USAGE, "op-inputs", "%s: a sum needs 2 to 4 inputs, got 1", name);
    for (int i = 1; i < inputs; i++)
        if (!ln_shape_equal(&in[0], &in[i]))
            return ln_fail(LINNET_ERR_USAGE, "op-shapes", "%s: input %d is %s, the first one %s", name, i + 1,
                           ln_shape_text(&in[i], other, sizeof other),
                           ln_shape_text(&in[0], first, sizeof first));
    *out = in[0];
    return LINNET_OK;
}

/* All inputs get one layout: the first that is not plain, because convolutions prefer such layouts. */
static int prepare(struct ln_prep *prep) {
    const struct ln_layout *layout = prep->in[0];
    struct add *add = prep->state = ln_alloc(sizeof *add);
    if (!add) return LINNET_ERR_LIMIT;
    for (int i = 1; i < prep->inputs && layout->format == LN_PLAIN; i++) layout = prep->in[i];
    for (int i = 0; i < prep->inputs; i++) prep->in[i] = layout;
    *add = (struct add){ln_numbers_of(layout), prep->inputs};
    prep->out = layout;
    prep->in_place[0] = prep->din_is_dout = true;
    prep->impl = "own";
    return LINNET_OK;
}

static int forward(void *state, const struct ln_args *a) {
    _Static_assert((int)LN_OP_INPUTS <= (int)LN_NUMBERS_INPUTS, "the loops take as many as a layer");
    const struct add *add = state;
    ln_numbers_sum(add->numbers, a->in, add->inputs, a->out);
    return LINNET_OK;
}

const struct ln_op ln_op_add = {
    .name = "add",
    .torch = "Add",
    .attrs_size = sizeof(struct ln_add_attrs),
    .inputs = 0,
    .role = LN_ROLE_SUM,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .destroy = ln_free,
};
