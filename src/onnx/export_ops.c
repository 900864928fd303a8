/* Layers as ONNX nodes: a row for each op, in the order of op/op_list.h. ONNX's Conv, BatchNormalization, MaxPool, LRN and
 * Gemm compute what Linnet's layers of these kinds do, with parameters of the same shapes. */
#include "onnx/export.h"
#include "onnx/schema.h"

#include <stdio.h>
#include <string.h>

/* ---- helpers ----------------------------------------------------------------------------------------------- */

static const struct ln_node *node_at(const struct ln_onnx_export *x, int node) {
    return &x->net->nodes[node];
}

static const int64_t *input_of(const struct ln_onnx_export *x, const struct ln_node *node) {
    return x->net->nodes[node->in[0]].out.dim;
}

static struct ln_text begin(struct ln_onnx_export *x, const struct ln_node *node, const char *op) {
    struct ln_text text = {0};
    ln_onnx_node_begin(&text, op, node->name);
    ln_onnx_node_input(&text, ln_onnx_read_name(x, node->in[0]));
    return text;
}

static void end(struct ln_onnx_export *x, int node, struct ln_text *text) {
    ln_onnx_node_output(text, ln_onnx_value_name(x, node));
    ln_onnx_node_end(&x->writer, text);
    ln_onnx_round_value(x, node);
}

/* The layer's k-th parameter as an initializer and an input. */
static void add_param(struct ln_onnx_export *x, const struct ln_node *node, int k, struct ln_text *text) {
    const int i = node->first_param + k;
    const struct ln_net_param *p = &x->net->params[i];
    ln_onnx_node_input(text, p->name);
    ln_onnx_write_tensor(&x->writer, &(struct ln_onnx_initializer){.name = p->name,
                                                                   .type = LN_ONNX_FLOAT,
                                                                   .shape = p->spec.shape,
                                                                   .data = x->model->params[i]});
}

static void add_pair(struct ln_text *text, const char *name, struct ln_pair pair) {
    ln_onnx_node_ints(text, name, (const int64_t[]){pair.h, pair.w}, 2);
}

static int refuse(const struct ln_onnx_export *x, const struct ln_node *node, const char *why) {
    return ln_fail(LINNET_ERR_INPUT, "onnx-layer", "%s: layer %s (%s): %s; nothing was written", x->path,
                   node->name, node->op->name, why);
}

/* "NAME.SUFFIX", for constants and values within a layer. */
struct inner_name {
    char text[LN_NET_NAME_MAX + 32];
};

static struct inner_name inner(const struct ln_node *node, const char *suffix) {
    struct inner_name name;
    snprintf(name.text, sizeof name.text, "%s.%s", node->name, suffix);
    return name;
}

/* A node of one input and no attribute. */
static void write_simple(struct ln_onnx_export *x, int i, const char *op) {
    struct ln_text text = begin(x, node_at(x, i), op);
    end(x, i, &text);
}

/* ---- convolution -------------------------------------------------------------------------------------------- */

static void fold_weight(const void *user, size_t index, float *out) {
    const struct ln_onnx_export *x = user;
    ln_fold_weight(&x->layers, (int)index, out);
}

static void fold_bias(const void *user, size_t index, float *out) {
    const struct ln_onnx_export *x = user;
    ln_fold_bias(&x->layers, (int)index, out);
}

static void add_folded(struct ln_onnx_export *x, int i, struct ln_text *text) {
    const struct ln_node *conv = node_at(x, i);
    struct inner_name bias = inner(conv, "bias");
    const struct ln_net_param *weight = &x->net->params[conv->first_param];
    ln_onnx_node_input(text, weight->name);
    ln_onnx_node_input(text, bias.text);
    ln_onnx_write_tensor(&x->writer, &(struct ln_onnx_initializer){.name = weight->name,
                                                                   .type = LN_ONNX_FLOAT,
                                                                   .shape = weight->spec.shape,
                                                                   .fill = fold_weight,
                                                                   .index = (size_t)i});
    ln_onnx_write_tensor(&x->writer, &(struct ln_onnx_initializer){.name = bias.text,
                                                                   .type = LN_ONNX_FLOAT,
                                                                   .shape = ln_shape_of(conv->out.dim[1]),
                                                                   .fill = fold_bias,
                                                                   .index = (size_t)i});
}

