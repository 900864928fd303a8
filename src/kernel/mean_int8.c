/* The mean of 8-bit numbers over a window. The sum is exact in 32 bits, so only the output is rounded. */
#include "kernel/mean_int8.h"
#include "base/simd.h"

#include <math.h>

enum { BLOCK = 64 }; /* channels whose sums stay in registers or the first cache */

LN_KERNEL(void, sum_u8, (const struct ln_mean_int8 *w, int64_t first, int64_t count, int32_t *sum),
          (w, first, count, sum)) {
    for (int64_t r = 0; r < w->rows; r++)
        for (int64_t c = 0; c < w->columns; c++) {
            const uint8_t *x = (const uint8_t *)w->x + r * w->pitch + c * w->inner + first;
            for (int64_t i = 0; i < count; i++) sum[i] += x[i];
        }
}

LN_KERNEL(void, sum_s8, (const struct ln_mean_int8 *w, int64_t first, int64_t count, int32_t *sum),
          (w, first, count, sum)) {
    for (int64_t r = 0; r < w->rows; r++)
        for (int64_t c = 0; c < w->columns; c++) {
            const int8_t *x = (const int8_t *)w->x + r * w->pitch + c * w->inner + first;
            for (int64_t i = 0; i < count; i++) sum[i] += x[i];
        }
}

LN_INLINED float clamped(float y, float low, float high) {
    y = rintf(y);
    return y < low ? low : y > high ? high : y;
}

LN_KERNEL(void, store_u8, (const int32_t *sum, float factor, uint8_t *y, int64_t count),
          (sum, factor, y, count)) {
    for (int64_t i = 0; i < count; i++) y[i] = (uint8_t)clamped((float)sum[i] * factor, 0, UINT8_MAX);
}

LN_KERNEL(void, store_s8, (const int32_t *sum, float factor, int8_t *y, int64_t count),
          (sum, factor, y, count)) {
    for (int64_t i = 0; i < count; i++) y[i] = (int8_t)clamped((float)sum[i] * factor, INT8_MIN, INT8_MAX);
}

LN_KERNEL(void, store_f32, (const int32_t *sum, float factor, float *y, int64_t count),
          (sum, factor, y, count)) {
    for (int64_t i = 0; i < count; i++) y[i] = (float)sum[i] * factor;
}

void ln_mean_int8(const struct ln_mean_int8 *w, void *y) {
    for (int64_t first = 0; first < w->inner; first += BLOCK) {
        const int64_t left = w->inner - first, count = left < BLOCK ? left : BLOCK;
        int32_t sum[BLOCK] = {0};
        if (w->is_signed)
            sum_s8(w, first, count, sum);
        else
            sum_u8(w, first, count, sum);
        switch (w->out) {
        case LN_MEAN_TO_U8: store_u8(sum, w->factor, (uint8_t *)y + first, count); break;
        case LN_MEAN_TO_S8: store_s8(sum, w->factor, (int8_t *)y + first, count); break;
        case LN_MEAN_TO_F32: store_f32(sum, w->factor, (float *)y + first, count); break;
        }
    }
}
