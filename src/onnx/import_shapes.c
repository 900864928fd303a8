/* Operators without arithmetic: they pass values on, reorder their dimensions, flatten maps, or compute the shapes
 * for that. A shape has at most eight numbers; the number of images is unknown (LN_ONNX_BATCH). */
#include "onnx/import.h"
#include "onnx/schema.h"

#include <math.h>
#include <string.h>

/* ---- flatten ---------------------------------------------------------------------------------------------------------------- */

static int64_t features_of(const struct ln_shape *shape) {
    int64_t features = 1;
    for (int i = 1; i < shape->rank; i++) features *= shape->dim[i];
    return features;
}

/* A map becomes rows. If the map is seen as [h][w][c], the columns have that order, and the weights of the next
 * layer are reordered. */
static int flatten(struct ln_onnx_import *m, const struct ln_onnx_node *node, struct ln_onnx_value *x) {
    const struct ln_shape shape = *ln_onnx_shape(m, x->layer);
    if (shape.rank == 2) return ln_onnx_give(m, node, 0, x);
    LN_TRY(ln_onnx_add(
        m, node,
        &(struct ln_onnx_layer){
            .op = &ln_op_flatten, .attrs = LN_ONNX_PLAIN, .in = {x->layer}, .inputs = 1, .weight = -1},
        &x->layer));
    for (int i = 0; i < 3; i++) x->map[i] = shape.dim[i + 1];
    x->rows_last = x->rows_last && shape.dim[2] * shape.dim[3] > 1;
    return ln_onnx_give(m, node, 0, x);
}

int ln_onnx_flatten(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    LN_TRY(ln_onnx_take_still(m, node, 0, &x));
    const int64_t axis = ln_onnx_int(m, node, "axis", 1);
    if (axis != 1 && axis != 1 - ln_onnx_shape(m, x.layer)->rank)
        return ln_onnx_refuse(m, node, "only flattening from dimension 1 on is supported");
    return flatten(m, node, &x);
}

/* To [batch, features]. The batch may be a computed one, copied (0), left open (-1), or that of an export for one image. */
int ln_onnx_reshape(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    double dims[LN_RANK_MAX];
    size_t count;
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    if (x.kind == LN_ONNX_INTS)
        return ln_onnx_identity(m, node); /* a scalar made a list, or the other way around */
    LN_TRY(ln_onnx_take_still(m, node, 0, &x));
    LN_TRY(ln_onnx_take_numbers(m, node, 1, LN_RANK_MAX, dims, &count));
    const double features = (double)features_of(ln_onnx_shape(m, x.layer));
    const struct ln_onnx_end *input = (const struct ln_onnx_end *)m->o.inputs.items;
    const double fixed = input->shape.rank > 0 ? (double)input->shape.dim[0] : 1;
    const bool is_batch = count == 2 && (dims[0] == (double)LN_ONNX_BATCH || dims[0] == 0 || dims[0] == -1 ||
                                         dims[0] == 1 || dims[0] == fixed);
    const bool fits = count == 2 && (dims[1] == features || (dims[1] == -1 && dims[0] != -1));
    if (!is_batch || !fits)
        return ln_onnx_refuse(m, node, "only a reshape to [batch, features] is supported");
    return flatten(m, node, &x);
}

/* Rows and columns of a map of one pixel are dropped. */
int ln_onnx_squeeze(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    int axes[LN_RANK_MAX];
    size_t count;
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    if (x.kind == LN_ONNX_INTS)
        return x.count == 1 ? ln_onnx_give(m, node, 0, &x)
                            : ln_onnx_refuse(m, node, "a list of several numbers");
    LN_TRY(ln_onnx_take_still(m, node, 0, &x));
    LN_TRY(ln_onnx_axes(m, node, 1, 4, axes, &count));
    const struct ln_shape *shape = ln_onnx_shape(m, x.layer);
    const int rows = x.rows_last ? 1 : 2;
    if (shape->rank != 4 || shape->dim[2] != 1 || shape->dim[3] != 1 || count != 2 ||
        axes[0] + axes[1] != 2 * rows + 1 || (axes[0] != rows && axes[1] != rows))
        return ln_onnx_refuse(m, node,
                              "only dropping the rows and columns of a map of one pixel is supported");
    return flatten(m, node, &x);
}

