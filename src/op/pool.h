/* What max and average pooling share: the window, and max pooling's view of its input (kernel/pool.h). */
#ifndef LN_OP_POOL_H
#define LN_OP_POOL_H

#include "base/alloc.h"
#include "kernel/pool.h"
#include "op/window.h"

/* The stride; the kernel if that is 0. */
struct ln_pair ln_pool_stride(struct ln_pair kernel, struct ln_pair stride);

int ln_pool_shape(const char *name, struct ln_pair kernel, struct ln_pair stride, struct ln_pair padding,
                  bool ceil, const struct ln_shape *in, struct ln_shape *out);

/* Sets layouts and *pool; the output has the input's layout. */
LN_MUST_CHECK int ln_pool_prepare(struct ln_prep *prep, struct ln_pool *pool, struct ln_pair kernel,
                                  struct ln_pair stride, struct ln_pair padding);

#endif
