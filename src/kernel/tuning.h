/* Numbers that were chosen by measurement, each with the measurement. The choice of a kernel, and the numbers
 * marked "order", which change the order of sums, change the last bits of a trained model; the others change
 * speed alone.
 *
 * To try another value, change it here, and run the old and the new build in turn: `linnet bench NET
 * --per-layer`. "Zen 3" below: one thread, CPU time, best of 30 on a busy machine, ms of the forward,
 * backward data and backward weights passes, for 8 images of 64 channels of 56 x 56, of 128 of 28 x 28, and
 * of 256 of 14 x 14 pixels. "By registers": a tile's sums, and the operands that they are made of, fill the
 * vector registers: 16 of AVX2, 32 of AVX-512.
 */
#ifndef LN_KERNEL_TUNING_H
#define LN_KERNEL_TUNING_H

/* ---- which kernel -------------------------------------------------------------------------------------- */

/* Convolutions with the batch in the lanes, if oneDNN's padding of channels makes its work more than 8/5 of
 * the necessary: at 2 the batch in the lanes was faster for every layer, below 8/5 oneDNN's kernels were
 * faster. */
enum { LN_TUNE_LANES_NUMERATOR = 8, LN_TUNE_LANES_DENOMINATOR = 5 };

/* Our own minimal filtering, if it needs at most 2/3 of the products: a smaller gain would be lost to the
 * transforms. */
enum { LN_TUNE_WINOGRAD_NUMERATOR = 2, LN_TUNE_WINOGRAD_DENOMINATOR = 3 };
/* Least outputs of a row of three taps: two tiles of six. Zen 3, ResNet-18's first stage, 16 images of 12 x
 * 12, best of three runs: 4.6 ms forward and 12 ms backward, oneDNN's direct sums 17 and 39 ms. */
enum { LN_TUNE_WINOGRAD_ROW = 12 };
/* One image of at most 16 columns, and below 256 x 256 channels: oneDNN then takes F(2x2, 3x3), which saves
 * as many products as ours, and transforms more. With more channels the transforms cost little. */
enum { LN_TUNE_WINOGRAD_SMALL_ROW = 16, LN_TUNE_WINOGRAD_SMALL_CHANNELS = 256 };

/* oneDNN's Winograd, from 16 input channels and above 16 x 16: it was 1.3 to 3 times as fast as direct sums in
 * all three passes, for every layer of Linnet's networks that it supports except the 16 channels of a first stage on
 * small pictures. */
enum { LN_TUNE_ONEDNN_WINOGRAD_CHANNELS = 16 };

/* In training, a convolution as the product of its windows and its weights, if oneDNN has no Winograd: maps of at most
 * 7 x 7 pixels, of at least 32 channels, and at least as many windows in a batch as a product needs to be fast. Zen 3,
 * one thread, ResNet-18, 32 images, ms forward and backward of a layer, direct sums then products: 512 channels of 2 x
 * 2 pixels 15 and 75, 8.7 and 21; 256 of 4 x 4 11 and 23, 8.9 and 20; 128 of 8 x 8 10 and 20, 10 and 20. BYTES: the
 * largest matrix, which is scratch memory; 32 images of 512 channels of 7 x 7 pixels take 29 MB. */
enum { LN_TUNE_COLUMNS_BYTES = 64 << 20 };
enum { LN_TUNE_COLUMNS_PIXELS = 49, LN_TUNE_COLUMNS_ROWS = 32, LN_TUNE_COLUMNS_CHANNELS = 32 };

/* In training, minimal filtering of tiles of 4 x 4 outputs, if oneDNN has no Winograd: maps of at most 11 x 11 pixels,
 * because rows of six outputs are as fast on larger ones and take less memory; at most a third of the products of direct
 * sums (RATIO: outputs of a tile that are used, of 16), because the transformed weights are four times as large; and as
 * many tiles as a product needs to be fast. Zen 3, one thread, ResNet-18, 32 images, images/s with windows and with tiles: 64
 * pixels 73 and 88; 128 pixels 20 and 23; 96 pixels, whose maps of 6 x 6 and 3 x 3 waste much of a tile, 33 and 29, so
 * that these maps stay with the windows. BYTES: the most scratch memory of the transformed input and output. */
enum { LN_TUNE_TILES_MOST = 11, LN_TUNE_TILES_RATIO = 12, LN_TUNE_TILES_COUNT = 16 };
enum { LN_TUNE_TILES_BYTES = 64 << 20 };

/* The least number of weights for which a product of few rows wakes a second thread. The measurement was not
 * recorded. */
