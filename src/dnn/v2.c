/* oneDNN 2.x: an operation descriptor makes a primitive descriptor; memory descriptors are plain structs.
 * They are copied to the heap here, so that ln_md is a pointer in both versions. With oneDNN 3.x this file
 * is empty, and v3.c is compiled. */
#include "base/alloc.h"
#include "dnn/impl.h"

#if DNNL_VERSION_MAJOR < 3

#include <string.h>

dnnl_status_t ln_md_create(int rank, const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag,
                           ln_md *md) {
    dnnl_memory_desc_t d;
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&d, rank, dims, type, tag);
    return status == dnnl_success ? ln_md_clone(&d, md) : status;
}

dnnl_status_t ln_md_clone(ln_md md, ln_md *copy) {
    dnnl_memory_desc_t *d = ln_alloc(sizeof *d);
    if (!d) return dnnl_out_of_memory;
    memcpy(d, md, sizeof *d);
    *copy = d;
    return dnnl_success;
}

void ln_md_destroy(ln_md md) {
    ln_free((void *)md);
}

dnnl_data_type_t ln_md_type(ln_md md) {
    return md->data_type;
}

bool ln_md_blocking(ln_md md, struct ln_blocking *b) {
    memset(b, 0, sizeof *b);
    b->rank = md->ndims;
    for (int i = 0; i < md->ndims; i++) b->dim[i] = md->dims[i];
    /* extra: the buffer holds more than the elements, such as sums for int8. Only oneDNN can fill it. */
    if (md->format_kind != dnnl_blocked || md->extra.flags) return false;
    const dnnl_blocking_desc_t *from = &md->format_desc.blocking;
    for (int i = 0; i < md->ndims; i++) b->stride[i] = from->strides[i];
    b->blocks = from->inner_nblks;
    for (int i = 0; i < from->inner_nblks && i < LN_RANK_MAX; i++) {
        b->block[i] = from->inner_blks[i];
        b->block_dim[i] = from->inner_idxs[i];
    }
    return true;
}

/* Three of oneDNN's four layouts; the fourth is for 8 bits. In their names a stands for the numbers of a transformed kernel, O and
 * I for blocks of outputs and inputs, B for groups of blocks, o and i for outputs and inputs within a block. */
bool ln_md_winograd(ln_md md, struct ln_winograd_layout *layout) {
    if (md->format_kind != dnnl_format_kind_wino || md->data_type != dnnl_f32 || md->ndims != 4) return false;
    const dnnl_wino_desc_t *from = &md->format_desc.wino_desc;
    const dnnl_wino_memory_format_t format = from->wino_format;
    const bool large = format == dnnl_wino_wei_OBaaIBOIio && from->alpha == 6,
               grouped = format == dnnl_wino_wei_aaOBiOo && from->alpha == 4,
               single = format == dnnl_wino_wei_aaOio && from->alpha == 4;
    if ((!large && !grouped && !single) || from->r != 3 || from->oc_block != LN_WINOGRAD_LANES) return false;
    *layout = (struct ln_winograd_layout){
        .alpha = from->alpha,
        .k = md->dims[0],
        .c = md->dims[1],
        .k_blocks = from->oc / from->oc_block,
        .c_all = from->ic,
        .c_block = from->ic_block,
        .k_group = single ? 1 : from->oc2_block,
        .c_group = large ? from->ic2_block : 1,
        .outputs_first = large,
    };
    return true;
}

dnnl_status_t ln_post_ops_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha, float beta) {
    return dnnl_post_ops_append_eltwise(ops, 1.0F, alg, alpha, beta);
}

dnnl_status_t ln_post_ops_sum(dnnl_post_ops_t ops) {
    return dnnl_post_ops_append_sum(ops, 1.0F);
}

dnnl_status_t ln_post_ops_sum_of(dnnl_post_ops_t ops, float scale, dnnl_data_type_t type) {
    return dnnl_post_ops_append_sum_v2(ops, scale, type);
}

/* Most of 2.6's kernels take no scales at run time, so these are placeholders. */
dnnl_status_t ln_attr_scales(dnnl_primitive_attr_t attr, int rank, int64_t k) {
    float *ones = ln_alloc((size_t)k * sizeof *ones);
    if (!ones) return dnnl_out_of_memory;
    for (int64_t i = 0; i < k; i++) ones[i] = 1;
    dnnl_status_t status = dnnl_primitive_attr_set_output_scales(attr, k, 1 << 1, ones);
    ln_free(ones);
    return status;
}

