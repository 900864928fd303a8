/* Layers as calls of the functions in kernels/, with their sizes and weights as arrays: a row for each op, in the order of
 * op/op_list.h. Linnet's weights have PyTorch's plain layout, which these functions read. */
#include "base/alloc.h"
#include "csource/writer.h"

#include <stdio.h>
#include <string.h>

/* ---- helpers ----------------------------------------------------------------------------------------------- */

static const struct ln_node *node_at(const struct ln_csource *x, int node) {
    return &x->net->nodes[node];
}

static const int64_t *input_of(const struct ln_csource *x, int node) {
    return node_at(x, node_at(x, node)->in[0])->out.dim;
}

static int count_of(const struct ln_csource *x, int node) {
    size_t count = 0;
    return ln_shape_count(&node_at(x, node)->out, &count) ? (int)count : 0;
}

struct ln_csource_value ln_csource_value(const struct ln_csource *x, int node) {
    const int root = x->layers.root[node];
    struct ln_csource_value value = {"pixels"};
    if (root) snprintf(value.text, sizeof value.text, "memory + %zu", x->place[root]);
    return value;
}

/* "n3_layer1_0_conv1": the number makes it unique. */
struct identifier {
    char text[LN_NET_NAME_MAX + 16];
};

static struct identifier identifier_of(const struct ln_csource *x, int node) {
    struct identifier id;
    snprintf(id.text, sizeof id.text, "n%d_%s", node, node_at(x, node)->name);
    for (char *c = id.text; *c; c++)
        if (*c == '.' || *c == '-') *c = '_';
    return id;
}

/* Nine digits reproduce every float. */
void ln_csource_number(struct ln_text *text, float value) {
    char number[LN_REAL_MAX];
    ln_text_real((double)value, 9, number);
    ln_text_addf(text, "%s%sF", number, strpbrk(number, ".e") ? "" : ".0");
}

void ln_csource_numbers(struct ln_text *text, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ln_text_add(text, i % 8 ? ", " : i ? ",\n    " : count > 8 ? "{\n    " : "{");
        ln_csource_number(text, values[i]);
    }
    ln_text_add(text, "}");
}

static void add_array(struct ln_csource *x, int node, const char *what, const float *values, size_t count) {
    ln_text_addf(&x->arrays, "\nstatic const float %s_%s[%zu] = ", identifier_of(x, node).text, what, count);
    ln_csource_numbers(&x->arrays, values, count);
    ln_text_add(&x->arrays, ";\n");
    x->weights += count;
}

static void add_param(struct ln_csource *x, int node, int k, const char *what) {
    const int i = node_at(x, node)->first_param + k;
    add_array(x, node, what, x->model->params[i], ln_net_param_size(x->net, (size_t)i));
}

struct window {
    struct ln_pair kernel, stride, padding, dilation;
    int groups;
};

static void add_sizes(struct ln_csource *x, int node, const struct window *w) {
    const int64_t *in = input_of(x, node), *out = node_at(x, node)->out.dim;
    const struct ln_pair step = {w->stride.h ? w->stride.h : w->kernel.h,
                                 w->stride.w ? w->stride.w : w->kernel.w};
    x->used[LN_C_LAYER] = true;
    ln_text_addf(&x->arrays, "\nstatic const struct layer %s_sizes = {%d, %d, %d, %d, %d, %d, ",
                 identifier_of(x, node).text, (int)in[1], (int)in[2], (int)in[3], (int)out[1], (int)out[2],
                 (int)out[3]);
    ln_text_addf(&x->arrays, "%d, %d, %d, %d, %d, %d, %d, %d, %d};\n", w->kernel.h, w->kernel.w, step.h,
                 step.w, w->padding.h, w->padding.w, w->dilation.h, w->dilation.w, w->groups);
}

/* FUNCTION(FIRST, IN, OUT); */
static void add_call(struct ln_csource *x, int node, const char *function, const char *first) {
    ln_text_addf(&x->calls, "    %s(%s, %s, %s);\n", function, first,
                 ln_csource_value(x, node_at(x, node)->in[0]).text, ln_csource_value(x, node).text);
}

/* ---- layers with weights ------------------------------------------------------------------------------------ */

static int add_folded(struct ln_csource *x, int node) {
    const struct ln_node *conv = node_at(x, node);
    const size_t size = ln_net_param_size(x->net, (size_t)conv->first_param),
                 channels = (size_t)conv->out.dim[1];
    float *values = ln_calloc(size + channels, sizeof *values);
    if (!values) return LINNET_ERR_LIMIT;
    ln_fold_weight(&x->layers, node, values);
    ln_fold_bias(&x->layers, node, values + size);
    add_array(x, node, "weight", values, size);
    add_array(x, node, "bias", values + size, channels);
    ln_free(values);
    return LINNET_OK;
}

