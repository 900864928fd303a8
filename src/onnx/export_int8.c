/* 8-bit models as ONNX: QuantizeLinear and DequantizeLinear around the values and after the weights of 8-bit layers
 * (QDQ), which ONNX Runtime, OpenVINO and others fuse into kernels of their own.
 *
 *     x.out -> QuantizeLinear(scale, 0) -> x.int8 -> DequantizeLinear(scale, 0) -> x.rounded, which all readers of x read
 *     conv1.weight int8 [k][...], scales [k] -> DequantizeLinear(axis 0) -> conv1.weight.rounded
 *     conv1.bias int32 [k] = bias / (scale of x times scales of the weights) -> DequantizeLinear
 *
 * A batch norm is folded into the scales: the integers of a channel stay the same, negated if its factor is negative.
 */
#include "base/alloc.h"
#include "model/quant_file.h"
#include "onnx/export.h"
#include "onnx/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- values --------------------------------------------------------------------------------------------------- */

static bool is_int8(const struct ln_onnx_export *x, size_t i) {
    const struct ln_node *node = &x->net->nodes[i];
    return x->model->quant && node->op->eight == LN_EIGHT_PRODUCT &&
           x->model->quant->weights[node->first_param];
}

/* True for average pooling of the 8-bit numbers of an 8-bit layer. Only normalisation, sums, rectifiers and layers
 * that move values may stand between the two. */
static bool averages(const struct ln_onnx_export *x, size_t i) {
    const struct ln_node *node = &x->net->nodes[i];
    if (node->op->eight != LN_EIGHT_MEAN) return false;
    for (size_t at = (size_t)node->in[0]; at > 0; at = (size_t)x->net->nodes[at].in[0]) {
        const struct ln_op *op = x->net->nodes[at].op;
        if (op->eight == LN_EIGHT_PRODUCT) return is_int8(x, at);
        if (op != &ln_op_relu && op != &ln_op_relu6 && op->role != LN_ROLE_NORM && op->role != LN_ROLE_SUM &&
            op->eight != LN_EIGHT_MOVE)
            return false;
    }
    return false;
}

/* Walks from the last layer to the first, as the plan does. The values that 8-bit layers and average pooling read
 * are rounded. If the output of a move, a sum or an activation is rounded, so are its inputs. */
int ln_onnx_find_rounded(struct ln_onnx_export *x) {
    const struct ln_net *net = x->net;
    const struct ln_quant *q = x->model->quant;
    if (!q) return LINNET_OK;
    bool *wanted = ln_calloc(net->count, sizeof *wanted);
    if (!wanted) return LINNET_ERR_LIMIT;
    for (size_t i = net->count; i-- > 1;) {
        const struct ln_node *node = &net->nodes[i];
        const bool passes = wanted[i] && (node->op->eight == LN_EIGHT_MOVE || node->op->role == LN_ROLE_SUM ||
                                          node->op->role == LN_ROLE_ACTIVATION);
        for (int j = 0; x->layers.needed[i] && j < node->inputs; j++)
            wanted[node->in[j]] |= is_int8(x, i) || averages(x, i) || passes;
    }
    for (size_t i = 0; i < net->count; i++)
        if (wanted[i] && q->value[i].scale > 0 && (int)i != net->outputs[0].node)
            x->rounded[x->layers.root[i]] = q->value[i];
    ln_free(wanted);
    return LINNET_OK;
}

struct name {
    char text[LN_NET_NAME_MAX + 96];
};

static struct name joined(const char *a, const char *b) {
    struct name name;
    snprintf(name.text, sizeof name.text, "%.*s%s", (int)sizeof name.text - 32, a, b);
    return name;
}

const char *ln_onnx_read_name(struct ln_onnx_export *x, int node) {
    const char *value = ln_onnx_value_name(x, node);
    if (!x->rounded || !(x->rounded[x->layers.root[node]].scale > 0)) return value;
    const struct name name = joined(value, ".rounded");
    memcpy(x->value, name.text, sizeof x->value);
    x->value[sizeof x->value - 1] = '\0';
    return x->value;
}

static void write_bytes(struct ln_onnx_export *x, const char *name, int type, struct ln_shape shape,
                        void *own) {
    if (!own)
        x->writer.failed = true;
    else
        ln_onnx_write_tensor(
            &x->writer, &(struct ln_onnx_initializer){
                            .name = (char *)name, .type = type, .shape = shape, .data = own, .own = own});
}

static void write_step(struct ln_onnx_export *x, const char *op, const struct name *in,
                       const struct name *scale, const struct name *zero, const struct name *out) {
    struct ln_text node = {0};
    ln_onnx_node_begin(&node, op, out->text);
    ln_onnx_node_input(&node, in->text);
    ln_onnx_node_input(&node, scale->text);
    ln_onnx_node_input(&node, zero->text);
    ln_onnx_node_output(&node, out->text);
    ln_onnx_node_end(&x->writer, &node);
}

void ln_onnx_round_value(struct ln_onnx_export *x, int node) {
    if (!x->rounded || !(x->rounded[node].scale > 0)) return;
    const struct ln_quant_value *v = &x->rounded[node];
    const struct name value = joined(ln_onnx_value_name(x, node), ""), scale = joined(value.text, ".scale"),
                      zero = joined(value.text, ".zero"), integers = joined(value.text, ".int8"),
                      rounded = joined(value.text, ".rounded");
    ln_onnx_write_floats(&x->writer, scale.text, &v->scale, (struct ln_shape){0});
    write_bytes(x, zero.text, v->is_signed ? LN_ONNX_INT8 : LN_ONNX_UINT8, (struct ln_shape){0},
                ln_calloc(1, 1));
    write_step(x, "QuantizeLinear", &value, &scale, &zero, &integers);
    write_step(x, "DequantizeLinear", &integers, &scale, &zero, &rounded);
}

