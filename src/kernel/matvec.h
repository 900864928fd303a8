/* A matrix product of a few rows, y[n,k] = b[k] + sum over c of x[n,c] w[k,c], in inference: one image, or
 * four.
 *
 * Each weight is read once and used n times, so that the time is that of reading w, and all that a kernel can
 * do is to read it as fast as memory gives it: every thread goes through rows of its own, which lie side by
 * side in plain order, four of them at a time.
 */
#ifndef LN_KERNEL_MATVEC_H
#define LN_KERNEL_MATVEC_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { LN_MATVEC_MOST = 4 }; /* rows of x */

struct ln_matvec {
    int64_t n, c, k;
    bool bf16; /* x, w and y are of it, sums and b are fp32; */
    bool wide; /* y is fp32 all the same */
    bool relu;
};

/* x [n, c], w [k, c], b [k] or NULL, y [n, k]. */
void ln_matvec_run(const struct ln_matvec *m, const void *x, const void *w, const float *bias, void *y);

#endif
