/* Primitives: made from a description, queried for their layouts, run on plain pointers.
 *
 * A primitive keeps one memory object for each argument and sets the object's address at every run. So oneDNN's
 * objects stay in this folder, and a plan consists of addresses.
 *
 * Creating a primitive generates code for its shapes, which takes milliseconds. All primitives of a plan are made
 * before the first step, so that steps only run them.
 */
#include "base/alloc.h"
#include "dnn/impl.h"

#include <stdio.h>
#include <string.h>

/* The query for the layout of each argument, and the argument's number in an execution. */
static const struct {
    dnnl_query_t query;
    int index, arg;
} arg_table[LN_ARGS] = {
    [LN_ARG_SRC] = {dnnl_query_src_md, 0, DNNL_ARG_SRC},
    [LN_ARG_WEIGHTS] = {dnnl_query_weights_md, 0, DNNL_ARG_WEIGHTS},
    [LN_ARG_BIAS] = {dnnl_query_weights_md, 1, DNNL_ARG_BIAS},
    [LN_ARG_DST] = {dnnl_query_dst_md, 0, DNNL_ARG_DST},
    [LN_ARG_DSRC] = {dnnl_query_diff_src_md, 0, DNNL_ARG_DIFF_SRC},
    [LN_ARG_DWEIGHTS] = {dnnl_query_diff_weights_md, 0, DNNL_ARG_DIFF_WEIGHTS},
    [LN_ARG_DBIAS] = {dnnl_query_diff_weights_md, 1, DNNL_ARG_DIFF_BIAS},
    [LN_ARG_DDST] = {dnnl_query_diff_dst_md, 0, DNNL_ARG_DIFF_DST},
    [LN_ARG_SCRATCH] = {dnnl_query_scratchpad_md, 0, DNNL_ARG_SCRATCHPAD},
};

/* The arguments that each pass takes; a reorder is a forward pass without weights. The query alone is not
 * enough: for some passes oneDNN also describes arguments that it does not read. */
static bool takes(enum ln_pass pass, int arg) {
    switch (pass) {
    case LN_FORWARD: return arg <= LN_ARG_DST;
    case LN_BACKWARD_DATA: return arg == LN_ARG_WEIGHTS || arg == LN_ARG_DSRC || arg == LN_ARG_DDST;
    case LN_BACKWARD_WEIGHTS:
        return arg == LN_ARG_SRC || arg == LN_ARG_DWEIGHTS || arg == LN_ARG_DBIAS || arg == LN_ARG_DDST;
    }
    return false;
}

static int bind(struct ln_prim *prim, struct ln_dnn *dnn, const_dnnl_primitive_desc_t pd, enum ln_pass pass) {
    for (int arg = 0; arg < LN_ARGS; arg++) {
        /* An argument without a layout does not exist in this pass, such as the bias of a layer without bias. */
        if (arg != LN_ARG_SCRATCH && !takes(pass, arg)) continue;
        ln_md md = dnnl_primitive_desc_query_md(pd, arg_table[arg].query, arg_table[arg].index);
        if (!md || dnnl_memory_desc_get_size(md) == 0) continue;
        if (arg == LN_ARG_SCRATCH)
            prim->scratch = dnnl_memory_desc_get_size(md);
        else if (!(prim->layout[arg] = ln_layout_of(dnn, md)))
            return LINNET_ERR_LIMIT;
        LN_TRY(ln_dnn_check(dnnl_memory_create(&prim->memory[arg], md, dnn->engine, DNNL_MEMORY_NONE),
                            "memory"));
    }
    return LINNET_OK;
}

