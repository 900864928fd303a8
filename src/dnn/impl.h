/* Private to src/dnn. The differences between oneDNN 2.6 and 3.x are behind these functions (v2.c, v3.c);
 * memory descriptors are pointers in both.
 */
#ifndef LN_DNN_IMPL_H
#define LN_DNN_IMPL_H

#include "dnn/dnn.h"
#include "dnn/winograd_weights.h"
#include <dnnl.h>

#if DNNL_VERSION_MAJOR < 3
typedef const dnnl_memory_desc_t *ln_md;
#else
typedef const_dnnl_memory_desc_t ln_md;
#endif

/* A layout and oneDNN's descriptor: every struct ln_layout is the first member of one. */
struct ln_dnn_layout {
    struct ln_layout layout;
    ln_md md;
};
ln_md ln_layout_md(const struct ln_layout *layout);

struct ln_dnn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    struct ln_dnn_layout **layouts; /* interned */
    size_t layout_count, layout_capacity;
};

/* The parts of a blocked layout. nChw8c of the shape [2, 20, 5, 5]: dim as the shape, blocks 1, block {8},
 * block_dim {1}, stride {600, 200, 40, 8}: the third of its blocks of channels is padded from 4 to 8. */
struct ln_blocking {
    int rank, blocks;
    int64_t dim[LN_RANK_MAX], stride[LN_RANK_MAX];
    int64_t block[LN_RANK_MAX], block_dim[LN_RANK_MAX];
};

enum { LN_DNN_RANK_MAX = 5 };

struct ln_prim {
    dnnl_primitive_t primitive;
    const struct ln_layout *layout[LN_ARGS];
    dnnl_memory_t memory[LN_ARGS];
    void *data[LN_ARGS]; /* the memory objects' addresses */
    dnnl_stream_t stream;
    size_t scratch;
    char impl[32];
    /* In 8 bits. Version 2 compiles the scales into the primitive, which is created from pd once they are known; version 3
     * reads them from memory in each run. */
    dnnl_engine_t engine;
    dnnl_primitive_desc_t pd;
    dnnl_memory_t scales; /* NULL: none */
    int scales_arg;
    float *scale_values; /* what `scales` holds */
    bool transforms;     /* a reorder that ln_winograd_weights does; `primitive` is NULL */
    struct ln_winograd_layout winograd;
};

/* The primitive's descriptor, as a hint for a backward one; NULL if prim is NULL. */
const_dnnl_primitive_desc_t ln_prim_pd(const struct ln_prim *prim);

/* As ln_prim_reorder, but always by oneDNN, never by ln_winograd_weights. */
LN_MUST_CHECK int ln_prim_reorder_by_onednn(struct ln_dnn *dnn, const struct ln_layout *from,
                                            const struct ln_layout *to, struct ln_prim **prim);

/* The layout of a descriptor, interned; NULL on failure (recorded). */
const struct ln_layout *ln_layout_of(struct ln_dnn *dnn, ln_md md);

/* Attributes: scratch memory comes from the caller; with `sum` the result is added to the output; then `act` is
 * applied, NULL for none. */
dnnl_status_t ln_attr_create(bool sum, const struct ln_activation *act, dnnl_primitive_attr_t *attr);

/* The same in 8 bits, for weights of this rank (4 without groups, 5 with; 2: a matrix) and k outputs. */
dnnl_status_t ln_attr_create_int8(const struct ln_int8 *int8, bool sum, const struct ln_activation *act,
                                  int rank, int64_t k, dnnl_primitive_attr_t *attr);
/* Copies n scales to the memory from which oneDNN 3 reads them, as argument `arg`. */
int ln_prim_keep_scales(struct ln_prim *prim, int arg, const float *scales, int64_t n);
dnnl_data_type_t ln_dnn_type(enum ln_dtype dtype);

/* LINNET_OK, or the recorded failure of a oneDNN call. */
int ln_dnn_check(dnnl_status_t status, const char *what);

/* v2.c, v3.c. A new descriptor is freed with ln_md_destroy. */
dnnl_status_t ln_md_create(int rank, const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag,
                           ln_md *md);
dnnl_status_t ln_md_clone(ln_md md, ln_md *copy);
void ln_md_destroy(ln_md md);
dnnl_data_type_t ln_md_type(ln_md md);
bool ln_md_blocking(ln_md md,
                    struct ln_blocking *b); /* false: an opaque layout; rank and dims are filled anyway */
bool ln_md_winograd(ln_md md, struct ln_winograd_layout *layout); /* false: Linnet cannot write this layout */
dnnl_status_t ln_post_ops_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha, float beta);
dnnl_status_t ln_post_ops_sum(dnnl_post_ops_t ops);
dnnl_status_t ln_post_ops_sum_of(dnnl_post_ops_t ops, float scale, dnnl_data_type_t type);
/* Declares scales of the k outputs, for weights of this rank; their values come later. */
dnnl_status_t ln_attr_scales(dnnl_primitive_attr_t attr, int rank, int64_t k);
/* One scale, known now. *later: the argument as which ln_prim_keep_scales must pass it; 0: the attribute holds it. */
dnnl_status_t ln_attr_scale(dnnl_primitive_attr_t attr, float scale, int *later);
bool ln_pd_waits_for_scales(void); /* the primitive can only be created with its scales */

/* A primitive's descriptor. src, weights, bias and dst describe gradients if the pass reads or writes those. */
dnnl_status_t ln_pd_conv(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_conv_desc *desc, ln_md src,
                         ln_md weights, ln_md bias, ln_md dst, dnnl_primitive_attr_t attr,
                         dnnl_primitive_desc_t *pd);
dnnl_status_t ln_pd_linear(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_linear_desc *desc,
                           ln_md src, ln_md weights, ln_md bias, ln_md dst, dnnl_primitive_attr_t attr,
                           dnnl_primitive_desc_t *pd);

#endif
