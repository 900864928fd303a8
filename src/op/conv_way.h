/* The ways to compute a convolution. conv.c is the layer; the first of these ways that suits its shape,
 * layouts and type computes it:
 *
 *   product        the kernel covers the whole input: a matrix product (product.h)
 *   tiles          training on small maps: minimal filtering of tiles, 3x3 in fp32
 *   winograd       rows of five taps, and of three if oneDNN has no Winograd in fp32 or a slower one
 *   lanes          few channels: the batch goes into the vector lanes
 *   winograd_bf16  rows of three taps in bf16, if that beats direct sums
 *   columns        training on small maps: the product of all windows and the weights
 *   onednn         all others: oneDNN's convolutions, direct or Winograd
 */
#ifndef LN_OP_CONV_WAY_H
#define LN_OP_CONV_WAY_H

#include "op/passes.h"

struct ln_conv_way {
    /* The parts of the epilogue that the forward pass can do; conv.c does the remainder in a separate pass.
     * adds: it adds to what the output holds (conv->sum). applies: it applies this activation (conv->act). */
    bool adds;
    bool (*applies)(const struct ln_conv_desc *conv, const struct ln_prep *prep,
                    const struct ln_activation *act);
    bool (*suits)(const struct ln_conv_desc *conv, const struct ln_prep *prep);
    /* Fills in prep's layouts, impl, scratch and reads_in, and *state, which is NULL before; after a failure
     * *state must be destroyed. */
    int (*prepare)(const struct ln_conv_desc *conv, struct ln_prep *prep, void **state);
    int (*forward)(void *state, const struct ln_args *args);
    int (*backward)(void *state, const struct ln_args *args);
    void (*destroy)(void *state); /* NULL is fine */
    /* oneDNN's passes, which may read the weights in another layout than the parameters have; NULL: kernels
     * of our own, which read the parameters as they are. */
    struct ln_passes *(*passes)(void *state);
    /* Bytes of the packed weights that the kernels read in inference; pack() computes them when the parameters
     * change. NULL: the kernels read the parameters. */
    size_t (*packed)(const void *state);
    void (*pack)(const void *state, const float *weights, void *packed);
};

extern const struct ln_conv_way ln_conv_way_product, ln_conv_way_winograd, ln_conv_way_lanes,
    ln_conv_way_winograd_bf16, ln_conv_way_tiles, ln_conv_way_columns, ln_conv_way_onednn;

/* One group, stride 1, no dilation, padded or not: what minimal filtering can do. */
bool ln_conv_is_dense(const struct ln_conv_desc *conv);
/* The same without padding: the kernel only slides. */
bool ln_conv_slides(const struct ln_conv_desc *conv);
/* The same with an output of one pixel. */
bool ln_conv_covers_input(const struct ln_conv_desc *conv);

/* For our own fp32 kernels: the weights may be plain. A plan that shares weights is given their layout. */
bool ln_conv_weights_are_plain(const struct ln_prep *prep);
/* Training in fp32 with plain weights, for which oneDNN has only direct sums, because it has no Winograd here. */
bool ln_conv_trains_by_direct_sums(const struct ln_conv_desc *conv, const struct ln_prep *prep);

/* `applies` of kernels of our own. */
bool ln_conv_only_rectifies(const struct ln_conv_desc *conv, const struct ln_prep *prep,
                            const struct ln_activation *act);
/* `applies` of products. */
bool ln_conv_applies_all(const struct ln_conv_desc *conv, const struct ln_prep *prep,
                         const struct ln_activation *act);

/* For kernels of our own: activations and weights in the given formats, biases plain. */
LN_MUST_CHECK int ln_conv_layouts(const struct ln_conv_desc *conv, enum ln_format format,
                                  enum ln_format weights, struct ln_prep *prep);

#endif
