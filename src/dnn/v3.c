/* oneDNN 3.x: primitive descriptors are made directly; memory descriptors are opaque objects with queries. */
#include "dnn/impl.h"

#if DNNL_VERSION_MAJOR >= 3

#include <string.h>

dnnl_status_t ln_md_create(int rank, const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag,
                           ln_md *md) {
    dnnl_memory_desc_t d;
    dnnl_status_t status = dnnl_memory_desc_create_with_tag(&d, rank, dims, type, tag);
    if (status == dnnl_success) *md = d;
    return status;
}

dnnl_status_t ln_md_clone(ln_md md, ln_md *copy) {
    dnnl_memory_desc_t d;
    dnnl_status_t status = dnnl_memory_desc_clone(&d, md);
    if (status == dnnl_success) *copy = d;
    return status;
}

void ln_md_destroy(ln_md md) {
    if (md) dnnl_memory_desc_destroy((dnnl_memory_desc_t)md);
}

dnnl_data_type_t ln_md_type(ln_md md) {
    dnnl_data_type_t type = dnnl_data_type_undef;
    dnnl_memory_desc_query(md, dnnl_query_data_type, &type);
    return type;
}

bool ln_md_blocking(ln_md md, struct ln_blocking *b) {
    memset(b, 0, sizeof *b);
    int64_t(*dims)[DNNL_MAX_NDIMS], (*strides)[DNNL_MAX_NDIMS], (*blocks)[DNNL_MAX_NDIMS],
        (*idxs)[DNNL_MAX_NDIMS];
    dnnl_format_kind_t kind;
    dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &b->rank);
    dnnl_memory_desc_query(md, dnnl_query_dims, &dims);
    dnnl_memory_desc_query(md, dnnl_query_format_kind, &kind);
    for (int i = 0; i < b->rank; i++) b->dim[i] = (*dims)[i];
    if (kind != dnnl_blocked) return false;
    dnnl_memory_desc_query(md, dnnl_query_strides, &strides);
    dnnl_memory_desc_query(md, dnnl_query_inner_nblks_s32, &b->blocks);
    dnnl_memory_desc_query(md, dnnl_query_inner_blks, &blocks);
    dnnl_memory_desc_query(md, dnnl_query_inner_idxs, &idxs);
    for (int i = 0; i < b->rank; i++) b->stride[i] = (*strides)[i];
    for (int i = 0; i < b->blocks && i < LN_RANK_MAX; i++) {
        b->block[i] = (*blocks)[i];
        b->block_dim[i] = (*idxs)[i];
    }
    return true;
}

/* The layouts of versions 3.0 and 3.1 cannot be read from outside. */
bool ln_md_winograd(ln_md md, struct ln_winograd_layout *layout) {
    return false;
}

dnnl_status_t ln_post_ops_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha, float beta) {
    return dnnl_post_ops_append_eltwise(ops, alg, alpha, beta);
}

dnnl_status_t ln_post_ops_sum(dnnl_post_ops_t ops) {
    return dnnl_post_ops_append_sum(ops, 1.0F, 0, dnnl_data_type_undef);
}

dnnl_status_t ln_post_ops_sum_of(dnnl_post_ops_t ops, float scale, dnnl_data_type_t type) {
    return dnnl_post_ops_append_sum(ops, scale, 0, type);
}

/* Scales of the weights: one for each output channel, which spans two dimensions of grouped weights. */
dnnl_status_t ln_attr_scales(dnnl_primitive_attr_t attr, int rank, int64_t k) {
    return dnnl_primitive_attr_set_scales_mask(attr, DNNL_ARG_WEIGHTS, rank == 5 ? 3 : 1);
}

dnnl_status_t ln_attr_scale(dnnl_primitive_attr_t attr, float scale, int *later) {
    *later = DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC;
    return dnnl_primitive_attr_set_scales_mask(attr, DNNL_ARG_SRC, 0);
}

bool ln_pd_waits_for_scales(void) {
    return false;
}

int ln_prim_set_scales(struct ln_prim *prim, const float *scales, int64_t k) {
    return ln_prim_keep_scales(prim, DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, scales, k);
}

/* 3.x computes scale sum + bias. */
void ln_int8_bias(const float *scales, float *bias, int64_t k) {}

dnnl_status_t ln_pd_conv(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_conv_desc *d, ln_md src,
                         ln_md weights, ln_md bias, ln_md dst, dnnl_primitive_attr_t attr,
                         dnnl_primitive_desc_t *pd) {
    dnnl_alg_kind_t alg = d->winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
    /* oneDNN counts dilation from 0 (dense), PyTorch and this library from 1. */
    dnnl_dims_t stride = {d->stride[0], d->stride[1]}, dilation = {d->dilation[0] - 1, d->dilation[1] - 1};
    dnnl_dims_t left = {d->padding[0], d->padding[1]}, right = {d->padding_end[0], d->padding_end[1]};
    /* oneDNN asks for the forward primitive as a hint, because both passes must agree on the workspace and
     * layouts. */
    const_dnnl_primitive_desc_t hint = ln_prim_pd(d->forward);
    if (pass == LN_FORWARD)
        return dnnl_convolution_forward_primitive_desc_create(
            pd, dnn->engine, d->train ? dnnl_forward_training : dnnl_forward_inference, alg, src, weights,
            bias, dst, stride, dilation, left, right, attr);
    if (pass == LN_BACKWARD_DATA)
        return dnnl_convolution_backward_data_primitive_desc_create(
            pd, dnn->engine, alg, src, weights, dst, stride, dilation, left, right, hint, attr);
    return dnnl_convolution_backward_weights_primitive_desc_create(
        pd, dnn->engine, alg, src, weights, bias, dst, stride, dilation, left, right, hint, attr);
}

dnnl_status_t ln_pd_linear(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_linear_desc *d, ln_md src,
                           ln_md weights, ln_md bias, ln_md dst, dnnl_primitive_attr_t attr,
                           dnnl_primitive_desc_t *pd) {
    const_dnnl_primitive_desc_t hint = ln_prim_pd(d->forward);
    if (pass == LN_FORWARD)
        return dnnl_inner_product_forward_primitive_desc_create(
            pd, dnn->engine, d->train ? dnnl_forward_training : dnnl_forward_inference, src, weights, bias,
            dst, attr);
    if (pass == LN_BACKWARD_DATA)
        return dnnl_inner_product_backward_data_primitive_desc_create(pd, dnn->engine, src, weights, dst,
                                                                      hint, attr);
    return dnnl_inner_product_backward_weights_primitive_desc_create(pd, dnn->engine, src, weights, bias, dst,
                                                                     hint, attr);
}

#endif
