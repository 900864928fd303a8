/* A matrix product of few rows, y[n,k] = b[k] + sum over c of x[n,c] w[k,c], in inference: one to four
 * images.
 *
 * Each weight is read once and used n times, so the time is that of reading w from memory. Every thread reads
 * rows of its own, four at a time, which lie side by side in plain order.
 */
#ifndef LN_KERNEL_MATVEC_H
#define LN_KERNEL_MATVEC_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { LN_MATVEC_MOST = 4 }; /* rows of x */

struct ln_matvec {
    int64_t n, c, k;
    bool bf16; /* x, w and y are bf16, sums and b are fp32 */
    bool wide; /* y is fp32 even so */
    bool relu;
};

/* x [n, c], w [k, c], b [k] or NULL, y [n, k]. */
void ln_matvec_run(const struct ln_matvec *m, const void *x, const void *w, const float *bias, void *y);

#endif
