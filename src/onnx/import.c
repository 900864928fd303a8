/* Reads an ONNX file as Linnet's network and weights: the nodes that the first output needs, in the order of the
 * file, each by the function of its operator. An unsupported node is refused, with its name and operator in the
 * message. */
#include "onnx/import.h"

#include "base/alloc.h"

#include <string.h>

/* ---- Add, Sub, Mul, Div, Sum ------------------------------------------------------------------------------------------------------ */

static int add_silu(struct ln_onnx_import *m, const struct ln_onnx_node *node, int layer) {
    struct ln_onnx_value y = {.kind = LN_ONNX_LAYER};
    LN_TRY(
        ln_onnx_add(m, node,
                    &(struct ln_onnx_layer){
                        .op = &ln_op_silu, .attrs = LN_ONNX_PLAIN, .in = {layer}, .inputs = 1, .weight = -1},
                    &y.layer));
    return ln_onnx_give(m, node, 0, &y);
}

static int add_sum(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value y = {.kind = LN_ONNX_LAYER};
    struct ln_onnx_layer layer = {.op = &ln_op_add, .attrs = LN_ONNX_PLAIN, .weight = -1};
    if (node->ins > LN_OP_INPUTS) return ln_onnx_refuse(m, node, "Linnet adds at most 4 values");
    for (size_t k = 0; k < node->ins; k++) LN_TRY(ln_onnx_take_bare(m, node, k, &layer.in[k]));
    layer.inputs = (int)node->ins;
    LN_TRY(ln_onnx_add(m, node, &layer, &y.layer));
    return ln_onnx_give(m, node, 0, &y);
}

/* Logits divided by the temperature, before a softmax. */
static int divide(struct ln_onnx_import *m, const struct ln_onnx_node *node, struct ln_onnx_value *x) {
    double number;
    size_t count;
    LN_TRY(ln_onnx_take_numbers(m, node, 1, 1, &number, &count));
    if (count != 1 || !(number >= 1e-3 && number <= 1e3) || ln_onnx_shape(m, x->layer)->rank != 2 ||
        ln_onnx_is_changed(x))
        return ln_onnx_refuse(m, node, "only logits can be divided, by a temperature from 0.001 to 1000");
    x->divided = ln_onnx_decimal((double)(float)number);
    return ln_onnx_give(m, node, 0, x);
}

static bool is_number(const struct ln_onnx_value *v) {
    return v->kind == LN_ONNX_CONSTANT || v->kind == LN_ONNX_INTS;
}

int ln_onnx_arithmetic(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    const char *op = ln_onnx_text(&m->o, node->op);
    struct ln_onnx_value a, b = {.kind = LN_ONNX_UNKNOWN};
    LN_TRY(ln_onnx_take(m, node, 0, &a));
    if (node->ins > 1) LN_TRY(ln_onnx_take(m, node, 1, &b));
    if (node->ins == 2 && a.kind == LN_ONNX_IMAGES && is_number(&b))
        return ln_onnx_scale_images(m, node, &a, &b, false);
    if (node->ins == 2 && b.kind == LN_ONNX_IMAGES && is_number(&a))
        return ln_onnx_scale_images(m, node, &b, &a, true);
    const bool gated = (a.kind == LN_ONNX_LAYER && b.kind == LN_ONNX_SIGMOID) ||
                       (a.kind == LN_ONNX_SIGMOID && b.kind == LN_ONNX_LAYER);
    if (strcmp(op, "Mul") == 0 && node->ins == 2 && gated && a.layer == b.layer && !ln_onnx_is_changed(&a) &&
        !ln_onnx_is_changed(&b) && !a.rows_last && !b.rows_last)
        return add_silu(m, node, a.layer);
    if (strcmp(op, "Div") == 0 && node->ins == 2 && a.kind == LN_ONNX_LAYER && is_number(&b))
        return divide(m, node, &a);
    if (strcmp(op, "Add") == 0 || strcmp(op, "Sum") == 0) return add_sum(m, node);
    return ln_onnx_refuse(
        m, node,
        "Linnet has no layer for this arithmetic; it adds maps, scales images, and has x sigmoid(x)");
}

