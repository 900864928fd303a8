/* What element-by-element layers share. */
#include "op/elementwise.h"

#include <string.h>

/* Elements that a thread takes at once (with fewer in all, a second thread costs more than it brings), and of
 * these, in bf16, what is widened at once: a few pieces, that stay in the first-level cache. */
enum { PART = 8192, PIECE = 512 };

struct ln_numbers ln_numbers_of(const struct ln_layout *layout) {
    return (struct ln_numbers){ln_layout_count(layout), layout->dtype == LN_BF16};
}

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

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* ---- a part of the elements ---------------------------------------------------------------------------- */

struct job {
    const void *const *in;
    int inputs;
    void *out;
    ln_elementwise_loop *loop;
    const void *context;
};

static void run_floats(const struct job *job, size_t from, size_t n) {
    const float *in[LN_OP_INPUTS];
    for (int k = 0; k < job->inputs; k++) in[k] = (const float *)job->in[k] + from;
    job->loop(job->context, in, (float *)job->out + from, from, n);
}

static void run_bf16(const struct job *job, size_t from, size_t n) {
    float wide[LN_OP_INPUTS][PIECE], out[PIECE];
    const float *in[LN_OP_INPUTS];
    for (int k = 0; k < job->inputs; k++) {
        ln_bf16_widen((const ln_bf16 *)job->in[k] + from, wide[k], n);
        in[k] = wide[k];
    }
    job->loop(job->context, in, out, from, n);
    ln_bf16_narrow(out, (ln_bf16 *)job->out + from, n);
}

static void run_part(const struct job *job, bool bf16, size_t from, size_t to) {
    if (!bf16)
        run_floats(job, from, to - from);
    else
        for (; from < to; from += PIECE) run_bf16(job, from, smaller(to - from, PIECE));
}

void ln_elementwise_run(struct ln_numbers numbers, const void *const *in, int inputs, void *out,
                        ln_elementwise_loop *loop, const void *context) {
    const struct job job = {in, inputs, out, loop, context};
#pragma omp parallel for schedule(static) if (numbers.count > PART)
    for (size_t from = 0; from < numbers.count; from += PART)
        run_part(&job, numbers.bf16, from, smaller(numbers.count, from + PART));
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
    ln_elementwise_run(e->numbers, a->in, 1, a->out, forward_loop, &layer);
}

void ln_elementwise_backward(void *state, const struct ln_args *a,
                             void (*run)(const void *, const float *, const float *, float *, size_t)) {
    const struct ln_elementwise *e = state;
    const struct layer layer = {.state = state, .backward = run};
    const void *in[] = {e->by_input ? a->in[0] : a->out, a->dout};
    ln_elementwise_run(e->numbers, in, 2, a->din[0], backward_loop, &layer);
}

/* ---- sums ---------------------------------------------------------------------------------------------- */

/* `count` is a constant to the compiler. Element by element, so that out may lie over an input. */
static inline void sum_of(const float *const *in, int count, float *out, size_t n) {
    LN_SIMD for (size_t i = 0; i < n; i++) {
        float sum = in[0][i] + in[1][i];
        for (int k = 2; k < count; k++) sum += in[k][i];
        out[i] = sum;
    }
}

LN_CLONES static void sum_loop(const void *context, const float *const *in, float *out, size_t from,
                               size_t n) {
    int count = *(const int *)context;
    if (count == 2)
        sum_of(in, 2, out, n);
    else if (count == 3)
        sum_of(in, 3, out, n);
    else
        sum_of(in, 4, out, n);
}

void ln_elementwise_sum(struct ln_numbers numbers, const void *const *in, int count, void *out) {
    ln_elementwise_run(numbers, in, count, out, sum_loop, &count);
}

LN_CLONES static void add_loop(const void *context, const float *const *in, float *out, size_t from,
                               size_t n) {
    bool relu = *(const bool *)context;
    const float *y = in[0], *x = in[1];
    for (size_t i = 0; i < n; i++) {
        float sum = y[i] + x[i];
        out[i] = relu && sum < 0 ? 0 : sum;
    }
}

void ln_elementwise_add(struct ln_numbers numbers, const void *x, void *y, bool relu) {
    ln_elementwise_run(numbers, (const void *[]){y, x}, 2, y, add_loop, &relu);
}

void ln_elementwise_copy(struct ln_numbers numbers, const void *x, void *y) {
    size_t size = numbers.bf16 ? sizeof(ln_bf16) : sizeof(float), bytes = numbers.count * size;
    enum { BYTES = PART * sizeof(float) };
#pragma omp parallel for schedule(static) if (bytes > BYTES)
    for (size_t from = 0; from < bytes; from += BYTES)
        memcpy((char *)y + from, (const char *)x + from, smaller(bytes - from, BYTES));
}