/* Takes pd. scaled: ln_prim_set_scales follows. */
static int prim_create(struct ln_dnn *dnn, enum ln_pass pass, dnnl_primitive_desc_t pd, bool scaled,
                       struct ln_prim **out) {
    struct ln_prim *prim = ln_calloc(1, sizeof *prim);
    const bool waits = scaled && ln_pd_waits_for_scales();
    int status = prim ? LINNET_OK : LINNET_ERR_LIMIT;
    if (prim && !waits) status = ln_dnn_check(dnnl_primitive_create(&prim->primitive, pd), "primitive");
    if (status == LINNET_OK) {
        const char *impl = "";
        dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &impl);
        snprintf(prim->impl, sizeof prim->impl, "%s", impl);
        prim->stream = dnn->stream;
        prim->engine = dnn->engine;
        status = bind(prim, dnn, pd, pass);
    }
    if (prim && waits)
        prim->pd = pd;
    else
        dnnl_primitive_desc_destroy(pd);
    if (status != LINNET_OK) {
        ln_prim_destroy(prim);
        return status;
    }
    *out = prim;
    return LINNET_OK;
}

/* The requested layout, or "any" for the shape. */
static ln_md wanted(struct ln_dnn *dnn, const struct ln_layout *layout, enum ln_dtype dtype,
                    const struct ln_shape *shape) {
    if (!layout) layout = ln_layout_get(dnn, dtype, shape, LN_ANY);
    return layout ? ln_layout_md(layout) : NULL;
}

static ln_md plain(struct ln_dnn *dnn, enum ln_dtype dtype, const struct ln_shape *shape) {
    const struct ln_layout *layout = ln_layout_get(dnn, dtype, shape, LN_PLAIN);
    return layout ? ln_layout_md(layout) : NULL;
}

/* The type of the weights, or of their gradient: the gradient stays fp32, because the optimiser adds many
 * small numbers. */
static enum ln_dtype weights_dtype(enum ln_pass pass, enum ln_dtype dtype) {
    return pass == LN_BACKWARD_WEIGHTS ? LN_F32 : dtype;
}

int ln_prim_conv(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_conv_desc *d, struct ln_prim **prim) {
    struct ln_shape bias_shape = ln_shape_of(d->dst.dim[1]);
    ln_md src = wanted(dnn, d->src_layout, d->dtype, &d->src),
          weights =
              wanted(dnn, d->weights_layout, d->int8 ? LN_I8 : weights_dtype(pass, d->dtype), &d->weights),
          dst = wanted(dnn, d->dst_layout, d->int8 ? d->int8->out : d->dtype, &d->dst),
          bias = d->bias ? plain(dnn, LN_F32, &bias_shape) : NULL;
    if (!src || !weights || !dst || (d->bias && !bias)) return LINNET_ERR_LIMIT;
    bool forward = pass == LN_FORWARD;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd;
    const bool sum = forward && d->sum;
    const struct ln_activation *act = forward ? d->act : NULL;
    LN_TRY(ln_dnn_check(d->int8
                            ? ln_attr_create_int8(d->int8, sum, act, d->weights.rank, d->dst.dim[1], &attr)
                            : ln_attr_create(sum, act, &attr),
                        "attributes"));
    dnnl_status_t status = ln_pd_conv(dnn, pass, d, src, weights, bias, dst, attr, &pd);
    dnnl_primitive_attr_destroy(attr);
    LN_TRY(ln_dnn_check(status, "convolution"));
    return prim_create(dnn, pass, pd, d->int8, prim);
}

