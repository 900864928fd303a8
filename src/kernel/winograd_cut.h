/* How a pass of minimal filtering is cut into pieces of work, in fp32 and bf16 alike.
 *
 * A piece is a strip of rows of a few images. Its transformed input should stay in the second-level cache
 * while it is multiplied by the weights of all output channels; and it should have enough positions to pay for
 * loading these weights. If there are few pieces, and threads would get unequal numbers of them, each piece is
 * divided further by blocks of channels; its input is then transformed more than once.
 */
#ifndef LN_KERNEL_WINOGRAD_CUT_H
#define LN_KERNEL_WINOGRAD_CUT_H

#include <stdbool.h>
#include <stdint.h>

struct ln_cut {
    int64_t n, height;      /* images, and rows of each that the pass computes */
    int64_t strip, strips;  /* rows of a piece; how many strips an image has */
    int64_t images, groups; /* images of a piece; how many groups there are */
    int64_t blocks, splits; /* blocks of channels that the pass computes; how many pieces share them */
};

struct ln_cut_opts {
    int64_t n, height, tiles; /* tiles of a row */
    int64_t blocks;
    int parts; /* threads */
    /* Bytes of transformed input for `strip` rows of one image, and how many of them a piece may have. */
    int64_t (*input_bytes)(const void *pass, int64_t strip);
    const void *pass;
    int64_t room;
    /* Rows to begin with; `shrink` fewer at a time while they do not fit and are more than four. */
    int64_t strip;
    int64_t shrink;
    int64_t positions; /* that a piece should have: tiles of all its rows */
    bool even;         /* the images of a piece divide n; else each part gets two groups at least */
};

/* The largest divisor of n up to `most`, and at least 1. */
int64_t ln_cut_divisor(int64_t n, int64_t most);

void ln_cut_make(struct ln_cut *cut, const struct ln_cut_opts *opts);
int64_t ln_cut_pieces(const struct ln_cut *cut);

/* Images [n0, n1), rows [top, top + rows), blocks [block0, block1). */
struct ln_piece {
    int64_t n0, n1, top, rows, block0, block1;
};
struct ln_piece ln_cut_piece(const struct ln_cut *cut, int64_t i);

/* The first piece of part number `part`; the number of pieces if part is `parts`. */
static inline int64_t ln_cut_first(const struct ln_cut *cut, int part, int parts) {
    return ln_cut_pieces(cut) * part / parts;
}

#endif
