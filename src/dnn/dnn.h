/* Kernels from oneDNN, and the memory layouts that they prefer. The only folder that includes dnnl.h.
 *
 * Describe, create, reorder if needed, run:
 *
 *     struct ln_conv_desc desc = {.src = shape, .src_layout = have, ...};
 *     struct ln_prim *fwd;
 *     LN_TRY(ln_prim_conv(dnn, LN_FORWARD, &desc, &fwd));
 *     if (ln_prim_layout(fwd, LN_ARG_SRC) != have) ... a reorder from `have` to that layout is needed ...
 *     LN_TRY(ln_prim_run(fwd, (void *[LN_ARGS]){[LN_ARG_SRC] = x, [LN_ARG_WEIGHTS] = w, [LN_ARG_DST] = y}));
 *
 * oneDNN caches compiled kernels itself (its primitive cache), so the second primitive of a kind costs
 * little. oneDNN aborts if memory is short: create all primitives before the first step.
 */
#ifndef LN_DNN_DNN_H
#define LN_DNN_DNN_H

#include "tensor/activation.h"
#include "tensor/layout.h"

struct ln_dnn; /* engine, stream, and all layouts that were requested */
LN_MUST_CHECK int ln_dnn_create(struct ln_dnn **dnn);
void ln_dnn_destroy(struct ln_dnn *dnn);
void ln_dnn_version(char *out, size_t size); /* "2.6.3": of the loaded library */
bool ln_dnn_has_winograd(void);              /* up to version 3.1, on processors with AVX-512 */
/* Does the processor have bf16 instructions (avx512_bf16, AMX)? Without them oneDNN is slower in bf16 than in
 * fp32, or has no kernels. ONEDNN_MAX_CPU_ISA=AVX512_CORE hides them. */
bool ln_dnn_has_bf16(void);
bool ln_dnn_has_amx(void); /* matrix tiles of bf16 */
/* Does the processor have 8-bit dot products (AVX512-VNNI, AVX-VNNI)? Without them a kernel adds the products of
 * two pairs in 16 bits, which saturate unless the weights of one operand stay within LN_INT8_NARROW. */
bool ln_dnn_has_vnni(void);
enum { LN_INT8_NARROW = 63 };

/* ---- layouts ------------------------------------------------------------------------------------------- */

/* A struct ln_dnn keeps one layout for each type, shape and order: equal layouts are equal pointers.
 * NULL on failure (recorded). */
const struct ln_layout *ln_layout_get(struct ln_dnn *dnn, enum ln_dtype dtype, const struct ln_shape *shape,
                                      enum ln_format format);
/* The same order for elements of another type; plain for LN_OTHER. NULL on failure (recorded). */
const struct ln_layout *ln_layout_cast(struct ln_dnn *dnn, const struct ln_layout *layout,
                                       enum ln_dtype dtype);
/* Can only oneDNN write the layout (transformed weights of its Winograd)? There is a reorder from the plain
 * layout into it, but none back. */
bool ln_layout_is_opaque(const struct ln_layout *layout);

/* ---- primitives ---------------------------------------------------------------------------------------- */

enum ln_arg {
    LN_ARG_SRC,
    LN_ARG_WEIGHTS,
    LN_ARG_BIAS,
    LN_ARG_DST,
    LN_ARG_DSRC,
    LN_ARG_DWEIGHTS,
    LN_ARG_DBIAS,
    LN_ARG_DDST,
    LN_ARG_SCRATCH, /* ln_prim_scratch bytes, undefined before and after */
    LN_ARGS
};

enum ln_pass { LN_FORWARD, LN_BACKWARD_DATA, LN_BACKWARD_WEIGHTS };

struct ln_prim;

/* A forward pass in 8 bits. x is u8 or s8 (the desc's dtype), w is s8, sums are 32-bit integers:
 *
 *   y = f(scale[k] * sum of x w + bias[k] + add_scale * y)
 *
 * rounded to the nearest integer and saturated if y is an integer. scale[k] comes with ln_prim_set_scales. The layout of
 * the weights holds sums beside them, so only a reorder from plain s8 weights writes it. */
