/* What element-by-element layers share. */
#include "op/elementwise.h"

int ln_elementwise_shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                         struct ln_shape *out) {
    *out = in[0];
    return LINNET_OK;
}

void ln_elementwise_init(struct ln_prep *prep, struct ln_elementwise *state) {
    *state = (struct ln_elementwise){.numbers = ln_numbers_of(prep->in[0])};
    prep->state = state;
    prep->out = prep->in[0];
    prep->impl = "own";
    prep->reads_out = true;
    prep->in_place[0] = prep->din_in_place = true;
}

int ln_elementwise_prepare(struct ln_prep *prep) {
    struct ln_elementwise *e = ln_alloc(sizeof *e);
    if (!e) return LINNET_ERR_LIMIT;
    ln_elementwise_init(prep, e);
    return LINNET_OK;
}

void ln_elementwise_by_input(struct ln_prep *prep) {
    struct ln_elementwise *e = prep->state;
    e->by_input = true;
    prep->reads_in = true;
    prep->reads_out = prep->in_place[0] = false;
}

/* ---- a layer's passes ---------------------------------------------------------------------------------- */

struct layer {
    const void *state;
    void (*forward)(const void *state, const float *x, float *y, size_t n);
    void (*backward)(const void *state, const float *kept, const float *dy, float *dx, size_t n);
};

static void forward_loop(const void *context, const float *const *in, float *out, size_t from, size_t n) {
    const struct layer *layer = context;
    layer->forward(layer->state, in[0], out, n);
}

static void backward_loop(const void *context, const float *const *in, float *out, size_t from, size_t n) {
    const struct layer *layer = context;
    layer->backward(layer->state, in[0], in[1], out, n);
}

void ln_elementwise_forward(void *state, const struct ln_args *a,
                            void (*run)(const void *, const float *, float *, size_t)) {
    const struct ln_elementwise *e = state;
    const struct layer layer = {.state = state, .forward = run};
    ln_numbers_run(e->numbers, a->in, 1, a->out, forward_loop, &layer);
}

void ln_elementwise_backward(void *state, const struct ln_args *a,
                             void (*run)(const void *, const float *, const float *, float *, size_t)) {
    const struct ln_elementwise *e = state;
    const struct layer layer = {.state = state, .backward = run};
    const void *in[] = {e->by_input ? a->in[0] : a->out, a->dout};
    ln_numbers_run(e->numbers, in, 2, a->din[0], backward_loop, &layer);
}