static int write_conv(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const struct ln_conv_attrs *a = node->attrs;
    struct ln_text text = begin(x, node, "Conv");
    const bool int8 = ln_onnx_add_int8(x, i, &text);
    if (!int8 && x->layers.folded[i]) add_folded(x, i, &text);
    if (!int8 && !x->layers.folded[i])
        for (int k = 0; k < node->params; k++) add_param(x, node, k, &text);
    add_pair(&text, "kernel_shape", a->kernel);
    add_pair(&text, "strides", a->stride);
    add_pair(&text, "dilations", a->dilation);
    ln_onnx_node_ints(&text, "pads",
                      (const int64_t[]){a->padding.h, a->padding.w, a->padding.h, a->padding.w}, 4);
    ln_onnx_node_int(&text, "group", a->groups);
    end(x, i, &text);
    return LINNET_OK;
}

/* ---- linear, normalisation ----------------------------------------------------------------------------------- */

static int write_linear(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    struct ln_text text = begin(x, node, "Gemm");
    const bool int8 = ln_onnx_add_int8(x, i, &text);
    for (int k = 0; !int8 && k < node->params; k++) add_param(x, node, k, &text);
    ln_onnx_node_int(&text, "transB", 1);
    end(x, i, &text);
    return LINNET_OK;
}

/* ONNX's momentum is the weight of the old value, Linnet's and PyTorch's that of the new one. */
static int write_batchnorm(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const struct ln_batchnorm_attrs *a = node->attrs;
    struct ln_text text = begin(x, node, "BatchNormalization");
    for (int k = 0; k < LN_NORM_PARAMS; k++) add_param(x, node, k, &text);
    ln_onnx_node_float(&text, "epsilon", a->eps);
    ln_onnx_node_float(&text, "momentum", 1 - a->momentum);
    end(x, i, &text);
    return LINNET_OK;
}

/* ONNX and Linnet place a window of even size differently. */
static int write_lrn(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const struct ln_lrn_attrs *a = node->attrs;
    if (a->size % 2 == 0) return refuse(x, node, "ONNX places a window of even size differently");
    struct ln_text text = begin(x, node, "LRN");
    ln_onnx_node_int(&text, "size", a->size);
    ln_onnx_node_float(&text, "alpha", a->alpha);
    ln_onnx_node_float(&text, "beta", a->beta);
    ln_onnx_node_float(&text, "bias", a->k);
    end(x, i, &text);
    return LINNET_OK;
}

/* ---- pooling -------------------------------------------------------------------------------------------------- */

struct window {
    struct ln_pair kernel, stride, padding;
};

/* Runtimes disagree on where ceil_mode lets the last window begin, so the padding at the ends determines the size of
 * the output instead. */
static struct ln_pair end_padding(const struct ln_onnx_export *x, const struct ln_node *node,
                                  const struct window *w) {
    const int64_t *in = input_of(x, node), *out = node->out.dim;
    const int h = (int)((out[2] - 1) * w->stride.h + w->kernel.h - in[2] - w->padding.h),
              v = (int)((out[3] - 1) * w->stride.w + w->kernel.w - in[3] - w->padding.w);
    return (struct ln_pair){h > w->padding.h ? h : w->padding.h, v > w->padding.w ? v : w->padding.w};
}

static void add_window(struct ln_text *text, const struct window *w, struct ln_pair ends) {
    add_pair(text, "kernel_shape", w->kernel);
    add_pair(text, "strides", w->stride);
    ln_onnx_node_ints(text, "pads", (const int64_t[]){w->padding.h, w->padding.w, ends.h, ends.w}, 4);
}

/* A stride of 0 means the size of the kernel. */
static struct window window_of(struct ln_pair kernel, struct ln_pair stride, struct ln_pair padding) {
    return (struct window){kernel, {stride.h ? stride.h : kernel.h, stride.w ? stride.w : kernel.w}, padding};
}

static int write_maxpool(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const struct ln_maxpool_attrs *a = node->attrs;
    const struct window w = window_of(a->kernel, a->stride, a->padding);
    struct ln_text text = begin(x, node, "MaxPool");
    add_window(&text, &w, end_padding(x, node, &w));
    end(x, i, &text);
    return LINNET_OK;
}

