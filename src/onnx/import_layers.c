/* Operators that become layers with weights, normalisation and activations. */
#include "onnx/import.h"

#include <math.h>
#include <string.h>

/* ---- convolution ------------------------------------------------------------------------------------------------------- */

struct conv {
    struct ln_onnx_value x, weight;
    struct ln_pair kernel, stride, dilation;
    int64_t out, groups;
    int pad[4]; /* above, left, below, right */
};

/* auto_pad: the padding that makes the output ceil(in / stride). If it is odd, SAME_UPPER puts the larger half at the end. */
static void pad_same(int64_t in, int kernel, int stride, bool upper, int *before, int *after) {
    const int64_t total = ln_larger((ln_ceil_of(in, stride) - 1) * stride + kernel - in, 0);
    *before = (int)(upper ? total / 2 : total - total / 2);
    *after = (int)total - *before;
}

int ln_onnx_padding(const struct ln_onnx_import *m, const struct ln_onnx_node *node,
                    const struct ln_onnx_value *x, struct ln_pair reach, struct ln_pair stride, int pad[4]) {
    enum { PAD_MAX = 1024 };
    const struct ln_onnx_attribute *a = ln_onnx_attribute(&m->o, node, "pads"),
                                   *mode = ln_onnx_attribute(&m->o, node, "auto_pad");
    const char *name = mode ? ln_onnx_text(&m->o, mode->string) : "NOTSET";
    const int64_t *in = ln_onnx_shape(m, x->layer)->dim;
    const bool upper = strcmp(name, "SAME_UPPER") == 0;
    memcpy(pad, x->pad, sizeof x->pad);
    if (upper || strcmp(name, "SAME_LOWER") == 0) {
        if (pad[0] || pad[1] || pad[2] || pad[3])
            return ln_onnx_refuse(m, node, "auto_pad after a Pad node is not supported");
        pad_same(in[2], reach.h, stride.h, upper, &pad[0], &pad[2]);
        pad_same(in[3], reach.w, stride.w, upper, &pad[1], &pad[3]);
    }
    const int64_t *n = a && a->ints == 4 ? (const int64_t *)m->o.numbers.items + a->first_int : NULL;
    if (a && a->ints && !n) return ln_onnx_refuse(m, node, "its padding is not two-dimensional");
    for (int i = 0; n && i < 4; i++) {
        if (n[i] < 0 || n[i] > PAD_MAX) return ln_onnx_refuse(m, node, "a padding outside 0 to 1024");
        pad[i] += (int)n[i];
    }
    return LINNET_OK;
}

static int read_conv(struct ln_onnx_import *m, const struct ln_onnx_node *node, struct conv *c) {
    LN_TRY(ln_onnx_take_layer(m, node, 0, &c->x));
    if (c->x.rows_last || c->x.step.h || c->x.divided != 0 || c->x.softmax)
        return ln_onnx_refuse(m, node,
                              "Linnet has no layer for its input, which is cut, transposed or scaled");
    LN_TRY(ln_onnx_take_weights(m, node, 1, 4, &c->weight));
    if (ln_onnx_shape(m, c->x.layer)->rank != 4) return ln_onnx_refuse(m, node, "its input is not a map");
    const int64_t *w = ln_onnx_tensor(&m->o, c->weight.tensor)->shape.dim;
    c->groups = ln_onnx_int(m, node, "group", 1);
    c->out = w[0];
    if (c->groups < 1 || c->groups > INT32_MAX || w[0] < 1 || w[0] > INT32_MAX || w[2] < 1 || w[2] > 1024 ||
        w[3] < 1 || w[3] > 1024 || w[1] != ln_onnx_shape(m, c->x.layer)->dim[1] / c->groups)
        return ln_onnx_refuse(m, node, "its weights do not fit its input");
    c->kernel = (struct ln_pair){(int)w[2], (int)w[3]};
    LN_TRY(ln_onnx_pair(m, node, "strides", 1, &c->stride));
    LN_TRY(ln_onnx_pair(m, node, "dilations", 1, &c->dilation));
    if (c->stride.h < 1 || c->stride.w < 1 || c->dilation.h < 1 || c->dilation.w < 1)
        return ln_onnx_refuse(m, node, "a stride or dilation of 0");
    const struct ln_pair reach = {c->dilation.h * (c->kernel.h - 1) + 1,
                                  c->dilation.w * (c->kernel.w - 1) + 1};
    return ln_onnx_padding(m, node, &c->x, reach, c->stride, c->pad);
}

