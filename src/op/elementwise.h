/* Layers that treat every element alike: the shape and the layout are the input's, the gradient may lie over
 * the gradient. Where the backward pass needs only their output, as ReLU's and tanh's does, that may lie over
 * the input.
 */
#ifndef LN_OP_ELEMENTWISE_H
#define LN_OP_ELEMENTWISE_H

#include "base/alloc.h"
#include "base/simd.h"
#include "kernel/numbers.h"
#include "op/op.h"

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

#endif
