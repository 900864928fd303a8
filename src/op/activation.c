/* What all activations share: the passes over all numbers of a tensor. The input's gradient may overwrite the
 * output's gradient, and the output may overwrite the input unless the derivative needs the input.
 */
#include "op/activation.h"
#include "kernel/numbers.h"

struct activation {
    struct ln_numbers numbers;
    struct ln_activation f;
};

bool ln_activation_keeps_zero(const struct ln_activation *f) {
    float zero = 0, y;
    f->forward(f, &zero, &y, 1);
    return y == 0;
}

int ln_activation_shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                        struct ln_shape *out) {
    *out = in[0];
    return LINNET_OK;
}

/* The input's layout, or plain if forward() would change the zeros that fill up the layout's blocks. */
static const struct ln_layout *layout_of(const struct ln_prep *prep, const struct ln_activation *f) {
    const struct ln_layout *in = prep->in[0];
    size_t count = 0;
    bool filled_up = !ln_shape_count(&in->shape, &count) || ln_layout_count(in) != count;
    if (!filled_up || ln_activation_keeps_zero(f)) return in;
    return ln_layout_get(prep->dnn, prep->dtype, &in->shape, LN_PLAIN);
}

int ln_activation_prepare(struct ln_prep *prep) {
    struct activation *a = prep->state = ln_calloc(1, sizeof *a);
    if (!a) return LINNET_ERR_LIMIT;
    a->f = ln_op_activation(prep->op, prep->attrs);
    prep->in[0] = prep->out = layout_of(prep, &a->f);
    if (!prep->out) return LINNET_ERR_LIMIT;
    a->numbers = ln_numbers_of(prep->out);
    prep->impl = "own";
    prep->reads_in = a->f.by_input;
    prep->reads_out = prep->in_place[0] = !a->f.by_input;
    prep->din_in_place = true;
    return LINNET_OK;
}

static void forward_loop(const void *context, const float *const *in, float *out, size_t from, size_t n) {
    const struct ln_activation *f = context;
    f->forward(f, in[0], out, n);
}

static void backward_loop(const void *context, const float *const *in, float *out, size_t from, size_t n) {
    const struct ln_activation *f = context;
    f->backward(f, in[0], in[1], out, n);
}

int ln_activation_forward(void *state, const struct ln_args *args) {
    const struct activation *a = state;
    ln_numbers_run(a->numbers, args->in, 1, args->out, forward_loop, &a->f);
    return LINNET_OK;
}

int ln_activation_backward(void *state, const struct ln_args *args) {
    const struct activation *a = state;
    const void *in[] = {a->f.by_input ? args->in[0] : args->out, args->dout};
    ln_numbers_run(a->numbers, in, 2, args->din[0], backward_loop, &a->f);
    return LINNET_OK;
}