/* Cells of the padding count in the mean, but cells that ceil adds do not. A layer with both is refused, because it
 * would need two kinds of padding. */
static int write_avgpool(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const struct ln_avgpool_attrs *a = node->attrs;
    const struct window w = window_of(a->kernel, a->stride, a->padding);
    const struct ln_pair ends = end_padding(x, node, &w);
    const bool padded = a->padding.h || a->padding.w, longer = ends.h > a->padding.h || ends.w > a->padding.w;
    if (padded && longer && !a->exclude_pad)
        return refuse(x, node,
                      "ONNX cannot count the padding but not the cells that ceil adds; set exclude_pad");
    struct ln_text text = begin(x, node, "AveragePool");
    add_window(&text, &w, ends);
    ln_onnx_node_int(&text, "count_include_pad", padded && !a->exclude_pad);
    end(x, i, &text);
    return LINNET_OK;
}

/* The windows of adaptive pooling along one side, if all have the same size and distance. An output larger than the
 * input repeats windows, which no stride can express. */
static bool even_windows(int64_t in, int64_t out, int *kernel, int *stride) {
    *kernel = (int)ln_ceil_of(in, out);
    *stride = out > 1 ? (int)(in / out) : 1;
    if (*stride == 0) return false;
    for (int64_t p = 0; p < out; p++) {
        const int64_t from = p * in / out, to = ln_ceil_of((p + 1) * in, out);
        if (from != p * *stride || to - from != *kernel) return false;
    }
    return true;
}

static int write_adaptive_avgpool(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const int64_t *in = input_of(x, node), *out = node->out.dim;
    struct window w = {0};
    if (out[2] == 1 && out[3] == 1) {
        write_simple(x, i, "GlobalAveragePool");
        return LINNET_OK;
    }
    if (!even_windows(in[2], out[2], &w.kernel.h, &w.stride.h) ||
        !even_windows(in[3], out[3], &w.kernel.w, &w.stride.w))
        return refuse(x, node,
                      "its windows differ in size or repeat for this input size, which ONNX's AveragePool "
                      "cannot express");
    struct ln_text text = begin(x, node, "AveragePool");
    add_window(&text, &w, (struct ln_pair){0});
    end(x, i, &text);
    return LINNET_OK;
}

/* ---- shortcuts, joins --------------------------------------------------------------------------------------- */

/* Every stride-th row and column by Slice, then zeros for the new channels by Pad. */
static void write_slice(struct ln_onnx_export *x, const struct ln_node *node, struct ln_pair stride) {
    const struct inner_name starts = inner(node, "starts"), ends = inner(node, "ends"),
                            axes = inner(node, "axes"), steps = inner(node, "steps"),
                            out = inner(node, "sliced");
    const int64_t *in = input_of(x, node);
    struct ln_text text = begin(x, node, "Slice");
    ln_onnx_node_input(&text, starts.text);
    ln_onnx_node_input(&text, ends.text);
    ln_onnx_node_input(&text, axes.text);
    ln_onnx_node_input(&text, steps.text);
    ln_onnx_write_ints(&x->writer, starts.text, (const int64_t[]){0, 0}, 2);
    ln_onnx_write_ints(&x->writer, ends.text, (const int64_t[]){in[2], in[3]}, 2);
    ln_onnx_write_ints(&x->writer, axes.text, (const int64_t[]){2, 3}, 2);
    ln_onnx_write_ints(&x->writer, steps.text, (const int64_t[]){stride.h, stride.w}, 2);
    ln_onnx_node_output(&text, out.text);
    ln_onnx_node_end(&x->writer, &text);
}

static int write_pad_shortcut(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const struct ln_pad_shortcut_attrs *a = node->attrs;
    const struct inner_name sliced = inner(node, "sliced"), pads = inner(node, "pads"),
                            pad = inner(node, "pad");
    const int64_t widths[8] = {[5] = a->out - input_of(x, node)[1]};
    struct ln_text text = {0};
    write_slice(x, node, a->stride);
    ln_onnx_node_begin(&text, "Pad", pad.text);
    ln_onnx_node_input(&text, sliced.text);
    ln_onnx_node_input(&text, pads.text);
    ln_onnx_write_ints(&x->writer, pads.text, widths, 8);
    end(x, i, &text);
    return LINNET_OK;
}

