/* The engine: one CPU, one stream; and the attributes of primitives. */
#include "base/alloc.h"
#include "base/cpu.h"
#include "dnn/impl.h"

#include <stdio.h>

int ln_dnn_check(dnnl_status_t status, const char *what) {
    if (status == dnnl_success) return LINNET_OK;
    if (status == dnnl_out_of_memory)
        return ln_fail(LINNET_ERR_LIMIT, "dnn-memory", "oneDNN: %s: out of memory", what);
    return ln_fail(LINNET_ERR_INTERNAL, "dnn-status", "oneDNN: %s: status %d", what, (int)status);
}

/* Only algorithms that 2.6 and 3.x both have: a network must not depend on the version that is installed. */
static const dnnl_alg_kind_t algorithms[] = {
    [LN_ELTWISE_NONE] = dnnl_alg_kind_undef,       [LN_ELTWISE_RELU] = dnnl_eltwise_relu,
    [LN_ELTWISE_ELU] = dnnl_eltwise_elu,           [LN_ELTWISE_TANH] = dnnl_eltwise_tanh,
    [LN_ELTWISE_LOGISTIC] = dnnl_eltwise_logistic, [LN_ELTWISE_SWISH] = dnnl_eltwise_swish,
    [LN_ELTWISE_CLIP] = dnnl_eltwise_clip,         [LN_ELTWISE_HARDSWISH] = dnnl_eltwise_hardswish,
    [LN_ELTWISE_GELU_ERF] = dnnl_eltwise_gelu_erf, [LN_ELTWISE_GELU_TANH] = dnnl_eltwise_gelu_tanh,
    [LN_ELTWISE_MISH] = dnnl_eltwise_mish,
};

/* The sum comes before the activation, as in a residual block: act(conv(x) + shortcut). oneDNN applies
 * post-ops in the order in which they are appended. */
static dnnl_status_t set_post_ops(dnnl_primitive_attr_t attr, const struct ln_int8 *int8, bool sum,
                                  const struct ln_activation *act) {
    dnnl_post_ops_t ops;
    dnnl_status_t status = dnnl_post_ops_create(&ops);
    if (status != dnnl_success) return status;
    if (sum && int8)
        status = ln_post_ops_sum_of(ops, int8->add_scale, ln_dnn_type(int8->add));
    else if (sum)
        status = ln_post_ops_sum(ops);
    if (status == dnnl_success && act)
        status = ln_post_ops_eltwise(ops, algorithms[act->eltwise], act->alpha, act->beta);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attr, ops);
    dnnl_post_ops_destroy(ops);
    return status;
}

/* With scratch memory from the caller a step allocates nothing: oneDNN would otherwise allocate it for each
 * primitive, and abort on failure. */
dnnl_status_t ln_attr_create(bool sum, const struct ln_activation *act, dnnl_primitive_attr_t *attr) {
    dnnl_status_t status = dnnl_primitive_attr_create(attr);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && (sum || act)) status = set_post_ops(*attr, NULL, sum, act);
    if (status != dnnl_success) dnnl_primitive_attr_destroy(*attr);
    return status;
}

dnnl_status_t ln_attr_create_int8(const struct ln_int8 *int8, bool sum, const struct ln_activation *act,
                                  int rank, int64_t k, dnnl_primitive_attr_t *attr) {
    dnnl_status_t status = ln_attr_create(false, NULL, attr);
    if (status != dnnl_success) return status;
    status = ln_attr_scales(*attr, rank, k);
    if (status == dnnl_success && (sum || act)) status = set_post_ops(*attr, int8, sum, act);
    if (status != dnnl_success) dnnl_primitive_attr_destroy(*attr);
    return status;
}

/* If LINNET_ISA limits the instructions of our own kernels, oneDNN gets the same limit. */
static bool is_limited(void) {
    return ln_cpu_isa_is_chosen() && ln_cpu_isa() != LN_ISA_AVX512;
}

/* LN_ISA_ANY of our own kernels has no counterpart in oneDNN; SSE4.1 is the least that it accepts. */
static dnnl_cpu_isa_t most_isa(void) {
    return ln_cpu_isa() == LN_ISA_AVX2 ? dnnl_cpu_isa_avx2 : dnnl_cpu_isa_sse41;
}

/* Sets the limit before the query: oneDNN accepts no limit after a query, or after it has created a kernel. */
static dnnl_cpu_isa_t effective_isa(void) {
    if (is_limited()) dnnl_set_max_cpu_isa(most_isa());
    return dnnl_get_effective_cpu_isa();
}

/* A limit that came too late is an error, not a warning: a test that asks for AVX2 would otherwise pass with
 * AVX-512. */
static int limit_isa(void) {
    LN_TRY(ln_cpu_check());
    if (!is_limited() || ((int)effective_isa() & ~(int)most_isa()) == 0) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "cpu-isa",
                   "LINNET_ISA=%s: cannot limit oneDNN, because this program has already used it; set the "
                   "variable before the program starts",
                   ln_isa_name(ln_cpu_isa()));
}

int ln_dnn_create(struct ln_dnn **out) {
    LN_TRY(limit_isa());
    struct ln_dnn *dnn = ln_calloc(1, sizeof *dnn);
    if (!dnn) return LINNET_ERR_LIMIT;
    int status = ln_dnn_check(dnnl_engine_create(&dnn->engine, dnnl_cpu, 0), "engine");
    if (status == LINNET_OK)
        status = ln_dnn_check(dnnl_stream_create(&dnn->stream, dnn->engine, dnnl_stream_in_order), "stream");
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
    if (dnn->stream) dnnl_stream_destroy(dnn->stream);
    if (dnn->engine) dnnl_engine_destroy(dnn->engine);
    ln_free(dnn);
}

/* The version of the loaded library counts, not the header's: a program may run with a newer library. */
bool ln_dnn_has_winograd(void) {
    const dnnl_version_t *v = dnnl_version();
    return (v->major < 3 || (v->major == 3 && v->minor < 2)) && effective_isa() >= dnnl_cpu_isa_avx512_core;
}

/* Instruction sets are bit masks: a richer set includes the bits of a poorer one. */
static bool has_isa(dnnl_cpu_isa_t wanted) {
    return ((int)effective_isa() & (int)wanted) == (int)wanted;
}

bool ln_dnn_has_bf16(void) {
    return has_isa(dnnl_cpu_isa_avx512_core_bf16);
}

bool ln_dnn_has_amx(void) {
    return has_isa(dnnl_cpu_isa_avx512_core_amx);
}

bool ln_dnn_has_vnni(void) {
    return has_isa(dnnl_cpu_isa_avx512_core_vnni) || has_isa(dnnl_cpu_isa_avx2_vnni);
}

void ln_dnn_version(char *out, size_t size) {
    const dnnl_version_t *v = dnnl_version();
    snprintf(out, size, "%d.%d.%d", v->major, v->minor, v->patch);
}
