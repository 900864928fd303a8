/* Primitives: made from a description, queried for their layouts, run on plain pointers.
 *
 * Each keeps one memory object for each argument, and sets its address at every run. So the objects of oneDNN
 * stay in this folder, and a plan consists of addresses.
 *
 * Creating one generates code for its shapes, which takes milliseconds. All primitives of a plan are made
 * before the first step, which then only runs them.
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

/* The arguments that each pass takes; a reorder is a forward pass without weights. The query alone would not
 * do: for some passes oneDNN also describes arguments that it does not read. */
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
        /* An argument without a layout does not exist in this pass, such as the bias of a layer without
         * one. */
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

/* Takes pd. */
static int prim_create(struct ln_dnn *dnn, enum ln_pass pass, dnnl_primitive_desc_t pd,
                       struct ln_prim **out) {
    struct ln_prim *prim = ln_calloc(1, sizeof *prim);
    int status =
        prim ? ln_dnn_check(dnnl_primitive_create(&prim->primitive, pd), "primitive") : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) {
        const char *impl = "";
        dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &impl);
        snprintf(prim->impl, sizeof prim->impl, "%s", impl);
        prim->stream = dnn->stream;
        status = bind(prim, dnn, pd, pass);
    }
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
          weights = wanted(dnn, d->weights_layout, weights_dtype(pass, d->dtype), &d->weights),
          dst = wanted(dnn, d->dst_layout, d->dtype, &d->dst),
          bias = d->bias ? plain(dnn, LN_F32, &bias_shape) : NULL;
    if (!src || !weights || !dst || (d->bias && !bias)) return LINNET_ERR_LIMIT;
    bool forward = pass == LN_FORWARD;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd;
    LN_TRY(ln_dnn_check(ln_attr_create(forward && d->sum, forward ? d->act : NULL, &attr), "attributes"));
    dnnl_status_t status = ln_pd_conv(dnn, pass, d, src, weights, bias, dst, attr, &pd);
    dnnl_primitive_attr_destroy(attr);
    LN_TRY(ln_dnn_check(status, "convolution"));
    return prim_create(dnn, pass, pd, prim);
}

int ln_prim_linear(struct ln_dnn *dnn, enum ln_pass pass, const struct ln_linear_desc *d,
                   struct ln_prim **prim) {
    struct ln_shape src_shape = ln_shape_of(d->n, d->c), dst_shape = ln_shape_of(d->n, d->k);
    struct ln_shape weights_shape = ln_shape_of(d->k, d->c), bias_shape = ln_shape_of(d->k);
    ln_md src = plain(dnn, d->dtype, &src_shape),
          dst = plain(dnn, d->wide && pass == LN_FORWARD ? LN_F32 : d->dtype, &dst_shape),
          weights = wanted(dnn, d->weights_layout, weights_dtype(pass, d->dtype), &weights_shape),
          bias = d->bias ? plain(dnn, LN_F32, &bias_shape) : NULL;
    if (!src || !weights || !dst || (d->bias && !bias)) return LINNET_ERR_LIMIT;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd;
    LN_TRY(ln_dnn_check(ln_attr_create(false, pass == LN_FORWARD ? d->act : NULL, &attr), "attributes"));
    dnnl_status_t status = ln_pd_linear(dnn, pass, d, src, weights, bias, dst, attr, &pd);
    dnnl_primitive_attr_destroy(attr);
    LN_TRY(ln_dnn_check(status, "inner product"));
    return prim_create(dnn, pass, pd, prim);
}

int ln_prim_reorder(struct ln_dnn *dnn, const struct ln_layout *from, const struct ln_layout *to,
                    struct ln_prim **prim) {
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd;
    LN_TRY(ln_dnn_check(ln_attr_create(false, NULL, &attr), "attributes"));
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(&pd, ln_layout_md(from), dnn->engine,
                                                              ln_layout_md(to), dnn->engine, attr);
    dnnl_primitive_attr_destroy(attr);
    LN_TRY(ln_dnn_check(status, "reorder"));
    return prim_create(dnn, LN_FORWARD, pd, prim);
}

void ln_prim_destroy(struct ln_prim *prim) {
    if (!prim) return;
    for (int arg = 0; arg < LN_ARGS; arg++)
        if (prim->memory[arg]) dnnl_memory_destroy(prim->memory[arg]);
    if (prim->primitive) dnnl_primitive_destroy(prim->primitive);
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
    dnnl_exec_arg_t args[LN_ARGS];
    int count = 0;
    for (int arg = 0; arg < LN_ARGS; arg++) {
        if (!prim->memory[arg]) continue;
        if (prim->data[arg] != data[arg]) /* 2.6 zeroes the padding whenever an address is set */
            LN_TRY(ln_dnn_check(dnnl_memory_set_data_handle(prim->memory[arg], data[arg]), "argument"));
        prim->data[arg] = data[arg];
        args[count++] = (dnnl_exec_arg_t){arg_table[arg].arg, prim->memory[arg]};
    }
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
