/* Test data for convolution kernels, which run without a layer. A tensor holds each number twice: in double
 * precision and plain order for the reference formulas, and in the kernel's type and layout.
 */
#ifndef LN_TESTS_CONV_PROBLEM_H
#define LN_TESTS_CONV_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Layouts of a tensor [n, c, h, w]. */
enum placement {
    PLAIN,
    NHWC,
    NCHW16C,    /* [n][c/16][h][w][16c] */
    NCHW16N,    /* [n/16][c][h][w][16n] */
    OIHW16I16O, /* [n/16][c/16][h][w][16c][16n] */
};

struct placed {
    enum placement placement;
    bool bf16; /* type of data; else fp32 */
    int64_t n, c, h, w, count;
    double *plain;
    void *data;
};

double placed_value(const struct placed *t, int64_t i); /* element i of data, counted in plain order */

/* Stride 1, dilation 1, one group: x [n,c,h,w], w [k,c,r,s], y [n,k,p,q]. */
struct conv_size {
    int64_t n, c, h, w, k, r, s, p, q, pad_h, pad_w;
    bool sum, relu; /* y = max(conv + y before, 0) */
    enum placement activations, weights;
    bool bf16; /* activations and their gradients */
};

struct conv_problem {
    struct placed x, w, b, dy;   /* given */
    struct placed y, dx, dw, db; /* plain: the formulas' results; data: random numbers, y's is the y before */
};

void conv_problem_make(struct conv_problem *problem, const struct conv_size *size);
void conv_problem_free(struct conv_problem *problem);

/* The sizes that a kernel is given. */
#define CONV_SIZE(d)                                                                                        \
    .n = (d)->n, .c = (d)->c, .h = (d)->h, .w = (d)->w, .k = (d)->k, .r = (d)->r, .s = (d)->s, .p = (d)->p, \
    .q = (d)->q

/* Fresh memory filled with nan, so that a kernel that reads what it has not written fails. */
void *poisoned(size_t bytes);

#endif