static void add_others(struct ln_onnx_export *x, const struct ln_node *node, struct ln_text *text) {
    for (int j = 1; j < node->inputs; j++) ln_onnx_node_input(text, ln_onnx_read_name(x, node->in[j]));
}

static int write_add(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    struct ln_text text = begin(x, node, node->inputs == 2 ? "Add" : "Sum");
    add_others(x, node, &text);
    end(x, i, &text);
    return LINNET_OK;
}

static int write_concat(struct ln_onnx_export *x, int i) {
    struct ln_text text = begin(x, node_at(x, i), "Concat");
    add_others(x, node_at(x, i), &text);
    ln_onnx_node_int(&text, "axis", 1);
    end(x, i, &text);
    return LINNET_OK;
}

static int write_flatten(struct ln_onnx_export *x, int i) {
    struct ln_text text = begin(x, node_at(x, i), "Flatten");
    ln_onnx_node_int(&text, "axis", 1);
    end(x, i, &text);
    return LINNET_OK;
}

/* ---- activations -------------------------------------------------------------------------------------------- */

static int write_relu(struct ln_onnx_export *x, int i) {
    write_simple(x, i, "Relu");
    return LINNET_OK;
}

static int write_tanh(struct ln_onnx_export *x, int i) {
    write_simple(x, i, "Tanh");
    return LINNET_OK;
}

static int write_relu6(struct ln_onnx_export *x, int i) {
    static const float low = 0, high = 6;
    const struct ln_node *node = node_at(x, i);
    const struct inner_name min = inner(node, "min"), max = inner(node, "max");
    struct ln_text text = begin(x, node, "Clip");
    ln_onnx_node_input(&text, min.text);
    ln_onnx_node_input(&text, max.text);
    ln_onnx_write_floats(&x->writer, min.text, &low, (struct ln_shape){0});
    ln_onnx_write_floats(&x->writer, max.text, &high, (struct ln_shape){0});
    end(x, i, &text);
    return LINNET_OK;
}

static int write_silu(struct ln_onnx_export *x, int i) {
    const struct ln_node *node = node_at(x, i);
    const struct inner_name gate = inner(node, "gate"), sigmoid = inner(node, "sigmoid");
    struct ln_text text = {0};
    ln_onnx_node_begin(&text, "Sigmoid", sigmoid.text);
    ln_onnx_node_input(&text, ln_onnx_read_name(x, node->in[0]));
    ln_onnx_node_output(&text, gate.text);
    ln_onnx_node_end(&x->writer, &text);
    text = begin(x, node, "Mul");
    ln_onnx_node_input(&text, gate.text);
    end(x, i, &text);
    return LINNET_OK;
}

/* ---- the table ------------------------------------------------------------------------------------------------ */

static const struct exporter {
    const struct ln_op *op;
    int (*write)(struct ln_onnx_export *x, int node); /* NULL: never written, as inference.c decides */
} exporters[] = {
    {&ln_op_conv, write_conv},
    {&ln_op_linear, write_linear},
    {&ln_op_relu, write_relu},
    {&ln_op_relu6, write_relu6},
    {&ln_op_silu, write_silu},
    {&ln_op_tanh, write_tanh},
    {&ln_op_maxpool, write_maxpool},
    {&ln_op_avgpool, write_avgpool},
    {&ln_op_adaptive_avgpool, write_adaptive_avgpool},
    {&ln_op_lrn, write_lrn},
    {&ln_op_pad_shortcut, write_pad_shortcut},
    {&ln_op_batchnorm, write_batchnorm},
    {&ln_op_add, write_add},
    {&ln_op_concat, write_concat},
    {&ln_op_flatten, write_flatten},
    {&ln_op_dropout, NULL},
};

static const struct exporter *exporter_of(const struct ln_op *op) {
    for (size_t i = 0; i < sizeof exporters / sizeof *exporters; i++)
        if (exporters[i].op == op) return &exporters[i];
    return NULL;
}

bool ln_onnx_exports(const struct ln_op *op) {
    return exporter_of(op) != NULL;
}

int ln_onnx_export_node(struct ln_onnx_export *x, int node) {
    const struct exporter *e = exporter_of(node_at(x, node)->op);
    if (!e || !e->write) return refuse(x, node_at(x, node), "the export does not support this layer");
    return e->write(x, node);
}
