/* Convolutions of 3 x 3 by Winograd's minimal filtering of tiles, F(4x4, 3x3): a tile of 4 x 4 outputs costs 36
 * products for a pair of channels instead of 144. Lavin and Gray, "Fast algorithms for convolutional neural networks"
 * (2016), sections 4 and 5. These are the transforms; the products are matrix products, one for each of the 36 points
 * (op/conv_way_tiles.c):
 *
 *   forward       y  = A^T (U V) A + b,   V = B^T x B,     U = G w G^T     U V: the sum over the input's channels
 *   backward      dw = G^T dU G,          dU = D^T V,      D = A dy A^T    D^T V: the sum over all tiles
 *                 dx = B dV B^T,          dV = D U                         D U: the sum over the output's channels
 *
 * where a tile's x, 6 x 6, overlaps its neighbours by two, and dx adds up where tiles overlap.
 */
#ifndef LN_KERNEL_CONV_TILES_H
#define LN_KERNEL_CONV_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LN_TILES_POINTS = 36 };

/* Stride 1, dilation 1, one group; c and k multiples of 16, c at most LN_TILES_CHANNELS. x [n,h,w,c] and y [n,p,q,k]
 * lie as NHWC, w as [k][c][3][3]. */
enum { LN_TILES_CHANNELS = 4096 };
struct ln_tiles {
    int64_t n, c, h, w, k, p, q;
    int64_t pad_h, pad_w; /* zeros before the first row and column, at most 2 */
    bool relu;            /* y = max(y, 0) */
};

int64_t ln_tiles_count(const struct ln_tiles *g); /* of all images */

void ln_tiles_x(const struct ln_tiles *g, const float *x, float *v);                    /* V [36][tiles][c] */
void ln_tiles_w(const struct ln_tiles *g, const float *w, float *u);                    /* U [36][k][c] */
void ln_tiles_y(const struct ln_tiles *g, const float *m, const float *bias, float *y); /* m [36][tiles][k] */

void ln_tiles_dy(const struct ln_tiles *g, const float *dy, float *d);  /* D [36][tiles][k] */
void ln_tiles_dw(const struct ln_tiles *g, const float *du, float *dw); /* dU [36][k][c] */
void ln_tiles_dx(const struct ln_tiles *g, const float *dv, float *dx); /* dV [36][tiles][c] */
void ln_tiles_db(const struct ln_tiles *g, const float *dy, float *db);

#endif