/* ---- the same value ------------------------------------------------------------------------------------------------------------- */

int ln_onnx_identity(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    return ln_onnx_give(m, node, 0, &x);
}

/* [n][h][w][c] to [n][c][h][w] and back; a matrix of weights to its transpose. */
int ln_onnx_transpose(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    const struct ln_onnx_attribute *a = ln_onnx_attribute(&m->o, node, "perm");
    const int64_t *p = a ? (const int64_t *)m->o.numbers.items + a->first_int : NULL;
    const bool is_matrix =
        x.kind == LN_ONNX_CONSTANT && x.tensor >= 0 && ln_onnx_tensor(&m->o, x.tensor)->shape.rank == 2;
    const bool is_map =
        (x.kind == LN_ONNX_LAYER && ln_onnx_shape(m, x.layer)->rank == 4 && !ln_onnx_is_changed(&x)) ||
        (x.kind == LN_ONNX_IMAGES && !ln_onnx_is_changed(&x) && x.channel < 0);
    if (is_matrix && (!a || (a->ints == 2 && p[0] == 1 && p[1] == 0))) {
        x.transposed = !x.transposed;
        return ln_onnx_give(m, node, 0, &x);
    }
    const bool planes = is_map && a && a->ints == 4 && p[0] == 0 && p[1] == 3 && p[2] == 1 && p[3] == 2;
    const bool pixels = is_map && a && a->ints == 4 && p[0] == 0 && p[1] == 2 && p[2] == 3 && p[3] == 1;
    if (!(planes && x.rows_last) && !(pixels && !x.rows_last))
        return ln_onnx_refuse(m, node,
                              "only transposing maps between [n, h, w, c] and [n, c, h, w] is supported");
    x.rows_last = pixels;
    return ln_onnx_give(m, node, 0, &x);
}

/* ---- constants, shapes ------------------------------------------------------------------------------------------------------------ */

int ln_onnx_constant(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    const struct ln_onnx_attribute *tensor = ln_onnx_attribute(&m->o, node, "value"),
                                   *real = ln_onnx_attribute(&m->o, node, "value_float"),
                                   *integer = ln_onnx_attribute(&m->o, node, "value_int"),
                                   *ints = ln_onnx_attribute(&m->o, node, "value_ints");
    struct ln_onnx_value x = {.kind = LN_ONNX_CONSTANT, .tensor = -1};
    if (tensor && tensor->tensor >= 0) {
        x.tensor = tensor->tensor;
    } else if (real) {
        x.real = ln_onnx_decimal(real->real);
    } else if (integer || (ints && ints->ints <= LN_RANK_MAX)) {
        x.kind = LN_ONNX_INTS;
        x.count = integer ? 1 : (int)ints->ints;
        for (int i = 0; i < x.count; i++)
            x.ints[i] = integer ? integer->integer
                                : ((const int64_t *)m->o.numbers.items)[ints->first_int + (size_t)i];
    } else
        return ln_onnx_refuse(m, node, "a constant of a form that is not supported");
    return ln_onnx_give(m, node, 0, &x);
}

/* The k-th input as whole numbers. */
static int take_ints(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                     struct ln_onnx_value *out) {
    double numbers[LN_RANK_MAX];
    struct ln_onnx_value x;
    size_t count;
    LN_TRY(ln_onnx_take(m, node, k, &x));
    *out = x;
    if (x.kind == LN_ONNX_INTS) return LINNET_OK;
    LN_TRY(ln_onnx_numbers_of(m, node, &x, LN_RANK_MAX, numbers, &count));
    *out = (struct ln_onnx_value){.kind = LN_ONNX_INTS, .count = (int)count};
    for (size_t i = 0; i < count; i++)
        out->ints[i] = fabs(numbers[i]) < 0x1p62 ? (int64_t)numbers[i]
                       : numbers[i] < 0          ? INT64_MIN + 1
                                                 : INT64_MAX;
    return LINNET_OK;
}

