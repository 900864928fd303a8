/* The engine: one CPU, one stream, and the attributes that all primitives share. */
#include "base/alloc.h"
#include "dnn/impl.h"

#include <stdio.h>

int ln_dnn_check(dnnl_status_t status, const char *what) {
    if (status == dnnl_success) return LINNET_OK;
    if (status == dnnl_out_of_memory)
        return ln_fail(LINNET_ERR_LIMIT, "dnn-memory", "oneDNN: %s: out of memory", what);
    return ln_fail(LINNET_ERR_INTERNAL, "dnn-status", "oneDNN: %s: status %d", what, (int)status);
}

/* Scratch memory comes from the caller, so that a step allocates nothing. */
static dnnl_status_t attr_create(dnnl_primitive_attr_t *attr, int post) {
    dnnl_status_t status = dnnl_primitive_attr_create(attr);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (status != dnnl_success || post == 0) return status;
    dnnl_post_ops_t ops;
    status = dnnl_post_ops_create(&ops);
    if (status != dnnl_success) return status;
    if (post & LN_POST_SUM) status = ln_post_ops_sum(ops);
    if (status == dnnl_success && (post & LN_POST_RELU)) status = ln_post_ops_relu(ops);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*attr, ops);
    dnnl_post_ops_destroy(ops);
    return status;
}

int ln_dnn_create(struct ln_dnn **out) {
    struct ln_dnn *dnn = ln_calloc(1, sizeof *dnn);
    if (!dnn) return LINNET_ERR_LIMIT;
    int status = ln_dnn_check(dnnl_engine_create(&dnn->engine, dnnl_cpu, 0), "engine");
    if (status == LINNET_OK)
        status = ln_dnn_check(dnnl_stream_create(&dnn->stream, dnn->engine, dnnl_stream_in_order), "stream");
    for (int i = 0; i < LN_POST_OPS && status == LINNET_OK; i++)
        status = ln_dnn_check(attr_create(&dnn->attr[i], i), "attributes");
    if (status != LINNET_OK) {
        ln_dnn_destroy(dnn);
        return status;
    }
    *out = dnn;
    return LINNET_OK;
}

void ln_dnn_destroy(struct ln_dnn *dnn) {
    if (!dnn) return;
    for (size_t i = 0; i < dnn->layout_count; i++) {
        ln_md_destroy(dnn->layouts[i]->md);
        ln_free(dnn->layouts[i]);
    }
    ln_free(dnn->layouts);
    for (int i = 0; i < LN_POST_OPS; i++)
        if (dnn->attr[i]) dnnl_primitive_attr_destroy(dnn->attr[i]);
    if (dnn->stream) dnnl_stream_destroy(dnn->stream);
    if (dnn->engine) dnnl_engine_destroy(dnn->engine);
    ln_free(dnn);
}

bool ln_dnn_has_winograd(void) {
    const dnnl_version_t *v = dnnl_version();
    return (v->major < 3 || (v->major == 3 && v->minor < 2)) &&
           dnnl_get_effective_cpu_isa() >= dnnl_cpu_isa_avx512_core;
}

/* The sets of instructions are bits, a richer one has those of the poorer. */
static bool has_isa(dnnl_cpu_isa_t wanted) {
    return ((int)dnnl_get_effective_cpu_isa() & (int)wanted) == (int)wanted;
}

bool ln_dnn_has_bf16(void) {
    return has_isa(dnnl_cpu_isa_avx512_core_bf16);
}

bool ln_dnn_has_amx(void) {
    return has_isa(dnnl_cpu_isa_avx512_core_amx);
}

void ln_dnn_version(char *out, size_t size) {
    const dnnl_version_t *v = dnnl_version();
    snprintf(out, size, "%d.%d.%d", v->major, v->minor, v->patch);
}

dnnl_primitive_attr_t ln_dnn_attr(const struct ln_dnn *dnn, enum ln_pass pass, bool sum, bool relu) {
    return dnn->attr[pass == LN_FORWARD ? (sum ? LN_POST_SUM : 0) | (relu ? LN_POST_RELU : 0) : 0];
}
