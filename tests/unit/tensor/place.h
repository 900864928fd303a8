/* The position of each element of a tensor in each layout, written independently of src/tensor/layout.c. */
#ifndef LN_TESTS_PLACE_H
#define LN_TESTS_PLACE_H

#include "tensor/layout.h"

/* The position of element (n, c, h, w) of a tensor of dimensions d. */
static inline int64_t place(enum ln_format format, const int64_t *d, int64_t n, int64_t c, int64_t h,
                            int64_t w) {
    int64_t blocks8 = (d[1] + 7) / 8, blocks16 = (d[1] + 15) / 16;
    switch (format) {
    case LN_NHWC: return ((n * d[2] + h) * d[3] + w) * d[1] + c;
    case LN_NCHW8C: return (((n * blocks8 + c / 8) * d[2] + h) * d[3] + w) * 8 + c % 8;
    case LN_NCHW16C: return (((n * blocks16 + c / 16) * d[2] + h) * d[3] + w) * 16 + c % 16;
    case LN_NCHW16N: return (((n / 16 * d[1] + c) * d[2] + h) * d[3] + w) * 16 + n % 16;
    default: return ((n * d[1] + c) * d[2] + h) * d[3] + w;
    }
}

/* The position of element i of the plain order. */
static inline int64_t place_of(enum ln_format format, const int64_t *d, int64_t i) {
    int64_t w = i % d[3], h = i / d[3] % d[2], c = i / d[3] / d[2] % d[1], n = i / d[3] / d[2] / d[1];
    return place(format, d, n, c, h, w);
}

/* Elements in memory, padding included. */
static inline int64_t places(enum ln_format format, const int64_t *d) {
    int64_t n = format == LN_NCHW16N ? (d[0] + 15) / 16 * 16 : d[0];
    int64_t c = format == LN_NCHW8C    ? (d[1] + 7) / 8 * 8
                : format == LN_NCHW16C ? (d[1] + 15) / 16 * 16
                                       : d[1];
    return n * c * d[2] * d[3];
}

#endif