int ln_onnx_shape_of(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x, y = {.kind = LN_ONNX_INTS};
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    if ((x.kind != LN_ONNX_LAYER && x.kind != LN_ONNX_IMAGES) || ln_onnx_is_changed(&x))
        return ln_onnx_refuse(m, node, "only the shape of a layer's value is known");
    const struct ln_shape *shape = ln_onnx_shape(m, x.layer);
    int64_t from = ln_onnx_int(m, node, "start", 0), to = ln_onnx_int(m, node, "end", shape->rank);
    from = from < 0 ? ln_larger(from + shape->rank, 0) : from;
    to = to < 0 ? to + shape->rank : ln_smaller(to, shape->rank);
    for (int64_t i = from; i < to; i++) {
        const int64_t at = x.rows_last && i > 0 && shape->rank == 4 ? (i == 3 ? 1 : i + 1) : i;
        y.ints[y.count++] = at == 0 ? LN_ONNX_BATCH : shape->dim[at];
    }
    return ln_onnx_give(m, node, 0, &y);
}

/* One of the colours, or numbers of a shape. */
int ln_onnx_gather(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x, at, y = {.kind = LN_ONNX_INTS};
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    LN_TRY(take_ints(m, node, 1, &at));
    const int64_t axis = ln_onnx_int(m, node, "axis", 0);
    if (x.kind == LN_ONNX_IMAGES && x.channel < 0 && !x.rows_last && !ln_onnx_is_changed(&x) && axis == 1 &&
        at.count == 1 && at.ints[0] >= 0 && at.ints[0] < ln_onnx_shape(m, 0)->dim[1]) {
        x.channel = (int)at.ints[0];
        return ln_onnx_give(m, node, 0, &x);
    }
    LN_TRY(take_ints(m, node, 0, &x));
    y.count = at.count;
    for (int i = 0; i < at.count; i++) {
        const int64_t index = at.ints[i] < 0 ? at.ints[i] + x.count : at.ints[i];
        if (axis != 0 || index < 0 || index >= x.count)
            return ln_onnx_refuse(m, node, "only a shape's numbers can be gathered");
        y.ints[i] = x.ints[index];
    }
    return ln_onnx_give(m, node, 0, &y);
}

/* A number becomes a list, which has the same representation here; a single colour stays as it is. */
int ln_onnx_unsqueeze(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x;
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    if (x.kind == LN_ONNX_IMAGES && x.channel >= 0) return ln_onnx_give(m, node, 0, &x);
    LN_TRY(take_ints(m, node, 0, &x));
    return ln_onnx_give(m, node, 0, &x);
}

/* ---- Slice ------------------------------------------------------------------------------------------------------------------------- */

/* Every step-th row and column of a whole map, which only the shortcut of the first residual networks needs. */
static int cut_map(struct ln_onnx_import *m, const struct ln_onnx_node *node, struct ln_onnx_value *x,
                   const struct ln_onnx_value part[4]) {
    const struct ln_shape *shape = ln_onnx_shape(m, x->layer);
    struct ln_pair step = x->step.h ? x->step : (struct ln_pair){1, 1};
    for (int i = 0; i < part[2].count; i++) {
        const int64_t axis = part[2].ints[i], by = part[3].count ? part[3].ints[i] : 1;
        const bool whole =
            part[0].ints[i] == 0 && axis >= 2 && axis < 4 && part[1].ints[i] >= shape->dim[axis];
        if (!whole || by < 1 || by > 1024)
            return ln_onnx_refuse(m, node,
                                  "Linnet cuts maps only to every second (third ...) row and column");
        *(axis == 2 ? &step.h : &step.w) *= (int)by;
        if (step.h > 1024 || step.w > 1024) return ln_onnx_refuse(m, node, "a step of more than 1024");
    }
    x->step = step;
    x->named_after = node->name;
    return ln_onnx_give(m, node, 0, x);
}

