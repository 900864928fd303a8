/* Naive kernels in double precision, written from the formulas without sharing code with src/.
 *
 * Tensors are plain: x [n][c][h][w], y [n][k][p][q]. A backward function overwrites its results; dx, dw
 * and db may be NULL.
 */
#ifndef LN_TESTS_REF_H
#define LN_TESTS_REF_H

#include <stdbool.h>
#include <stdint.h>

/* Rows first, columns second. */
struct ref_window {
    int kernel[2], stride[2], padding[2], dilation[2];
};

/* w [k][c/groups][r][s], b [k] or NULL. */
struct ref_conv {
    int n, c, h, w, k, p, q, groups;
    struct ref_window window;
};
void ref_conv_forward(const struct ref_conv *d, const double *x, const double *w, const double *b, double *y);
void ref_conv_backward(const struct ref_conv *d, const double *x, const double *w, const double *dy,
                       double *dx, double *dw, double *db);

/* count_pad: padding counts in the divisor of the average. */
struct ref_pool {
    int n, c, h, w, p, q;
    struct ref_window window;
    bool count_pad;
};
void ref_maxpool_forward(const struct ref_pool *d, const double *x, double *y);
void ref_maxpool_backward(const struct ref_pool *d, const double *x, const double *dy, double *dx);
void ref_avgpool_forward(const struct ref_pool *d, const double *x, double *y);
void ref_avgpool_backward(const struct ref_pool *d, const double *dy, double *dx);

/* To p x q: the mean over rows floor(i h / p) to ceil((i + 1) h / p) - 1, and likewise for columns. */
struct ref_adaptive {
    int n, c, h, w, p, q;
};
void ref_adaptive_forward(const struct ref_adaptive *d, const double *x, double *y);
void ref_adaptive_backward(const struct ref_adaptive *d, const double *dy, double *dx);

/* Local response normalisation over `size` channels of x [n][c][pixels]. */
struct ref_lrn {
    int n, c, pixels, size;
    double alpha, beta, k;
};
void ref_lrn_forward(const struct ref_lrn *d, const double *x, double *y);
void ref_lrn_backward(const struct ref_lrn *d, const double *x, const double *dy, double *dx);

/* x [n][c][pixels]. forward and backward: with the mean and the (biased) variance of the batch; track moves
 * the running statistics; infer uses them. */
struct ref_batchnorm {
    int n, c;
    int64_t pixels;
    double eps, momentum;
};
void ref_batchnorm_forward(const struct ref_batchnorm *d, const double *x, const double *weight,
                           const double *bias, double *y);
void ref_batchnorm_track(const struct ref_batchnorm *d, const double *x, double *running_mean,
                         double *running_var);
void ref_batchnorm_backward(const struct ref_batchnorm *d, const double *x, const double *weight,
                            const double *dy, double *dx, double *dweight, double *dbias);
/* dx of ref_batchnorm_infer. */
void ref_batchnorm_infer_backward(const struct ref_batchnorm *d, const double *weight, const double *var,
                                  const double *dy, double *dx);
void ref_batchnorm_infer(const struct ref_batchnorm *d, const double *x, const double *weight,
                         const double *bias, const double *mean, const double *var, double *y);

struct ref_pad_shortcut {
    int n, c, h, w, k, p, q, stride[2];
};
void ref_pad_shortcut_forward(const struct ref_pad_shortcut *d, const double *x, double *y);
void ref_pad_shortcut_backward(const struct ref_pad_shortcut *d, const double *dy, double *dx);

/* w [k][c], x [n][c], y [n][k]. */
struct ref_linear {
    int n, c, k;
};
void ref_linear_forward(const struct ref_linear *d, const double *x, const double *w, const double *b,
                        double *y);
void ref_linear_backward(const struct ref_linear *d, const double *x, const double *w, const double *dy,
                         double *dx, double *dw, double *db);

void ref_relu_forward(int64_t count, const double *x, double *y);
void ref_relu_backward(int64_t count, const double *x, const double *dy, double *dx);
void ref_tanh_forward(int64_t count, const double *x, double *y);
void ref_tanh_backward(int64_t count, const double *x, const double *dy, double *dx);
void ref_relu6_forward(int64_t count, const double *x, double *y);
void ref_relu6_backward(int64_t count, const double *x, const double *dy, double *dx);
void ref_silu_forward(int64_t count, const double *x, double *y);
void ref_silu_backward(int64_t count, const double *x, const double *dy, double *dx);

/* Mean cross-entropy over the rows whose label is not negative; dx may be NULL. x, dx [n][k]. */
double ref_softmax_xent(int n, int k, const double *x, const int32_t *labels, double smoothing, double *dx);
/* The same with class weights [k], divided by the sum of the labels' weights. */
double ref_weighted_xent(int n, int k, const double *x, const int32_t *labels, const float *weights,
                         double smoothing, double *dx);

#endif
