/* Pooling, padding and cutting of maps. */
#include "onnx/import.h"

#include <string.h>

/* ---- windows ------------------------------------------------------------------------------------------------------------- */

/* The stride as an attribute: 0 means as the kernel, which is how such networks are usually written. */
static struct ln_pair stride_of(struct ln_pair kernel, struct ln_pair stride) {
    return stride.h == kernel.h && stride.w == kernel.w ? (struct ln_pair){0, 0} : stride;
}

struct window {
    struct ln_onnx_value x;
    struct ln_pair kernel, stride;
    int pad[4]; /* above, left, below, right */
    bool ceil;  /* the attribute */
};

static int read_window(struct ln_onnx_import *m, const struct ln_onnx_node *node, struct window *w) {
    struct ln_pair dilation;
    LN_TRY(ln_onnx_take_layer(m, node, 0, &w->x));
    if (w->x.rows_last || w->x.step.h || w->x.divided != 0 || w->x.softmax ||
        ln_onnx_shape(m, w->x.layer)->rank != 4)
        return ln_onnx_refuse(m, node, "its input is not a map, or is cut, transposed or scaled");
    LN_TRY(ln_onnx_pair(m, node, "kernel_shape", 0, &w->kernel));
    LN_TRY(ln_onnx_pair(m, node, "strides", 1, &w->stride));
    LN_TRY(ln_onnx_pair(m, node, "dilations", 1, &dilation));
    w->ceil = ln_onnx_int(m, node, "ceil_mode", 0) != 0;
    if (w->kernel.h < 1 || w->kernel.w < 1 || w->stride.h < 1 || w->stride.w < 1 || dilation.h != 1 ||
        dilation.w != 1)
        return ln_onnx_refuse(m, node, "its windows are empty or dilated");
    return ln_onnx_padding(m, node, &w->x, w->kernel, w->stride, w->pad);
}

/* The number of windows along a side; see op/window.c for ceil. */
static int64_t windows(int64_t in, int kernel, int stride, int before, int after, bool ceil) {
    const int64_t room = in + before + after - kernel;
    if (room < 0) return ceil && room > -stride ? 1 : 0;
    const int64_t count = room / stride + 1;
    return ceil && room % stride && count * stride < in + before ? count + 1 : count;
}

/* Linnet pads both ends alike. The padding at the far end only determines the number of windows: padded like the
 * near end, with or without ceil, there must be as many. */
static bool choose_ceil(const struct ln_onnx_import *m, const struct window *w, bool *ceil) {
    const int64_t *in = ln_onnx_shape(m, w->x.layer)->dim;
    const int64_t rows = windows(in[2], w->kernel.h, w->stride.h, w->pad[0], w->pad[2], w->ceil),
                  columns = windows(in[3], w->kernel.w, w->stride.w, w->pad[1], w->pad[3], w->ceil);
    for (int i = 0; i < 2; i++) {
        *ceil = i == 1;
        if (windows(in[2], w->kernel.h, w->stride.h, w->pad[0], w->pad[0], *ceil) == rows &&
            windows(in[3], w->kernel.w, w->stride.w, w->pad[1], w->pad[1], *ceil) == columns)
            return true;
    }
    return false;
}

static int give_window(struct ln_onnx_import *m, const struct ln_onnx_node *node, const struct ln_op *op,
                       const void *attrs, int layer) {
    struct ln_onnx_value value = {.kind = LN_ONNX_LAYER};
    LN_TRY(ln_onnx_add(
        m, node, &(struct ln_onnx_layer){.op = op, .attrs = attrs, .in = {layer}, .inputs = 1, .weight = -1},
        &value.layer));
    return ln_onnx_give(m, node, 0, &value);
}

/* Zeros from a Pad before the node count as values, but the node's own padding does not. After a rectifier there is
 * no difference. */
int ln_onnx_maxpool(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct window w;
    bool ceil;
    LN_TRY(read_window(m, node, &w));
    const struct ln_op *before = m->net->nodes[w.x.layer].op;
    if (ln_onnx_is_padded(&w.x) && before != &ln_op_relu && before != &ln_op_relu6)
        return ln_onnx_refuse(m, node, "its input is padded with zeros and not a rectifier's output");
    if (!choose_ceil(m, &w, &ceil)) return ln_onnx_refuse(m, node, "the padding at its two ends differs");
    const struct ln_maxpool_attrs attrs = {.kernel = w.kernel,
                                           .stride = stride_of(w.kernel, w.stride),
                                           .padding = ln_onnx_pair_of(w.pad[0], w.pad[1]),
                                           .ceil = ceil};
    return give_window(m, node, &ln_op_maxpool, &attrs, w.x.layer);
}

int ln_onnx_avgpool(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct window w;
    bool ceil;
    LN_TRY(read_window(m, node, &w));
    const bool counted = ln_onnx_int(m, node, "count_include_pad", 0) != 0,
               even = w.pad[0] == w.pad[2] && w.pad[1] == w.pad[3];
    if (ln_onnx_is_padded(&w.x)) return ln_onnx_refuse(m, node, "its input is padded by another node");
    if (!choose_ceil(m, &w, &ceil) || (counted && !even))
        return ln_onnx_refuse(m, node, "the padding at its two ends differs");
    const struct ln_avgpool_attrs attrs = {.kernel = w.kernel,
                                           .stride = stride_of(w.kernel, w.stride),
                                           .padding = ln_onnx_pair_of(w.pad[0], w.pad[1]),
                                           .ceil = ceil,
                                           .exclude_pad = !counted && (w.pad[0] || w.pad[1])};
    return give_window(m, node, &ln_op_avgpool, &attrs, w.x.layer);
}