/* ---- the operators ------------------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *op;
    ln_onnx_import_fn *import;
} importers[] = {
    {"Add", ln_onnx_arithmetic},
    {"AveragePool", ln_onnx_avgpool},
    {"BatchNormalization", ln_onnx_batchnorm},
    {"Cast", ln_onnx_identity},
    {"Clip", ln_onnx_clip},
    {"Concat", ln_onnx_concat},
    {"Constant", ln_onnx_constant},
    {"Conv", ln_onnx_conv},
    {"Div", ln_onnx_arithmetic},
    {"Dropout", ln_onnx_dropout},
    {"Flatten", ln_onnx_flatten},
    {"Gather", ln_onnx_gather},
    {"Gemm", ln_onnx_gemm},
    {"GlobalAveragePool", ln_onnx_global_avgpool},
    {"Identity", ln_onnx_identity},
    {"LRN", ln_onnx_lrn},
    {"LogSoftmax", ln_onnx_softmax},
    {"MatMul", ln_onnx_matmul},
    {"MaxPool", ln_onnx_maxpool},
    {"Mul", ln_onnx_arithmetic},
    {"Pad", ln_onnx_pad},
    {"ReduceMean", ln_onnx_reduce_mean},
    {"Relu", ln_onnx_relu},
    {"Reshape", ln_onnx_reshape},
    {"Shape", ln_onnx_shape_of},
    {"Sigmoid", ln_onnx_sigmoid},
    {"Slice", ln_onnx_slice},
    {"Softmax", ln_onnx_softmax},
    {"Squeeze", ln_onnx_squeeze},
    {"Sub", ln_onnx_arithmetic},
    {"Sum", ln_onnx_arithmetic},
    {"Tanh", ln_onnx_tanh},
    {"Transpose", ln_onnx_transpose},
    {"Unsqueeze", ln_onnx_unsqueeze},
};

ln_onnx_import_fn *ln_onnx_importer(const char *op) {
    for (size_t i = 0; i < sizeof importers / sizeof *importers; i++)
        if (strcmp(importers[i].op, op) == 0) return importers[i].import;
    return NULL;
}

static int import_node(struct ln_onnx_import *m, size_t i) {
    const struct ln_onnx_node *node = ln_onnx_node(&m->o, i);
    const char *domain = ln_onnx_text(&m->o, node->domain);
    ln_onnx_import_fn *import = ln_onnx_importer(ln_onnx_text(&m->o, node->op));
    if (m->done[i]) return LINNET_OK;
    if (!import || (*domain && strcmp(domain, "ai.onnx") != 0))
        return ln_onnx_refuse(m, node, "Linnet has no layer for this operator");
    m->done[i] = true;
    return import(m, node);
}

/* ---- values, needed nodes ------------------------------------------------------------------------------------------------------------ */

static int make_room(struct ln_onnx_import *m) {
    const size_t values = m->o.names.count + 1, nodes = m->o.nodes.count + 1;
    m->values = ln_calloc(values, sizeof *m->values);
    m->readers = ln_calloc(values, sizeof *m->readers);
    m->reader = ln_calloc(values, sizeof *m->reader);
    m->producer = ln_calloc(values, sizeof *m->producer);
    m->needed = ln_calloc(nodes, sizeof *m->needed);
    m->done = ln_calloc(nodes, sizeof *m->done);
    if (!m->values || !m->readers || !m->reader || !m->producer || !m->needed || !m->done)
        return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < values; i++) m->reader[i] = m->producer[i] = -1;
    return LINNET_OK;
}

static int begin_initializers(struct ln_onnx_import *m) {
    const struct ln_onnx_tensor *t = m->o.tensors.items;
    for (size_t i = 0; i < m->o.tensors.count; i++) {
        if (!t[i].initializer || t[i].name < 0) continue;
        if (m->values[t[i].name].kind != LN_ONNX_UNKNOWN)
            return ln_fail(LINNET_ERR_INPUT, "onnx-file", "%s: two tensors have the same name", m->path);
        m->values[t[i].name] = (struct ln_onnx_value){.kind = LN_ONNX_CONSTANT, .tensor = (int)i};
    }
    return LINNET_OK;
}

static int output_value(const struct ln_onnx_import *m) {
    return m->o.outputs.count ? ((const struct ln_onnx_end *)m->o.outputs.items)->name : -1;
}

/* Nodes are sorted: one pass from the last to the first finds all that the output needs. */
static void find_needed(struct ln_onnx_import *m) {
    const int output = output_value(m);
    for (size_t i = 0; i < m->o.nodes.count; i++)
        for (size_t k = 0; k < ln_onnx_node(&m->o, i)->outs; k++) {
            const int v = ln_onnx_out(&m->o, ln_onnx_node(&m->o, i), k);
            if (v >= 0) m->producer[v] = (int)i;
        }
    m->readers[output] = 1;
    for (size_t i = m->o.nodes.count; i-- > 0;) {
        const struct ln_onnx_node *node = ln_onnx_node(&m->o, i);
        for (size_t k = 0; k < node->outs; k++) {
            const int v = ln_onnx_out(&m->o, node, k);
            m->needed[i] = m->needed[i] || (v >= 0 && m->readers[v] > 0);
        }
        for (size_t k = 0; k < node->ins && m->needed[i]; k++) {
            const int v = ln_onnx_in(&m->o, node, k);
            if (v < 0) continue;
            if (m->readers[v]++ == 0) m->reader[v] = (int)i;
        }
    }
}