struct ln_int8 {
    enum ln_dtype out; /* of y: u8, s8, fp32 */
    enum ln_dtype add; /* with `sum`: of the old y, as wide as the new one; */
    float add_scale;   /* and its scale */
};

/* A convolution (Goodfellow, Bengio, Courville, "Deep learning", section 9.5; cross-correlation as
 * everywhere): y[n,k,p,q] = b[k] + sum over c,r,s of x[n,c,p*stride+r*dilation-pad,q*stride+s*dilation-pad]
 * w[k,c,r,s]. A NULL layout lets oneDNN choose; a layout is of type dtype. In bf16 sums, biases and the
 * gradients of weights and biases are fp32. weights has shape [k, c/groups, r, s], or [groups, k/groups,
 * c/groups, r, s]. */
struct ln_conv_desc {
    struct ln_shape src, weights, dst;
    enum ln_dtype dtype; /* of x, y, w and the gradients of x and y */
    const struct ln_layout *src_layout, *weights_layout, *dst_layout;
    int stride[2], padding[2], padding_end[2], dilation[2]; /* h, w; dilation 1 = dense */
    bool bias;
    bool train; /* the forward pass keeps what the backward passes need */
    bool sum;   /* forward only: y is added to, not overwritten */
    /* forward only, after the sum: one that oneDNN has (eltwise), applied to y; NULL: none */
    const struct ln_activation *act;
    bool winograd;
    const struct ln_int8 *int8;    /* NULL: not in 8 bits */
    const struct ln_prim *forward; /* backward passes: the forward primitive of the same convolution */
};

/* y[n,k] = b[k] + sum over c of x[n,c] w[k,c]. */
struct ln_linear_desc {
    int64_t n, c, k;
    enum ln_dtype dtype;                    /* as above */
    const struct ln_layout *weights_layout; /* src and dst are plain */
    bool wide;                              /* y is fp32, forward only */
    bool bias, train;
    const struct ln_activation *act; /* as above */
    const struct ln_int8 *int8;      /* as above; `add` is not used */
    const struct ln_prim *forward;   /* as above */
};

LN_MUST_CHECK int ln_prim_conv(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_conv_desc *desc,
                               struct ln_prim **prim);
LN_MUST_CHECK int ln_prim_linear(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_linear_desc *desc,
                                 struct ln_prim **prim);
LN_MUST_CHECK int ln_prim_reorder(struct ln_dnn *dnn, const struct ln_layout *from,
                                  const struct ln_layout *to, struct ln_prim **prim);
/* The same with every number multiplied by `scale`, then rounded and saturated if `to` is of integers. */
LN_MUST_CHECK int ln_prim_reorder_scaled(struct ln_dnn *dnn, const struct ln_layout *from,
                                         const struct ln_layout *to, float scale, struct ln_prim **prim);
void ln_prim_destroy(struct ln_prim *prim); /* NULL is fine */

/* A primitive in 8 bits runs only after it has its scales: [k], copied. In version 2 this compiles the kernel. */
LN_MUST_CHECK int ln_prim_set_scales(struct ln_prim *prim, const float *scales, int64_t k);
/* Puts bias[k] in the form that the primitive reads, for these scales: version 2 scales the bias too. */
void ln_int8_bias(const float *scales, float *bias, int64_t k);

const struct ln_layout *ln_prim_layout(const struct ln_prim *prim,
                                       enum ln_arg arg); /* NULL: not an argument */
size_t ln_prim_scratch(const struct ln_prim *prim);
const char *ln_prim_impl(const struct ln_prim *prim);  /* "jit:avx512_core" */
bool ln_prim_is_reference(const struct ln_prim *prim); /* the slow fallback */

/* data[arg] is set for every argument with a layout. Returns when the primitive has run. */
LN_MUST_CHECK int ln_prim_run(struct ln_prim *prim, void *const data[LN_ARGS]);

/* Copies between layouts of the same shape, at once: for loading, saving and tests. It may convert the
 * type. */
LN_MUST_CHECK int ln_reorder(struct ln_dnn *dnn, const struct ln_layout *from, const void *src,
                             const struct ln_layout *to, void *dst);

#endif