/* ---- means ------------------------------------------------------------------------------------------------------------------ */

int ln_onnx_global_avgpool(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    int layer;
    LN_TRY(ln_onnx_take_bare(m, node, 0, &layer));
    return give_window(m, node, &ln_op_adaptive_avgpool, &(struct ln_adaptive_avgpool_attrs){.out = {1}},
                       layer);
}

/* The mean over rows and columns, in either order of the dimensions. */
int ln_onnx_reduce_mean(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    int axes[LN_RANK_MAX];
    size_t count;
    LN_TRY(ln_onnx_take_still(m, node, 0, &x));
    LN_TRY(ln_onnx_axes(m, node, 1, 4, axes, &count));
    const int rows = x.rows_last ? 1 : 2;
    if (ln_onnx_shape(m, x.layer)->rank != 4 || count != 2 || axes[0] + axes[1] != 2 * rows + 1 ||
        (axes[0] != rows && axes[1] != rows))
        return ln_onnx_refuse(m, node, "only a mean over the rows and columns of a map is supported");
    LN_TRY(ln_onnx_add(m, node,
                       &(struct ln_onnx_layer){.op = &ln_op_adaptive_avgpool,
                                               .attrs = &(struct ln_adaptive_avgpool_attrs){.out = {1}},
                                               .in = {x.layer},
                                               .inputs = 1,
                                               .weight = -1},
                       &x.layer));
    if (ln_onnx_int(m, node, "keepdims", 1)) return ln_onnx_give(m, node, 0, &x);
    return give_window(m, node, &ln_op_flatten, LN_ONNX_PLAIN, x.layer);
}

/* ---- Pad -------------------------------------------------------------------------------------------------------------------- */

/* Appends channels of zeros to an input, of which a Slice may have kept only every second row and column: the
 * parameter-free shortcut of the first residual networks. */
static int pad_channels(struct ln_onnx_import *m, const struct ln_onnx_node *node, struct ln_onnx_value *x,
                        int64_t more) {
    const struct ln_pad_shortcut_attrs attrs = {.out = (int)(ln_onnx_shape(m, x->layer)->dim[1] + more),
                                                .stride = x->step};
    struct ln_onnx_value value = {.kind = LN_ONNX_LAYER};
    LN_TRY(ln_onnx_add(m, node,
                       &(struct ln_onnx_layer){.op = &ln_op_pad_shortcut,
                                               .attrs = &attrs,
                                               .in = {x->layer},
                                               .inputs = 1,
                                               .weight = -1,
                                               .name = x->named_after},
                       &value.layer));
    return ln_onnx_give(m, node, 0, &value);
}

/* Two numbers for each dimension: first those before each dimension, then those after. */
static int read_pads(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                     double pads[2 * LN_RANK_MAX]) {
    const struct ln_onnx_attribute *a = ln_onnx_attribute(&m->o, node, "pads"),
                                   *mode = ln_onnx_attribute(&m->o, node, "mode");
    double filled = ln_onnx_real(m, node, "value", 0);
    size_t count, fills;
    if (mode && strcmp(ln_onnx_text(&m->o, mode->string), "constant") != 0)
        return ln_onnx_refuse(m, node, "only padding with zeros is supported");
    LN_TRY(ln_onnx_take_numbers(m, node, 1, 2 * LN_RANK_MAX, pads, &count));
    LN_TRY(ln_onnx_take_numbers(m, node, 2, 1, &filled, &fills));
    for (size_t i = 0; a && i < a->ints && i < 8; i++)
        pads[i] = (double)((const int64_t *)m->o.numbers.items)[a->first_int + i];
    if (a) count = a->ints;
    if (count != 8 || filled != 0)
        return ln_onnx_refuse(m, node, "only padding of maps with zeros is supported");
    for (size_t i = 0; i < count; i++)
        if (!(pads[i] >= 0 && pads[i] <= 4096)) return ln_onnx_refuse(m, node, "a padding outside 0 to 4096");
    return LINNET_OK;
}

int ln_onnx_pad(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    double pads[2 * LN_RANK_MAX] = {0};
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    if ((x.kind != LN_ONNX_LAYER && x.kind != LN_ONNX_IMAGES) || x.divided != 0 || x.softmax)
        return ln_onnx_refuse(m, node, "its input is not a map");
    LN_TRY(read_pads(m, node, pads));
    const int rows = x.rows_last ? 1 : 2, channels = x.rows_last ? 3 : 1;
    const bool around = pads[rows] != 0 || pads[rows + 1] != 0 || pads[4 + rows] != 0 || pads[5 + rows] != 0;
    if (pads[0] != 0 || pads[4] != 0 || pads[channels] != 0 ||
        (pads[4 + channels] != 0 && (around || x.rows_last)) || (x.step.h && around) ||
        (pads[4 + channels] != 0 &&
         (x.kind == LN_ONNX_IMAGES || ln_onnx_is_padded(&x) || ln_onnx_shape(m, x.layer)->rank != 4)))
        return ln_onnx_refuse(
            m, node,
            "Linnet pads rows and columns before a convolution, or channels after the existing ones");
    if (pads[4 + channels] != 0 || x.step.h) return pad_channels(m, node, &x, (int64_t)pads[4 + channels]);
    for (int i = 0; i < 4; i++) x.pad[i] += (int)pads[i < 2 ? rows + i : 2 + rows + i];
    return ln_onnx_give(m, node, 0, &x);
}
