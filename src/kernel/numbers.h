/* Element-by-element passes over all numbers of a tensor, padding included: sums of tensors, copies, activations.
 *
 * The loops are written for fp32 alone. A bf16 tensor is widened piece by piece into the first-level cache, and
 * rounded from there. The passes wait for memory, and a bf16 tensor still moves only half the bytes.
 */
#ifndef LN_KERNEL_NUMBERS_H
#define LN_KERNEL_NUMBERS_H

#include "tensor/activation.h"
#include "tensor/layout.h"

enum { LN_NUMBERS_INPUTS = 4 };

/* The numbers of a tensor: their count and type. */
struct ln_numbers {
    size_t count;
    bool bf16;
};

struct ln_numbers ln_numbers_of(const struct ln_layout *layout);

/* Numbers from .. from+n-1: in[] and out begin there. out may be one of in[]. */
typedef void ln_numbers_loop(const void *context, const float *const *in, float *out, size_t from, size_t n);

/* Runs the loop over all numbers, each thread on parts of them. `from` is a multiple of 512; 1 to 4
 * inputs. */
void ln_numbers_run(struct ln_numbers numbers, const void *const *in, int inputs, void *out,
                    ln_numbers_loop *loop, const void *context);

/* out = the sum of `count` inputs, 2 to 4; out may be one of them. */
void ln_numbers_sum(struct ln_numbers numbers, const void *const *in, int count, void *out);
/* y = f(y + more); more NULL: nothing is added; an f that does not exist: nothing is applied. */
void ln_numbers_finish(struct ln_numbers numbers, const void *more, void *y, const struct ln_activation *f);
/* y = x */
void ln_numbers_copy(struct ln_numbers numbers, const void *x, void *y);

#endif