/* Linnet pads opposite sides alike. A kernel with zeros added on the side of the smaller padding computes the same
 * with the larger one on both sides: with k = 3 and padding 0 above, 1 below, the kernel [0 a b c] and padding 1. */
static int even_padding(const struct ln_onnx_import *m, const struct ln_onnx_node *node, const struct conv *c,
                        struct ln_onnx_source *weight, struct ln_pair *padding, struct ln_pair *kernel) {
    const int *p = c->pad;
    *padding = (struct ln_pair){p[0] > p[2] ? p[0] : p[2], p[1] > p[3] ? p[1] : p[3]};
    *kernel = c->kernel;
    for (int i = 0; i < 4; i++) weight->grow[i] = (i % 2 ? padding->w : padding->h) - p[i];
    kernel->h += weight->grow[0] + weight->grow[2];
    kernel->w += weight->grow[1] + weight->grow[3];
    if (kernel->h == c->kernel.h && kernel->w == c->kernel.w) return LINNET_OK;
    weight->how = LN_ONNX_KERNEL;
    if (c->dilation.h != 1 || c->dilation.w != 1)
        return ln_onnx_refuse(m, node, "different padding on two sides with a dilation");
    return LINNET_OK;
}

/* The bias, from input 2 or else from an Add after the node. *output: the value of that Add; -1: none. */
static int find_bias(struct ln_onnx_import *m, const struct ln_onnx_node *node, int64_t channels, int rank,
                     int *tensor, int *output) {
    struct ln_onnx_value bias;
    *output = *tensor = -1;
    if (ln_onnx_in(&m->o, node, 2) < 0)
        return ln_onnx_take_added_bias(m, node, channels, rank, tensor, output);
    LN_TRY(ln_onnx_take(m, node, 2, &bias));
    if (!ln_onnx_is_by_channel(m, &bias, channels, 2, false))
        return ln_onnx_refuse(m, node, "its bias does not have one number for each output");
    *tensor = bias.tensor;
    return ln_onnx_check_floats(&m->o, &m->outside, ln_onnx_tensor(&m->o, *tensor));
}

/* Gives the layer to the node's output, or to that of the Add with its bias. */
static int give_layer(struct ln_onnx_import *m, const struct ln_onnx_node *node, int layer, int output) {
    const struct ln_onnx_value value = {.kind = LN_ONNX_LAYER, .layer = layer};
    if (output < 0) return ln_onnx_give(m, node, 0, &value);
    if (m->values[output].kind != LN_ONNX_UNKNOWN)
        return ln_onnx_refuse(m, node, "its output is computed twice");
    m->values[output] = value;
    return LINNET_OK;
}

static int add_weights(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                       struct ln_onnx_source *weight, int bias, int output) {
    LN_TRY(ln_onnx_add_source(m, weight));
    if (bias >= 0)
        LN_TRY(ln_onnx_add_source(
            m, &(struct ln_onnx_source){.layer = weight->layer, .param = 1, .tensor = bias}));
    return give_layer(m, node, weight->layer, output);
}

int ln_onnx_conv(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct conv c;
    struct ln_pair padding, kernel;
    int bias, output;
    LN_TRY(read_conv(m, node, &c));
    struct ln_onnx_source weight = {.tensor = c.weight.tensor};
    LN_TRY(even_padding(m, node, &c, &weight, &padding, &kernel));
    LN_TRY(find_bias(m, node, c.out, 4, &bias, &output));
    const struct ln_conv_attrs attrs = {.out = (int)c.out,
                                        .kernel = kernel,
                                        .stride = c.stride,
                                        .padding = ln_onnx_pair_of(padding.h, padding.w),
                                        .dilation = c.dilation,
                                        .groups = (int)c.groups,
                                        .no_bias = bias < 0};
    LN_TRY(ln_onnx_add(m, node,
                       &(struct ln_onnx_layer){.op = &ln_op_conv,
                                               .attrs = &attrs,
                                               .in = {c.x.layer},
                                               .inputs = 1,
                                               .weight = ln_onnx_in(&m->o, node, 1)},
                       &weight.layer));
    return add_weights(m, node, &weight, bias, output);
}