/* Constants first, so that a bias is known before the Add that applies it. */
static int import_constants(struct ln_onnx_import *m) {
    for (size_t i = 0; i < m->o.nodes.count; i++) {
        const struct ln_onnx_node *node = ln_onnx_node(&m->o, i);
        const char *op = ln_onnx_text(&m->o, node->op);
        const int in = ln_onnx_in(&m->o, node, 0);
        const bool copies = strcmp(op, "Identity") == 0 && in >= 0 && m->values[in].kind == LN_ONNX_CONSTANT;
        if (m->needed[i] && (copies || strcmp(op, "Constant") == 0)) LN_TRY(import_node(m, i));
    }
    return LINNET_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------------------------------- */

/* After the last node: the network's output. A map of one pixel is flattened. */
static int finish_net(struct ln_onnx_import *m) {
    const struct ln_onnx_value *x = &m->values[output_value(m)];
    if (x->kind != LN_ONNX_LAYER || x->divided != 0 || x->step.h || ln_onnx_is_padded(x))
        return ln_fail(LINNET_ERR_INPUT, "onnx-file", "%s: the output is not the value of a layer", m->path);
    struct ln_value out = {x->layer};
    const struct ln_shape *shape = ln_onnx_shape(m, x->layer);
    if (shape->rank == 4 && shape->dim[2] * shape->dim[3] == 1) out = ln_layer(m->net, flatten, NULL, out);
    ln_output(m->net, out);
    return ln_net_finish(m->net);
}

static int import_net(struct ln_onnx_import *m) {
    LN_TRY(ln_onnx_read(&m->o, m->path));
    LN_TRY(make_room(m));
    if (output_value(m) < 0)
        return ln_fail(LINNET_ERR_INPUT, "onnx-file", "%s: the graph has no output", m->path);
    LN_TRY(begin_initializers(m));
    LN_TRY(ln_onnx_begin_images(m));
    find_needed(m);
    LN_TRY(import_constants(m));
    for (size_t i = 0; i < m->o.nodes.count; i++)
        if (m->needed[i]) LN_TRY(import_node(m, i));
    return finish_net(m);
}

/* The preprocessing of photos in torchvision and most other libraries, used unless the file states another. */
static void preprocess_usually(struct ln_preprocess *pp) {
    static const float mean[3] = {0.485F, 0.456F, 0.406F}, std[3] = {0.229F, 0.224F, 0.225F};
    if (pp->channels != 3) return;
    memcpy(pp->mean, mean, sizeof mean);
    memcpy(pp->std, std, sizeof std);
    pp->resize = (pp->width * 8 + 6) / 7;
}

/* The model takes the network, also on failure. */
static int make_model(struct ln_onnx_import *m, struct ln_model **out) {
    struct ln_model *model;
    struct ln_net *net = m->net;
    m->net = NULL;
    LN_TRY(ln_model_create_blank(&model, "custom", net));
    m->net = model->net;
    preprocess_usually(&model->preprocess);
    ln_onnx_finish_images(m, &model->preprocess);
    if (m->temperature != 0) model->temperature = m->temperature;
    int status = ln_onnx_import_notes(m, model);
    if (status == LINNET_OK) status = ln_onnx_fill(m, model);
    m->net = NULL;
    if (status == LINNET_OK)
        *out = model;
    else
        ln_model_destroy(model);
    return status;
}

/* Layers refuse a network without knowing its file. */
static int blame_file(const char *path, int status) {
    return ln_text_starts(ln_error_get()->text, path) ? status : ln_fail_in_file(path, status);
}

static void finish(struct ln_onnx_import *m) {
    ln_net_destroy(m->net);
    ln_free(m->values);
    ln_free(m->readers);
    ln_free(m->reader);
    ln_free(m->producer);
    ln_free(m->needed);
    ln_free(m->done);
    ln_free(m->sources.items);
    ln_file_close(&m->outside.file);
    ln_onnx_close(&m->o);
}

int ln_onnx_open(struct ln_model **model, const char *path, const struct ln_onnx_open_opts *opts) {
    struct ln_onnx_import m = {.path = path, .opts = *opts};
    int status = import_net(&m);
    if (status == LINNET_OK) status = make_model(&m, model);
    finish(&m);
    return status == LINNET_OK ? LINNET_OK : blame_file(path, status);
}