int ln_prim_linear(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_linear_desc *d,
                   struct ln_prim **prim) {
    struct ln_shape src_shape = ln_shape_of(d->n, d->c), dst_shape = ln_shape_of(d->n, d->k);
    struct ln_shape weights_shape = ln_shape_of(d->k, d->c), bias_shape = ln_shape_of(d->k);
    ln_md src = plain(dnn, d->dtype, &src_shape),
          dst = plain(dnn,
                      d->int8                         ? d->int8->out
                      : d->wide && pass == LN_FORWARD ? LN_F32
                                                      : d->dtype,
                      &dst_shape),
          weights =
              wanted(dnn, d->weights_layout, d->int8 ? LN_I8 : weights_dtype(pass, d->dtype), &weights_shape),
          bias = d->bias ? plain(dnn, LN_F32, &bias_shape) : NULL;
    if (!src || !weights || !dst || (d->bias && !bias)) return LINNET_ERR_LIMIT;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd;
    const struct ln_activation *act = pass == LN_FORWARD ? d->act : NULL;
    LN_TRY(ln_dnn_check(d->int8 ? ln_attr_create_int8(d->int8, false, act, weights_shape.rank, d->k, &attr)
                                : ln_attr_create(false, act, &attr),
                        "attributes"));
    dnnl_status_t status = ln_pd_linear(dnn, pass, d, src, weights, bias, dst, attr, &pd);
    dnnl_primitive_attr_destroy(attr);
    LN_TRY(ln_dnn_check(status, "inner product"));
    return prim_create(dnn, pass, pd, d->int8, prim);
}

static int transform_create(const struct ln_layout *from, const struct ln_layout *to,
                            const struct ln_winograd_layout *winograd, struct ln_prim **out) {
    struct ln_prim *prim = *out = ln_calloc(1, sizeof *prim);
    if (!prim) return LINNET_ERR_LIMIT;
    prim->layout[LN_ARG_SRC] = from;
    prim->layout[LN_ARG_DST] = to;
    prim->transforms = true;
    prim->winograd = *winograd;
    snprintf(prim->impl, sizeof prim->impl, "own");
    return LINNET_OK;
}

int ln_prim_reorder(struct ln_dnn *dnn, const struct ln_layout *from, const struct ln_layout *to,
                    struct ln_prim **prim) {
    struct ln_winograd_layout winograd;
    if (from->dtype == LN_F32 && from->format == LN_PLAIN && ln_md_winograd(ln_layout_md(to), &winograd))
        return transform_create(from, to, &winograd, prim);
    return ln_prim_reorder_by_onednn(dnn, from, to, prim);
}

int ln_prim_reorder_by_onednn(struct ln_dnn *dnn, const struct ln_layout *from, const struct ln_layout *to,
                              struct ln_prim **prim) {
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd;
    LN_TRY(ln_dnn_check(ln_attr_create(false, NULL, &attr), "attributes"));
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(&pd, ln_layout_md(from), dnn->engine,
                                                              ln_layout_md(to), dnn->engine, attr);
    dnnl_primitive_attr_destroy(attr);
    LN_TRY(ln_dnn_check(status, "reorder"));
    return prim_create(dnn, LN_FORWARD, pd, false, prim);
}

int ln_prim_reorder_scaled(struct ln_dnn *dnn, const struct ln_layout *from, const struct ln_layout *to,
                           float scale, struct ln_prim **prim) {
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd = NULL;
    int later = 0;
    LN_TRY(ln_dnn_check(ln_attr_create(false, NULL, &attr), "attributes"));
    dnnl_status_t status = ln_attr_scale(attr, scale, &later);
    if (status == dnnl_success)
        status = dnnl_reorder_primitive_desc_create(&pd, ln_layout_md(from), dnn->engine, ln_layout_md(to),
                                                    dnn->engine, attr);
    dnnl_primitive_attr_destroy(attr);
    LN_TRY(ln_dnn_check(status, "reorder"));
    LN_TRY(prim_create(dnn, LN_FORWARD, pd, false, prim));
    const int kept = later ? ln_prim_keep_scales(*prim, later, &scale, 1) : LINNET_OK;
    if (kept == LINNET_OK) return LINNET_OK;
    ln_prim_destroy(*prim);
    *prim = NULL;
    return kept;
}