/* ---- linear ---------------------------------------------------------------------------------------------------------------- */

/* y = x W with W [in, out], or its transpose. */
static int add_linear(struct ln_onnx_import *m, const struct ln_onnx_node *node, bool transposed) {
    struct ln_onnx_value x, weight;
    int bias, output;
    LN_TRY(ln_onnx_take_still(m, node, 0, &x));
    LN_TRY(ln_onnx_take_weights(m, node, 1, 2, &weight));
    const int64_t *w = ln_onnx_tensor(&m->o, weight.tensor)->shape.dim;
    const struct ln_shape *in = ln_onnx_shape(m, x.layer);
    const bool rows_are_outputs = transposed != weight.transposed;
    const int64_t inputs = w[rows_are_outputs ? 1 : 0], outputs = w[rows_are_outputs ? 0 : 1];
    if (in->rank != 2 || inputs != in->dim[1] || outputs < 1 || outputs > INT32_MAX)
        return ln_onnx_refuse(m, node, "its weights do not fit its input");
    LN_TRY(find_bias(m, node, outputs, 2, &bias, &output));
    const struct ln_linear_attrs attrs = {.out = (int)outputs, .no_bias = bias < 0};
    struct ln_onnx_source source = {.tensor = weight.tensor,
                                    .how = rows_are_outputs && !x.rows_last ? LN_ONNX_AS_IS : LN_ONNX_MATRIX,
                                    .transposed = !rows_are_outputs,
                                    .rows_last = x.rows_last,
                                    .map = {x.map[0], x.map[1], x.map[2]}};
    LN_TRY(ln_onnx_add(m, node,
                       &(struct ln_onnx_layer){.op = &ln_op_linear,
                                               .attrs = &attrs,
                                               .in = {x.layer},
                                               .inputs = 1,
                                               .weight = ln_onnx_in(&m->o, node, 1)},
                       &source.layer));
    return add_weights(m, node, &source, bias, output);
}

int ln_onnx_gemm(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    const bool scaled = ln_onnx_real(m, node, "alpha", 1) != 1 ||
                        (ln_onnx_in(&m->o, node, 2) >= 0 && ln_onnx_real(m, node, "beta", 1) != 1);
    if (scaled || ln_onnx_int(m, node, "transA", 0))
        return ln_onnx_refuse(m, node, "alpha, beta or transA is set");
    return add_linear(m, node, ln_onnx_int(m, node, "transB", 0) != 0);
}

int ln_onnx_matmul(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    return add_linear(m, node, false);
}

/* ---- normalisation ----------------------------------------------------------------------------------------------------------- */

/* ONNX's momentum is the weight of the old value. */
int ln_onnx_batchnorm(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value p[LN_NORM_PARAMS];
    int x, id;
    LN_TRY(ln_onnx_take_bare(m, node, 0, &x));
    for (size_t k = 0; k < LN_NORM_PARAMS; k++) {
        LN_TRY(ln_onnx_take_weights(m, node, k + 1, 1, &p[k]));
        if (ln_onnx_tensor(&m->o, p[k].tensor)->shape.dim[0] != ln_onnx_shape(m, x)->dim[1])
            return ln_onnx_refuse(m, node, "its weights do not fit its input");
    }
    const double momentum = ln_onnx_decimal((double)(float)(1 - ln_onnx_real(m, node, "momentum", 0.9)));
    const struct ln_batchnorm_attrs attrs = {.eps = ln_onnx_real(m, node, "epsilon", 1e-5),
                                             .momentum = momentum > 0 ? momentum : LINNET_NONE};
    LN_TRY(ln_onnx_add(m, node,
                       &(struct ln_onnx_layer){.op = &ln_op_batchnorm,
                                               .attrs = &attrs,
                                               .in = {x},
                                               .inputs = 1,
                                               .weight = ln_onnx_in(&m->o, node, 1)},
                       &id));
    for (int k = 0; k < LN_NORM_PARAMS; k++)
        LN_TRY(
            ln_onnx_add_source(m, &(struct ln_onnx_source){.layer = id, .param = k, .tensor = p[k].tensor}));
    return give_layer(m, node, id, -1);
}