dnnl_status_t ln_attr_scale(dnnl_primitive_attr_t attr, float scale, int *later) {
    *later = 0;
    return dnnl_primitive_attr_set_output_scales(attr, 1, 0, &scale);
}

bool ln_pd_waits_for_scales(void) {
    return true;
}

/* The description that prim->pd was made from, with these scales in the attributes. */
static dnnl_status_t create_scaled(struct ln_prim *prim, const float *scales, int64_t k,
                                   dnnl_primitive_t *primitive) {
    const_dnnl_primitive_attr_t placeholders;
    const_dnnl_op_desc_t op;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = dnnl_primitive_desc_get_attr(prim->pd, &placeholders);
    if (status == dnnl_success) status = dnnl_primitive_desc_query(prim->pd, dnnl_query_op_d, 0, &op);
    if (status == dnnl_success) status = dnnl_primitive_attr_clone(&attr, placeholders);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_attr_set_output_scales(attr, k, 1 << 1, scales);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(&pd, op, attr, prim->engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_create(primitive, pd);
    dnnl_primitive_desc_destroy(pd);
    return status;
}

int ln_prim_set_scales(struct ln_prim *prim, const float *scales, int64_t k) {
    dnnl_primitive_t primitive = NULL;
    LN_TRY(ln_dnn_check(create_scaled(prim, scales, k, &primitive), "scales"));
    if (prim->primitive) dnnl_primitive_destroy(prim->primitive);
    prim->primitive = primitive;
    return LINNET_OK;
}

/* 2.6 computes scale (sum + bias). */
void ln_int8_bias(const float *scales, float *bias, int64_t k) {
    for (int64_t i = 0; i < k; i++) bias[i] /= scales[i];
}

dnnl_status_t ln_pd_conv(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_conv_desc *d, ln_md src,
                         ln_md weights, ln_md bias, ln_md dst, dnnl_primitive_attr_t attr,
                         dnnl_primitive_desc_t *pd) {
    dnnl_alg_kind_t alg = d->winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
    /* oneDNN counts dilation from 0 (dense), PyTorch and this library from 1. */
    dnnl_dims_t stride = {d->stride[0], d->stride[1]}, dilation = {d->dilation[0] - 1, d->dilation[1] - 1};
    dnnl_dims_t left = {d->padding[0], d->padding[1]}, right = {d->padding_end[0], d->padding_end[1]};
    dnnl_convolution_desc_t op;
    dnnl_status_t status;
    if (pass == LN_FORWARD)
        status = dnnl_dilated_convolution_forward_desc_init(
            &op, d->train ? dnnl_forward_training : dnnl_forward_inference, alg, src, weights, bias, dst,
            stride, dilation, left, right);
    else if (pass == LN_BACKWARD_DATA)
        status = dnnl_dilated_convolution_backward_data_desc_init(&op, alg, src, weights, dst, stride,
                                                                  dilation, left, right);
    else
        status = dnnl_dilated_convolution_backward_weights_desc_init(&op, alg, src, weights, bias, dst,
                                                                     stride, dilation, left, right);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(pd, &op, attr, dnn->engine, ln_prim_pd(d->forward));
}

dnnl_status_t ln_pd_linear(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_linear_desc *d, ln_md src,
                           ln_md weights, ln_md bias, ln_md dst, dnnl_primitive_attr_t attr,
                           dnnl_primitive_desc_t *pd) {
    dnnl_inner_product_desc_t op;
    dnnl_status_t status;
    if (pass == LN_FORWARD)
        status = dnnl_inner_product_forward_desc_init(
            &op, d->train ? dnnl_forward_training : dnnl_forward_inference, src, weights, bias, dst);
    else if (pass == LN_BACKWARD_DATA)
        status = dnnl_inner_product_backward_data_desc_init(&op, src, weights, dst);
    else
        status = dnnl_inner_product_backward_weights_desc_init(&op, src, weights, bias, dst);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(pd, &op, attr, dnn->engine, ln_prim_pd(d->forward));
}

#endif