int ln_prim_keep_scales(struct ln_prim *prim, int arg, const float *scales, int64_t n) {
    if (!prim->scales) {
        const dnnl_dims_t dims = {n};
        ln_md md;
        prim->scale_values = ln_alloc((size_t)n * sizeof *scales);
        if (!prim->scale_values) return LINNET_ERR_LIMIT;
        LN_TRY(ln_dnn_check(ln_md_create(1, dims, dnnl_f32, dnnl_a, &md), "scales"));
        dnnl_status_t status = dnnl_memory_create(&prim->scales, md, prim->engine, prim->scale_values);
        ln_md_destroy(md);
        LN_TRY(ln_dnn_check(status, "scales"));
    }
    prim->scales_arg = arg;
    memcpy(prim->scale_values, scales, (size_t)n * sizeof *scales);
    return LINNET_OK;
}

void ln_prim_destroy(struct ln_prim *prim) {
    if (!prim) return;
    for (int arg = 0; arg < LN_ARGS; arg++)
        if (prim->memory[arg]) dnnl_memory_destroy(prim->memory[arg]);
    if (prim->primitive) dnnl_primitive_destroy(prim->primitive);
    if (prim->pd) dnnl_primitive_desc_destroy(prim->pd);
    if (prim->scales) dnnl_memory_destroy(prim->scales);
    ln_free(prim->scale_values);
    ln_free(prim);
}

const_dnnl_primitive_desc_t ln_prim_pd(const struct ln_prim *prim) {
    const_dnnl_primitive_desc_t pd = NULL;
    if (prim) dnnl_primitive_get_primitive_desc(prim->primitive, &pd);
    return pd;
}

const struct ln_layout *ln_prim_layout(const struct ln_prim *prim, enum ln_arg arg) {
    return prim->layout[arg];
}

size_t ln_prim_scratch(const struct ln_prim *prim) {
    return prim->scratch;
}

const char *ln_prim_impl(const struct ln_prim *prim) {
    return prim->impl;
}

/* oneDNN's plain loops are called "ref:any". They are many times slower, so callers try another description
 * first. */
bool ln_prim_is_reference(const struct ln_prim *prim) {
    return strncmp(prim->impl, "ref", 3) == 0;
}

int ln_prim_run(struct ln_prim *prim, void *const data[LN_ARGS]) {
    dnnl_exec_arg_t args[LN_ARGS + 1];
    int count = 0;
    if (prim->transforms) {
        ln_winograd_weights(&prim->winograd, data[LN_ARG_SRC], data[LN_ARG_DST]);
        return LINNET_OK;
    }
    for (int arg = 0; arg < LN_ARGS; arg++) {
        if (!prim->memory[arg]) continue;
        if (prim->data[arg] != data[arg]) /* 2.6 zeroes the padding whenever an address is set */
            LN_TRY(ln_dnn_check(dnnl_memory_set_data_handle(prim->memory[arg], data[arg]), "argument"));
        prim->data[arg] = data[arg];
        args[count++] = (dnnl_exec_arg_t){arg_table[arg].arg, prim->memory[arg]};
    }
    if (prim->scales) args[count++] = (dnnl_exec_arg_t){prim->scales_arg, prim->scales};
    LN_TRY(ln_dnn_check(dnnl_primitive_execute(prim->primitive, prim->stream, count, args), prim->impl));
    return ln_dnn_check(dnnl_stream_wait(prim->stream), prim->impl);
}

int ln_reorder(struct ln_dnn *dnn, const struct ln_layout *from, const void *src, const struct ln_layout *to,
               void *dst) {
    if (from == to) {
        memcpy(dst, src, from->bytes);
        return LINNET_OK;
    }
    struct ln_prim *prim;
    LN_TRY(ln_prim_reorder(dnn, from, to, &prim));
    void *scratch = prim->scratch ? ln_alloc(prim->scratch) : NULL;
    int status = prim->scratch && !scratch ? LINNET_ERR_LIMIT : LINNET_OK;
    if (status == LINNET_OK)
        status = ln_prim_run(
            prim,
            (void *[LN_ARGS]){[LN_ARG_SRC] = (void *)src, [LN_ARG_DST] = dst, [LN_ARG_SCRATCH] = scratch});
    ln_free(scratch);
    ln_prim_destroy(prim);
    return status;
}