int ln_onnx_lrn(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    const int64_t size = ln_onnx_int(m, node, "size", 0);
    if (size < 1 || size > 1023 || size % 2 == 0)
        return ln_onnx_refuse(m, node, "its size is not an odd number from 1 to 1023");
    const double alpha = ln_onnx_real(m, node, "alpha", 1e-4), beta = ln_onnx_real(m, node, "beta", 0.75);
    const struct ln_lrn_attrs attrs = {.size = (int)size,
                                       .alpha = alpha != 0 ? alpha : LINNET_NONE,
                                       .beta = beta != 0 ? beta : LINNET_NONE,
                                       .k = ln_onnx_real(m, node, "bias", 1)};
    int x;
    LN_TRY(ln_onnx_take_bare(m, node, 0, &x));
    return ln_onnx_add_simple(m, node, &ln_op_lrn, &attrs);
}

/* ---- activations ------------------------------------------------------------------------------------------------------------ */

int ln_onnx_relu(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    return ln_onnx_add_simple(m, node, &ln_op_relu, LN_ONNX_PLAIN);
}

int ln_onnx_tanh(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    return ln_onnx_add_simple(m, node, &ln_op_tanh, LN_ONNX_PLAIN);
}

/* Limits are inputs since operator set 11, attributes before. From 0 to 6 it is ReLU6, from 0 on ReLU. */
int ln_onnx_clip(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    double low = ln_onnx_real(m, node, "min", -INFINITY), high = ln_onnx_real(m, node, "max", INFINITY),
           number = 0;
    size_t count;
    LN_TRY(ln_onnx_take_numbers(m, node, 1, 1, &number, &count));
    if (count) low = number;
    LN_TRY(ln_onnx_take_numbers(m, node, 2, 1, &number, &count));
    if (count) high = number;
    if (low == 0 && high == 6) return ln_onnx_add_simple(m, node, &ln_op_relu6, LN_ONNX_PLAIN);
    if (low == 0 && high > 1e30) return ln_onnx_relu(m, node);
    return ln_onnx_refuse(m, node, "Linnet has only the limits 0 and 6 (ReLU6), and 0 alone (ReLU)");
}

int ln_onnx_sigmoid(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x = {0};
    LN_TRY(ln_onnx_take_bare(m, node, 0, &x.layer));
    x.kind = LN_ONNX_SIGMOID;
    return ln_onnx_give(m, node, 0, &x);
}

/* The rate is input 1 since operator set 12. A rate outside (0, 1) adds no layer. */
int ln_onnx_dropout(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    double rate = ln_onnx_real(m, node, "ratio", 0.5), number = 0;
    size_t count;
    LN_TRY(ln_onnx_take_numbers(m, node, 1, 1, &number, &count));
    if (count) rate = ln_onnx_decimal((double)(float)number);
    if (!(rate > 0 && rate < 1)) return ln_onnx_identity(m, node);
    return ln_onnx_add_simple(m, node, &ln_op_dropout, &(struct ln_dropout_attrs){.p = rate});
}

/* Linnet computes probabilities itself. */
int ln_onnx_softmax(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    LN_TRY(ln_onnx_take_layer(m, node, 0, &x));
    const int64_t axis = ln_onnx_int(m, node, "axis", m->o.opset < 13 ? 1 : -1);
    if (x.softmax || x.step.h || ln_onnx_is_padded(&x) || ln_onnx_shape(m, x.layer)->rank != 2 ||
        (axis != 1 && axis != -1))
        return ln_onnx_refuse(m, node, "only a softmax over the classes at the end is supported");
    if (x.divided != 0) m->temperature = x.divided;
    x.divided = 0;
    x.softmax = true;
    return ln_onnx_give(m, node, 0, &x);
}
