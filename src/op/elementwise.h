/* Layers that treat every element alike: the shape and the layout are the input's, the gradient may lie over
 * the gradient. Where the backward pass needs only their output, as ReLU's and tanh's does, that may lie over
 * the input.
 *
 * Their loops are in fp32 alone. Of a bf16 tensor they see one piece after the other, widened into the
 * first-level cache, and narrowed from there: it is memory that they wait for, and that sees half the bytes.
 */
#ifndef LN_OP_ELEMENTWISE_H
#define LN_OP_ELEMENTWISE_H

#include "base/alloc.h"
#include "base/simd.h"
#include "op/op.h"

/* The numbers of a tensor, padding included: how many, and of which type. */
struct ln_numbers {
    size_t count;
    bool bf16;
};
struct ln_numbers ln_numbers_of(const struct ln_layout *layout);

/* What the state of such a layer begins with; the rest is the layer's own. */
struct ln_elementwise {
    struct ln_numbers numbers;
    bool by_input; /* the backward pass is given the input, not the output */
};

int ln_elementwise_shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                         struct ln_shape *out);
/* The state of a layer without attributes. All states are freed by ln_free. */
int ln_elementwise_prepare(struct ln_prep *prep);
/* The same for `state`, the layer's own. */
void ln_elementwise_init(struct ln_prep *prep, struct ln_elementwise *state);
/* After either: the backward pass needs the input. */
void ln_elementwise_by_input(struct ln_prep *prep);

/* Run over all elements, padding included, a thread a part: y from x; dx from dy and y, or x by input. */
void ln_elementwise_forward(void *state, const struct ln_args *args,
                            void (*run)(const void *state, const float *x, float *y, size_t n));
void ln_elementwise_backward(void *state, const struct ln_args *args,
                             void (*run)(const void *state, const float *y, const float *dy, float *dx,
                                         size_t n));

/* What is under both: elements from .. from+n-1: in[] and out begin there. out may be one of in[]. */
typedef void ln_elementwise_loop(const void *context, const float *const *in, float *out, size_t from,
                                 size_t n);
/* The loop over all elements, a thread a part; from is a multiple of 512. */
void ln_elementwise_run(struct ln_numbers numbers, const void *const *in, int inputs, void *out,
                        ln_elementwise_loop *loop, const void *context);

/* out = the sum of `count` inputs, 2 to 4; out may be one of them. */
void ln_elementwise_sum(struct ln_numbers numbers, const void *const *in, int count, void *out);
/* y += x, and with `relu` its ReLU; y = x. */
void ln_elementwise_add(struct ln_numbers numbers, const void *x, void *y, bool relu);
void ln_elementwise_copy(struct ln_numbers numbers, const void *x, void *y);

#endif
