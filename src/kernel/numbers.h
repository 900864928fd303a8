/* Passes over all numbers of a tensor, padding included, each alone: sums of tensors, copies, and whatever a
 * layer does to each (op/elementwise.h).
 *
 * Their loops are in fp32 alone. Of a bf16 tensor they see one piece after the other, widened into the
 * first-level cache, and narrowed from there: it is memory that they wait for, and that sees half the bytes.
 */
#ifndef LN_KERNEL_NUMBERS_H
#define LN_KERNEL_NUMBERS_H

#include "tensor/layout.h"

enum { LN_NUMBERS_INPUTS = 4 };

/* How many, and of which type. */
struct ln_numbers {
    size_t count;
    bool bf16;
};

struct ln_numbers ln_numbers_of(const struct ln_layout *layout);

/* Numbers from .. from+n-1: in[] and out begin there. out may be one of in[]. */
typedef void ln_numbers_loop(const void *context, const float *const *in, float *out, size_t from, size_t n);

/* The loop over all of them, a thread a part; from is a multiple of 512; 1 to 4 inputs. */
void ln_numbers_run(struct ln_numbers numbers, const void *const *in, int inputs, void *out,
                    ln_numbers_loop *loop, const void *context);

/* out = the sum of `count` inputs, 2 to 4; out may be one of them. */
void ln_numbers_sum(struct ln_numbers numbers, const void *const *in, int count, void *out);
/* y += x, and with `relu` its ReLU; y = x. */
void ln_numbers_add(struct ln_numbers numbers, const void *x, void *y, bool relu);
void ln_numbers_copy(struct ln_numbers numbers, const void *x, void *y);

#endif