enum { LN_TUNE_MATVEC_PARALLEL = 1 << 16 };
/* Rows at a time: four streams, which the prefetcher follows; explicit prefetching was slower by a tenth or
 * more. */
enum { LN_TUNE_MATVEC_ROWS = 4 };

/* ---- passes over memory -------------------------------------------------------------------------------- */

/* Passes over all numbers of a tensor: numbers that a thread takes at a time; with fewer in all, a second
 * thread costs more than it gains. In bf16, numbers that are widened at a time: a few such pieces fit the
 * first-level cache. The measurements were not recorded. */
enum { LN_TUNE_NUMBERS_PART = 8192, LN_TUNE_NUMBERS_PIECE = 512 };
/* Batch normalisation. PAST: an output of at least so many bytes does not stay in the caches until it is read. Its
 * stores bypass the caches, so its old contents are not read, which saves a third of the bytes of such a pass.
 * PIECE: rows of sixteen that an activation is applied to at a time, 2 KiB in the first-level cache. */
enum { LN_TUNE_NORM_PAST = 24 << 20, LN_TUNE_NORM_PIECE = 32 };

/* ---- how work is cut (kernel/winograd_cut.h) ----------------------------------------------------------- */

/* fp32. Positions of a piece, forward and to the data. Zen 3, 256 channels, forward: 32: 34.8, 64: 25.3, 128:
 * 26.0. */
enum { LN_TUNE_WINOGRAD_POSITIONS = 64 };
/* fp32, to the weights; order. Zen 3, 96: 15.5, 15.9, 20.0; 192: 15.4, 14.5, 19.6; 384: 14.9, 14.2, 19.5. */
enum { LN_TUNE_WINOGRAD_POSITIONS_WEIGHTS = 192 };
/* fp32. Bytes of a piece's transformed input; order. Zen 3, forward: 128 KiB: 13.7, 19.7, 33.2; 256: 14.0,
 * 15.4, 32.3; 384: 12.6, 14.5, 25.3; 768: 13.9, 13.3, 21.9. It leaves room in a second-level cache of 512
 * KiB. */
enum { LN_TUNE_WINOGRAD_INPUT = 384 << 10 };

/* bf16, for processors with avx512_bf16, whose second-level cache has 1 MiB or more. Positions and bytes of a
 * piece, and bytes of a chunk of the weights' gradient, which all threads share in the third-level cache. The
 * measurements were not recorded, and such a processor was not available to repeat them. */
enum { LN_TUNE_BF16_POSITIONS = 128, LN_TUNE_BF16_PIECE = 768 << 10, LN_TUNE_BF16_CHUNK = 4 << 20 };

/* Pieces per thread above which one more or less makes little difference: an eighth at most. */
enum { LN_TUNE_PIECES_MANY = 8 };

/* ---- tiles --------------------------------------------------------------------------------------------- */

/* The batch in the lanes: channels by positions, two tiles for each set, of which the one that pads fewer
 * channels is taken. By registers: 8 x 3 + 3 + 1 and 6 x 4 + 4 + 1 of 32; 6 x 2 + 2 + 1 and 4 x 3 + 3 + 1 of
 * 16. */
#define LN_TUNE_LANES_AVX512_TALL_K 8
#define LN_TUNE_LANES_AVX512_TALL_J 3
#define LN_TUNE_LANES_AVX512_FLAT_K 6
#define LN_TUNE_LANES_AVX512_FLAT_J 4
#define LN_TUNE_LANES_TALL_K        6
#define LN_TUNE_LANES_TALL_J        2
#define LN_TUNE_LANES_FLAT_K        4
#define LN_TUNE_LANES_FLAT_J        3

/* Minimal filtering: positions of a tile that is two vectors of channels wide, and of one that is one wide.
 * By registers: 2 x 14 + 2 + 1 of 32; 2 x 6 + 2 + 1 of 16. 14 divides the positions of images of 14 and 28
 * pixels per side; for other counts 8 leaves a smaller remainder. */
#define LN_TUNE_WINOGRAD_AVX512_WIDE   8
#define LN_TUNE_WINOGRAD_AVX512_LARGE  14
#define LN_TUNE_WINOGRAD_AVX512_NARROW 16
#define LN_TUNE_WINOGRAD_WIDE          6
#define LN_TUNE_WINOGRAD_NARROW        8

/* bf16, by registers too: 14 for images of 7, 14, 28, 56, 112 and 224 pixels per side, 8 for 8, 16 and 32. */
enum { LN_TUNE_BF16_TILE = 14, LN_TUNE_BF16_SMALL_TILE = 8 };

#endif
