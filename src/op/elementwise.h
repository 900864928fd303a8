/* Layers that treat every element alike, and whose backward pass needs only their output: the shape and the
 * layout are the input's, the output may lie over the input, the gradient over the gradient.
 */
#ifndef LN_OP_ELEMENTWISE_H
#define LN_OP_ELEMENTWISE_H

#include "base/alloc.h"
#include "base/simd.h"
#include "op/op.h"

int ln_elementwise_shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                         struct ln_shape *out);
int ln_elementwise_prepare(struct ln_prep *prep); /* its state is freed by ln_free */

/* Run over all elements, padding included, a thread a part. */
void ln_elementwise_forward(void *state, const struct ln_args *args,
                            void (*run)(const float *x, float *y, size_t n));
void ln_elementwise_backward(void *state, const struct ln_args *args,
                             void (*run)(const float *y, const float *dy, float *dx, size_t n));

/* out = the sum of `count` inputs, 2 to 4; out may be one of them. */
void ln_elementwise_sum(const float *const *in, int count, float *out, size_t n);
/* y += x, and with `relu` its ReLU; y = x. All of n numbers, a thread a part. */
void ln_elementwise_add(const float *x, float *y, size_t n, bool relu);
void ln_elementwise_copy(const float *x, float *y, size_t n);

/* Elements of the layer, padding included. */
size_t ln_elementwise_count(const void *state);

#endif
