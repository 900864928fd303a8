/* What element-by-element layers share. */
#include "op/elementwise.h"

#include <string.h>

/* Elements that a thread takes at once; with fewer in all, a second thread costs more than it brings. */
enum { PART = 8192 };

int ln_elementwise_shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                         struct ln_shape *out) {
    *out = in[0];
    return LINNET_OK;
}

void ln_elementwise_init(struct ln_prep *prep, struct ln_elementwise *state) {
    *state = (struct ln_elementwise){.count = prep->in[0]->bytes / sizeof(float)};
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

void ln_elementwise_forward(void *state, const struct ln_args *a,
                            void (*run)(const void *, const float *, float *, size_t)) {
    const size_t count = ((const struct ln_elementwise *)state)->count;
#pragma omp parallel for schedule(static) if (count > PART)
    for (size_t from = 0; from < count; from += PART) {
        size_t n = count - from < PART ? count - from : PART;
        run(state, a->in[0] + from, a->out + from, n);
    }
}

void ln_elementwise_backward(void *state, const struct ln_args *a,
                             void (*run)(const void *, const float *, const float *, float *, size_t)) {
    const struct ln_elementwise *e = state;
    const float *kept = e->by_input ? a->in[0] : a->out;
    const size_t count = e->count;
#pragma omp parallel for schedule(static) if (count > PART)
    for (size_t from = 0; from < count; from += PART) {
        size_t n = count - from < PART ? count - from : PART;
        run(state, kept + from, a->dout + from, a->din[0] + from, n);
    }
}

/* `count` is a constant to the compiler. Element by element, so that out may lie over an input. */
static inline void sum_of(const float *const *in, int count, float *out, size_t from, size_t to) {
    LN_SIMD for (size_t i = from; i < to; i++) {
        float sum = in[0][i] + in[1][i];
        for (int k = 2; k < count; k++) sum += in[k][i];
        out[i] = sum;
    }
}

LN_CLONES static void sum_part(const float *const *in, int count, float *out, size_t from, size_t to) {
    if (count == 2)
        sum_of(in, 2, out, from, to);
    else if (count == 3)
        sum_of(in, 3, out, from, to);
    else
        sum_of(in, 4, out, from, to);
}

void ln_elementwise_sum(const float *const *in, int count, float *out, size_t n) {
#pragma omp parallel for schedule(static) if (n > PART)
    for (size_t from = 0; from < n; from += PART)
        sum_part(in, count, out, from, n - from < PART ? n : from + PART);
}

LN_CLONES static void add_part(const float *x, float *y, size_t n, bool relu) {
    for (size_t i = 0; i < n; i++) {
        float sum = y[i] + x[i];
        y[i] = relu && sum < 0 ? 0 : sum;
    }
}

void ln_elementwise_add(const float *x, float *y, size_t count, bool relu) {
#pragma omp parallel for schedule(static) if (count > PART)
    for (size_t from = 0; from < count; from += PART)
        add_part(x + from, y + from, count - from < PART ? count - from : PART, relu);
}

void ln_elementwise_copy(const float *x, float *y, size_t count) {
#pragma omp parallel for schedule(static) if (count > PART)
    for (size_t from = 0; from < count; from += PART)
        memcpy(y + from, x + from, (count - from < PART ? count - from : PART) * sizeof *y);
}
