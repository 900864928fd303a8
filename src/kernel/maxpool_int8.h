/* Max pooling of 8-bit numbers, in inference. */
#ifndef LN_KERNEL_MAXPOOL_INT8_H
#define LN_KERNEL_MAXPOOL_INT8_H

#include "kernel/pool.h"

/* x [planes][h][w][inner] and y [planes][p][q][inner], u8 or s8 by pool->is_signed. */
void ln_maxpool_int8(const struct ln_pool *pool, const void *x, void *y);

#endif