/* "n3_fc_weight, n3_fc_bias" */
static struct ln_text weights_of(const struct ln_csource *x, int node, bool bias) {
    struct ln_text text = {0};
    const struct identifier id = identifier_of(x, node);
    ln_text_addf(&text, "%s_weight, ", id.text);
    if (bias)
        ln_text_addf(&text, "%s_bias", id.text);
    else
        ln_text_add(&text, "0");
    return text;
}

static void call_with_weights(struct ln_csource *x, int node, const char *function, const char *sizes,
                              bool bias) {
    struct ln_text first = {0}, weights = weights_of(x, node, bias);
    if (weights.data) ln_text_addf(&first, "%s, %s", sizes, weights.data);
    if (first.data) add_call(x, node, function, first.data);
    x->calls.failed |= first.failed || weights.failed;
    ln_text_fini(&first);
    ln_text_fini(&weights);
}

static int write_conv(struct ln_csource *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const struct ln_conv_attrs *a = node->attrs;
    const bool folded = x->layers.folded[i] != 0;
    char sizes[LN_NET_NAME_MAX + 32];
    if (folded) LN_TRY(add_folded(x, i));
    if (!folded) add_param(x, i, 0, "weight");
    if (!folded && node->params > 1) add_param(x, i, 1, "bias");
    add_sizes(x, i, &(struct window){a->kernel, a->stride, a->padding, a->dilation, a->groups});
    snprintf(sizes, sizeof sizes, "&%s_sizes", identifier_of(x, i).text);
    call_with_weights(x, i, "conv", sizes, folded || node->params > 1);
    return LINNET_OK;
}

static int write_linear(struct ln_csource *x, int i) {
    const struct ln_node *node = node_at(x, i);
    char sizes[64];
    add_param(x, i, 0, "weight");
    if (node->params > 1) add_param(x, i, 1, "bias");
    snprintf(sizes, sizeof sizes, "%d, %d", (int)node->out.dim[1], (int)input_of(x, i)[1]);
    call_with_weights(x, i, "linear", sizes, node->params > 1);
    return LINNET_OK;
}

static int write_batchnorm(struct ln_csource *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const size_t channels = (size_t)node->out.dim[1];
    char sizes[2 * (LN_NET_NAME_MAX + 64)];
    const struct identifier id = identifier_of(x, i);
    float *values = ln_calloc(2 * channels, sizeof *values);
    if (!values) return LINNET_ERR_LIMIT;
    for (size_t k = 0; k < channels; k++) {
        values[k] = (float)ln_norm_scale(x->model, node, (int64_t)k);
        values[channels + k] = (float)ln_norm_shift(x->model, node, (int64_t)k, 0);
    }
    add_array(x, i, "factor", values, channels);
    add_array(x, i, "shift", values + channels, channels);
    ln_free(values);
    snprintf(sizes, sizeof sizes, "%zu, %d, %s_factor, %s_shift", channels,
             (int)(node->out.dim[2] * node->out.dim[3]), id.text, id.text);
    add_call(x, i, "scale", sizes);
    return LINNET_OK;
}

static int write_lrn(struct ln_csource *x, int i) {
    const int64_t *in = input_of(x, i);
    const struct ln_lrn_attrs *a = node_at(x, i)->attrs;
    const float values[] = {(float)a->alpha, (float)a->beta, (float)a->k};
    const struct identifier id = identifier_of(x, i);
    char first[LN_NET_NAME_MAX + 64];
    ln_text_addf(&x->arrays, "\nstatic const struct lrn %s_sizes = {%d", id.text, a->size);
    for (int k = 0; k < 3; k++) {
        ln_text_add(&x->arrays, ", ");
        ln_csource_number(&x->arrays, values[k]);
    }
    ln_text_add(&x->arrays, "};\n");
    snprintf(first, sizeof first, "%d, %d, &%s_sizes", (int)in[1], (int)(in[2] * in[3]), id.text);
    add_call(x, i, "local_response", first);
    return LINNET_OK;
}

/* ---- windows ------------------------------------------------------------------------------------------------ */

static int call_window(struct ln_csource *x, int i, const char *function, const struct window *w,
                       const char *more) {
    char first[LN_NET_NAME_MAX + 64];
    add_sizes(x, i, w);
    snprintf(first, sizeof first, "&%s_sizes%s", identifier_of(x, i).text, more);
    add_call(x, i, function, first);
    return LINNET_OK;
}

static int write_maxpool(struct ln_csource *x, int i) {
    const struct ln_maxpool_attrs *a = node_at(x, i)->attrs;
    return call_window(x, i, "maxpool", &(struct window){a->kernel, a->stride, a->padding, {1, 1}, 1}, "");
}

static int write_avgpool(struct ln_csource *x, int i) {
    const struct ln_avgpool_attrs *a = node_at(x, i)->attrs;
    return call_window(x, i, "avgpool", &(struct window){a->kernel, a->stride, a->padding, {1, 1}, 1},
                       a->exclude_pad ? ", 0" : ", 1");
}

