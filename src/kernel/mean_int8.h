/* The mean of 8-bit numbers over a window, in inference. */
#ifndef LN_KERNEL_MEAN_INT8_H
#define LN_KERNEL_MEAN_INT8_H

#include <stdbool.h>
#include <stdint.h>

#define LN_MEAN_INT8_CELLS (INT32_MAX / 255) /* a window of more would overflow the sum */

enum ln_mean_int8_out { LN_MEAN_TO_U8, LN_MEAN_TO_S8, LN_MEAN_TO_F32 };

/* x [rows][columns][inner], u8 or s8, with `pitch` numbers from row to row; y [inner]. */
struct ln_mean_int8 {
    const void *x;
    bool is_signed;
    int64_t rows, columns, inner, pitch;
    float factor; /* y = factor * sum of x, rounded to the nearest integer unless it is fp32 */
    enum ln_mean_int8_out out;
};

void ln_mean_int8(const struct ln_mean_int8 *window, void *y);

#endif
