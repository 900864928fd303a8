/* Private to src/dnn. The weights of oneDNN's own Winograd, up to version 3.1: each kernel g of 3 x 3 becomes G g Gt of 4 x 4 or
 * 6 x 6 numbers (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016, section 4). oneDNN's own
 * reorder enters a parallel region three times for each input channel and block of sixteen outputs. In a ResNet-18 its tens
 * of thousands of barriers take longer than everything else before the first prediction. The code here computes the same
 * sums in the same order, so the bits are oneDNN's, but divides the blocks of outputs among the threads once.
 */
#ifndef LN_DNN_WINOGRAD_WEIGHTS_H
#define LN_DNN_WINOGRAD_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the numbers lie in oneDNN's opaque layout. k outputs and c inputs are padded to whole blocks of 16 outputs and
 * c_block inputs. */
struct ln_winograd_layout {
    int alpha;                /* 4 or 6: the transformed kernel has alpha x alpha numbers */
    int64_t k, c;             /* of the plain weights, [k][c][3][3] */
    int64_t k_blocks, c_all;  /* blocks of sixteen outputs; padded inputs */
    int64_t c_block;          /* inputs in a block, */
    int64_t k_group, c_group; /* and blocks in a group */
    bool outputs_first;       /* [k group][alpha][alpha][c group][k][c][c_block][16], else
                              * [alpha][alpha][k group][c block][c_block][k][16] */
};

enum { LN_WINOGRAD_LANES = 16 };

void ln_winograd_weights(const struct ln_winograd_layout *layout, const float *plain, float *out);

#endif