static int write_adaptive_avgpool(struct ln_csource *x, int i) {
    return call_window(x, i, "adaptive_avgpool", &(struct window){.groups = 1}, "");
}

static int write_pad_shortcut(struct ln_csource *x, int i) {
    const struct ln_pad_shortcut_attrs *a = node_at(x, i)->attrs;
    return call_window(x, i, "pad_shortcut", &(struct window){.stride = a->stride, .groups = 1}, "");
}

/* ---- joins, activations ------------------------------------------------------------------------------------- */

static int write_add(struct ln_csource *x, int i) {
    const struct ln_node *node = node_at(x, i);
    struct ln_csource_value sum = ln_csource_value(x, node->in[0]);
    const struct ln_csource_value out = ln_csource_value(x, i);
    for (int j = 1; j < node->inputs; j++, sum = out)
        ln_text_addf(&x->calls, "    add(%d, %s, %s, %s);\n", count_of(x, i), sum.text,
                     ln_csource_value(x, node->in[j]).text, out.text);
    return LINNET_OK;
}

static int write_concat(struct ln_csource *x, int i) {
    const struct ln_node *node = node_at(x, i);
    size_t at = x->place[i];
    for (int j = 0; j < node->inputs; j++) {
        const int count = count_of(x, node->in[j]);
        ln_text_addf(&x->calls, "    copy(%d, %s, memory + %zu);\n", count,
                     ln_csource_value(x, node->in[j]).text, at);
        at += (size_t)count;
    }
    return LINNET_OK;
}

static int write_elementwise(struct ln_csource *x, int i, const char *function) {
    char count[16];
    snprintf(count, sizeof count, "%d", count_of(x, i));
    add_call(x, i, function, count);
    return LINNET_OK;
}

static int write_relu(struct ln_csource *x, int i) {
    return write_elementwise(x, i, "relu");
}

static int write_relu6(struct ln_csource *x, int i) {
    return write_elementwise(x, i, "relu6");
}

static int write_silu(struct ln_csource *x, int i) {
    return write_elementwise(x, i, "silu");
}

static int write_tanh(struct ln_csource *x, int i) {
    return write_elementwise(x, i, "hyperbolic_tangent");
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

static const struct row {
    const struct ln_op *op;
    int (*write)(struct ln_csource *x, int node); /* NULL: inference.c leaves such layers out */
    enum ln_csource_kernel kernel;
    bool spans;    /* the kernel uses span.c */
    bool in_place; /* the output may lie where the first input lies */
} rows[] = {
    {&ln_op_conv, write_conv, LN_C_CONV, .spans = true},
    {&ln_op_linear, write_linear, LN_C_LINEAR},
    {&ln_op_relu, write_relu, LN_C_RELU, .in_place = true},
    {&ln_op_relu6, write_relu6, LN_C_RELU6, .in_place = true},
    {&ln_op_silu, write_silu, LN_C_SILU, .in_place = true},
    {&ln_op_tanh, write_tanh, LN_C_TANH, .in_place = true},
    {&ln_op_maxpool, write_maxpool, LN_C_MAXPOOL, .spans = true},
    {&ln_op_avgpool, write_avgpool, LN_C_AVGPOOL, .spans = true},
    {&ln_op_adaptive_avgpool, write_adaptive_avgpool, LN_C_ADAPTIVE},
    {&ln_op_lrn, write_lrn, LN_C_LRN},
    {&ln_op_pad_shortcut, write_pad_shortcut, LN_C_SHORTCUT},
    {&ln_op_batchnorm, write_batchnorm, LN_C_SCALE, .in_place = true},
    {&ln_op_add, write_add, LN_C_ADD, .in_place = true},
    {&ln_op_concat, write_concat, LN_C_CONCAT},
    {&ln_op_flatten, NULL, LN_C_LAYER},
    {&ln_op_dropout, NULL, LN_C_LAYER},
};

static const struct row *row_of(const struct ln_op *op) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].op == op) return &rows[i];
    return NULL;
}

bool ln_csource_exports(const struct ln_op *op) {
    return row_of(op) != NULL;
}

bool ln_csource_in_place(const struct ln_net *net, int node) {
    const struct row *row = row_of(net->nodes[node].op);
    return row && row->in_place;
}

int ln_csource_layer(struct ln_csource *x, int node) {
    const struct row *row = row_of(node_at(x, node)->op);
    if (!row || !row->write)
        return ln_fail(LINNET_ERR_INPUT, "csource-layer",
                       "%s: layer %s (%s): the export to C has no row for it; nothing was written", x->path,
                       node_at(x, node)->name, node_at(x, node)->op->name);
    x->used[row->kernel] = true;
    x->used[LN_C_SPAN] = x->used[LN_C_SPAN] || row->spans;
    return row->write(x, node);
}