/* ---- weights -------------------------------------------------------------------------------------------------- */

/* Scale of channel k with the batch norm's factor in it, which may be negative or zero, and the bias. */
static double channel_of(const struct ln_onnx_export *x, int i, int64_t k, double *bias) {
    const struct ln_node *node = &x->net->nodes[i];
    const double scale = (double)x->model->quant->weights[node->first_param][k];
    *bias = node->params > 1 ? (double)x->model->params[node->first_param + 1][k] : 0;
    if (!x->layers.folded[i]) return scale;
    const struct ln_node *norm = &x->net->nodes[x->layers.folded[i]];
    *bias = ln_norm_shift(x->model, norm, k, *bias);
    return scale * ln_norm_scale(x->model, norm, k);
}

struct channels {
    int64_t k;
    int8_t *integers; /* of the weights */
    float *scales;    /* [k] of the weights, */
    float *steps;     /* and of the bias: times the input's */
    int32_t *bias;
    float *bias_f32; /* used if the integers would not fit */
    bool fits;
};

static void compute(const struct ln_onnx_export *x, int i, struct channels *c) {
    const struct ln_node *node = &x->net->nodes[i];
    const size_t row = ln_net_param_size(x->net, (size_t)node->first_param) / (size_t)c->k;
    const double in = (double)x->model->quant->value[node->in[0]].scale;
    ln_quant_integers(x->model->quant, x->net, (size_t)node->first_param, x->model->params[node->first_param],
                      c->integers);
    c->fits = true;
    for (int64_t k = 0; k < c->k; k++) {
        double bias, scale = channel_of(x, i, k, &bias);
        int8_t *q = c->integers + (size_t)k * row;
        const bool none = !(fabs(scale) > 1e-30);
        for (size_t n = 0; n < row; n++) q[n] = (int8_t)(none ? 0 : scale < 0 ? -q[n] : q[n]);
        scale = none ? 1 : fabs(scale);
        c->scales[k] = (float)scale;
        c->steps[k] = (float)(scale * in);
        c->bias_f32[k] = (float)bias;
        c->fits &= fabs(bias / (double)c->steps[k]) < 1 << 30;
        if (c->fits) c->bias[k] = (int32_t)lrint(bias / (double)c->steps[k]);
    }
}

/* OUT = DequantizeLinear(IN, scales), a scale for each index of the first dimension. */
static void write_rows(struct ln_onnx_export *x, const char *in, const char *scales, const char *out) {
    struct ln_text node = {0};
    ln_onnx_node_begin(&node, "DequantizeLinear", out);
    ln_onnx_node_input(&node, in);
    ln_onnx_node_input(&node, scales);
    ln_onnx_node_output(&node, out);
    ln_onnx_node_int(&node, "axis", 0);
    ln_onnx_node_end(&x->writer, &node);
}

static void write_channels(struct ln_onnx_export *x, int i, struct channels *c, struct ln_text *text) {
    const struct ln_node *node = &x->net->nodes[i];
    const struct ln_net_param *weight = &x->net->params[node->first_param];
    const struct name scales = joined(weight->name, ".scale"), rounded = joined(weight->name, ".rounded"),
                      bias = joined(node->name, ".bias"), steps = joined(node->name, ".bias.scale"),
                      bias_rounded = joined(node->name, ".bias.rounded");
    const struct ln_shape rows = ln_shape_of(c->k);
    write_bytes(x, weight->name, LN_ONNX_INT8, weight->spec.shape, c->integers);
    write_bytes(x, scales.text, LN_ONNX_FLOAT, rows, c->scales);
    write_rows(x, weight->name, scales.text, rounded.text);
    ln_onnx_node_input(text, rounded.text);
    c->integers = NULL;
    c->scales = NULL;
    if (c->fits) {
        write_bytes(x, bias.text, LN_ONNX_INT32, rows, c->bias);
        write_bytes(x, steps.text, LN_ONNX_FLOAT, rows, c->steps);
        write_rows(x, bias.text, steps.text, bias_rounded.text);
        c->bias = NULL;
        c->steps = NULL;
    } else {
        write_bytes(x, bias.text, LN_ONNX_FLOAT, rows, c->bias_f32);
        c->bias_f32 = NULL;
    }
    ln_onnx_node_input(text, c->fits ? bias_rounded.text : bias.text);
}

bool ln_onnx_add_int8(struct ln_onnx_export *x, int i, struct ln_text *text) {
    if (!is_int8(x, (size_t)i)) return false;
    const struct ln_node *node = &x->net->nodes[i];
    const size_t count = ln_net_param_size(x->net, (size_t)node->first_param);
    struct channels c = {.k = ln_quant_rows(x->net, (size_t)node->first_param)};
    c.integers = ln_alloc(count);
    c.scales = ln_calloc((size_t)c.k, sizeof *c.scales);
    c.steps = ln_calloc((size_t)c.k, sizeof *c.steps);
    c.bias = ln_calloc((size_t)c.k, sizeof *c.bias);
    c.bias_f32 = ln_calloc((size_t)c.k, sizeof *c.bias_f32);
    if (c.integers && c.scales && c.steps && c.bias && c.bias_f32) {
        compute(x, i, &c);
        write_channels(x, i, &c, text);
    } else {
        x->writer.failed = true;
    }
    ln_free(c.integers);
    ln_free(c.scales);
    ln_free(c.steps);
    ln_free(c.bias);
    ln_free(c.bias_f32);
    return true;
}
