/* The windows of a convolution as rows of a matrix, and back (im2col, col2im): the convolution is then a
 * matrix product.
 *
 *   unfold   columns[(n,p,q)][(c,r,s)] = x[n, c, p*stride - pad + r*dilation, q*stride - pad + s*dilation]
 *   fold     dx[n,c,h,w] = the sum of the dcolumns that unfold reads from there
 *
 * Zeros stand for what lies outside the image. Chellapilla, Puri, Simard, "High performance convolutional neural
 * networks for document processing" (2006), section 2.2.
 */
#ifndef LN_KERNEL_COLUMNS_H
#define LN_KERNEL_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

enum { LN_COLUMNS_TAPS = 25, LN_COLUMNS_CHANNELS = 4096 };

struct ln_columns {
    int64_t n, c, h, w;                         /* x, in NHWC; c: at most LN_COLUMNS_CHANNELS */
    int64_t r, s;                               /* of the kernel; r * s: at most LN_COLUMNS_TAPS */
    int64_t p, q;                               /* outputs of an image */
    int64_t stride[2], padding[2], dilation[2]; /* h, w */
};

int64_t ln_columns_rows(const struct ln_columns *g);  /* n * p * q */
int64_t ln_columns_width(const struct ln_columns *g); /* c * r * s */

/* columns: rows * width floats. */
void ln_columns_unfold(const struct ln_columns *g, const float *x, float *columns);
void ln_columns_fold(const struct ln_columns *g, const float *dcolumns, float *dx);

#endif