/* A part of a shape, from its start to its end. */
static int cut_ints(struct ln_onnx_import *m, const struct ln_onnx_node *node, struct ln_onnx_value *x,
                    const struct ln_onnx_value part[4]) {
    struct ln_onnx_value y = {.kind = LN_ONNX_INTS};
    int64_t from = part[0].ints[0], to = part[1].ints[0];
    from = from < 0 ? ln_larger(from + x->count, 0) : from;
    to = to < 0 ? to + x->count : ln_smaller(to, x->count);
    if (part[0].count != 1 || (part[3].count && part[3].ints[0] != 1))
        return ln_onnx_refuse(m, node, "a step in a shape");
    for (int64_t i = from; i < to; i++) y.ints[y.count++] = x->ints[i];
    return ln_onnx_give(m, node, 0, &y);
}

int ln_onnx_slice(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x, part[4] = {{0}}; /* starts, ends, axes, steps */
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    for (size_t k = 0; k < 4; k++)
        if (k < 2 || ln_onnx_in(&m->o, node, k + 1) >= 0) LN_TRY(take_ints(m, node, k + 1, &part[k]));
    if (part[0].count != part[1].count || part[0].count == 0 ||
        (part[2].count && part[2].count != part[0].count) ||
        (part[3].count && part[3].count != part[0].count))
        return ln_onnx_refuse(m, node, "starts, ends, axes and steps of different lengths");
    for (int i = part[2].count; i < part[0].count; i++) part[2].ints[part[2].count++] = i;
    if (x.kind == LN_ONNX_INTS) return cut_ints(m, node, &x, part);
    if (x.kind != LN_ONNX_LAYER || x.rows_last || ln_onnx_is_padded(&x) ||
        ln_onnx_shape(m, x.layer)->rank != 4)
        return ln_onnx_refuse(m, node, "Linnet cuts only maps and shapes");
    return cut_map(m, node, &x, part);
}

/* ---- Concat ------------------------------------------------------------------------------------------------------------------------ */

static int concat_ints(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x, y = {.kind = LN_ONNX_INTS};
    for (size_t k = 0; k < node->ins; k++) {
        LN_TRY(take_ints(m, node, k, &x));
        if (y.count + x.count > LN_RANK_MAX) return ln_onnx_refuse(m, node, "a shape of more than 8 numbers");
        for (int i = 0; i < x.count; i++) y.ints[y.count++] = x.ints[i];
    }
    return ln_onnx_give(m, node, 0, &y);
}

/* The colours in their order, each scaled and shifted. */
static int concat_colours(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                          struct ln_onnx_value *first) {
    struct ln_onnx_value x;
    if (node->ins != (size_t)ln_onnx_shape(m, 0)->dim[1])
        return ln_onnx_refuse(m, node, "some of the colours");
    for (size_t k = 0; k < node->ins; k++) {
        LN_TRY(ln_onnx_take(m, node, k, &x));
        if (x.kind != LN_ONNX_IMAGES || x.channel != (int)k)
            return ln_onnx_refuse(m, node, "colours in another order");
        first->scale[k] = x.scale[k];
        first->shift[k] = x.shift[k];
    }
    first->channel = -1;
    return ln_onnx_give(m, node, 0, first);
}

int ln_onnx_concat(struct ln_onnx_import *m, const struct ln_onnx_node *node) {
    struct ln_onnx_value x, y = {.kind = LN_ONNX_LAYER};
    struct ln_onnx_layer layer = {.op = &ln_op_concat, .attrs = LN_ONNX_PLAIN, .weight = -1};
    LN_TRY(ln_onnx_take(m, node, 0, &x));
    const int64_t axis = ln_onnx_int(m, node, "axis", 1);
    if (x.kind == LN_ONNX_INTS || x.kind == LN_ONNX_CONSTANT) return concat_ints(m, node);
    if (x.kind == LN_ONNX_IMAGES && x.channel >= 0 && axis == 1) return concat_colours(m, node, &x);
    if ((axis != 1 && axis != -3) || node->ins > LN_OP_INPUTS)
        return ln_onnx_refuse(m, node, "Linnet joins at most 4 maps along their channels");
    for (size_t k = 0; k < node->ins; k++) LN_TRY(ln_onnx_take_bare(m, node, k, &layer.in[k]));
    layer.inputs = (int)node->ins;
    LN_TRY(ln_onnx_add(m, node, &layer, &y.layer));
    return ln_onnx_give(m, node, 0, &y);
}
