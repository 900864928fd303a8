/* Values, attributes and layers of the import: what every operator needs. */
#include "base/alloc.h"
#include "onnx/import.h"
#include "onnx/schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 120, SIDE_MAX = 65536 };

/* ---- messages -------------------------------------------------------------------------------------------------------- */

int ln_onnx_refuse(const struct ln_onnx_import *m, const struct ln_onnx_node *node, const char *why) {
    char name[SHOWN], op[SHOWN];
    const char *text = ln_onnx_text(&m->o, node->name), *kind = ln_onnx_text(&m->o, node->op);
    const int out = ln_onnx_out(&m->o, node, 0);
    if (!*text && out >= 0) text = ln_onnx_name(&m->o, out);
    return ln_fail(LINNET_ERR_INPUT, "onnx-op", "%s: node '%s' (%s): %s", m->path,
                   ln_text_printable(text, strlen(text), name, sizeof name),
                   ln_text_printable(kind, strlen(kind), op, sizeof op), why);
}

/* ---- inputs ------------------------------------------------------------------------------------------------------------ */

int ln_onnx_take(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                 struct ln_onnx_value *value) {
    const int v = ln_onnx_in(&m->o, node, k);
    char why[SHOWN + 64], name[SHOWN];
    if (v < 0) return ln_onnx_refuse(m, node, "an input is missing");
    *value = m->values[v];
    if (value->kind != LN_ONNX_UNKNOWN) return LINNET_OK;
    const char *text = ln_onnx_name(&m->o, v);
    snprintf(why, sizeof why, "its input '%s' is not computed before it",
             ln_text_printable(text, strlen(text), name, sizeof name));
    return ln_onnx_refuse(m, node, why);
}

bool ln_onnx_is_padded(const struct ln_onnx_value *v) {
    return v->pad[0] || v->pad[1] || v->pad[2] || v->pad[3];
}

bool ln_onnx_is_changed(const struct ln_onnx_value *v) {
    return ln_onnx_is_padded(v) || v->step.h || v->divided != 0 || v->softmax;
}

int ln_onnx_take_layer(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                       struct ln_onnx_value *value) {
    LN_TRY(ln_onnx_take(m, node, k, value));
    if (value->kind == LN_ONNX_IMAGES) {
        LN_TRY(ln_onnx_read_images(m, node, value));
        *value = (struct ln_onnx_value){.kind = LN_ONNX_LAYER, .rows_last = value->rows_last};
        memcpy(value->pad, m->values[ln_onnx_in(&m->o, node, k)].pad, sizeof value->pad);
    }
    if (value->kind == LN_ONNX_LAYER) return LINNET_OK;
    return ln_onnx_refuse(m, node, "its input is a constant or a shape; Linnet has no layer for that");
}

int ln_onnx_take_still(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                       struct ln_onnx_value *value) {
    LN_TRY(ln_onnx_take_layer(m, node, k, value));
    if (!ln_onnx_is_changed(value)) return LINNET_OK;
    return ln_onnx_refuse(m, node, "Linnet has no layer for its input, which is padded, cut or scaled");
}

int ln_onnx_take_bare(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k, int *layer) {
    struct ln_onnx_value value;
    LN_TRY(ln_onnx_take_still(m, node, k, &value));
    *layer = value.layer;
    return value.rows_last ? ln_onnx_refuse(m, node, "its input has its channels last") : LINNET_OK;
}

int ln_onnx_take_weights(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k, int rank,
                         struct ln_onnx_value *value) {
    LN_TRY(ln_onnx_take(m, node, k, value));
    if (value->kind != LN_ONNX_CONSTANT || value->tensor < 0)
        return ln_onnx_refuse(m, node, "its weights are not constants of the file");
    const struct ln_onnx_tensor *t = ln_onnx_tensor(&m->o, value->tensor);
    if (t->shape.rank != rank)
        return ln_onnx_refuse(m, node, "its weights have another number of dimensions than expected");
    return ln_onnx_check_floats(&m->o, &m->outside, t);
}

int ln_onnx_numbers_of(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                       const struct ln_onnx_value *v, size_t most, double *out, size_t *count) {
    if (v->kind == LN_ONNX_CONSTANT && v->tensor >= 0)
        return ln_onnx_read_few(&m->o, ln_onnx_tensor(&m->o, v->tensor), most, out, count);
    *count = v->kind == LN_ONNX_CONSTANT ? 1 : (size_t)v->count;
    if ((v->kind != LN_ONNX_CONSTANT && v->kind != LN_ONNX_INTS) || *count > most)
        return ln_onnx_refuse(m, node, "an input must be a constant of the file");
    for (size_t i = 0; i < *count; i++) out[i] = v->kind == LN_ONNX_CONSTANT ? v->real : (double)v->ints[i];
    return LINNET_OK;
}

int ln_onnx_take_numbers(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k, size_t most,
                         double *out, size_t *count) {
    struct ln_onnx_value value;
    *count = 0;
    if (ln_onnx_in(&m->o, node, k) < 0) return LINNET_OK;
    LN_TRY(ln_onnx_take(m, node, k, &value));
    return ln_onnx_numbers_of(m, node, &value, most, out, count);
}

bool ln_onnx_is_by_channel(const struct ln_onnx_import *m, const struct ln_onnx_value *v, int64_t channels,
                           int rank, bool rows_last) {
    if (v->kind != LN_ONNX_CONSTANT || v->tensor < 0) return false;
    const struct ln_shape *shape = &ln_onnx_tensor(&m->o, v->tensor)->shape;
    const int behind = rank == 4 && !rows_last ? 2 : 0; /* dimensions after the channels */
    const int at = shape->rank - 1 - behind;
    for (int i = 0; i < shape->rank; i++)
        if (shape->dim[i] != (i == at ? channels : 1)) return false;
    return at >= 0 && shape->rank <= rank;
}

int ln_onnx_give(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                 const struct ln_onnx_value *value) {
    const int v = ln_onnx_out(&m->o, node, k);
    if (v < 0) return ln_onnx_refuse(m, node, "its output has no name");
    if (m->values[v].kind != LN_ONNX_UNKNOWN) return ln_onnx_refuse(m, node, "its output is computed twice");
    m->values[v] = *value;
    return LINNET_OK;
}

/* ---- attributes -------------------------------------------------------------------------------------------------------- */

int64_t ln_onnx_int(const struct ln_onnx_import *m, const struct ln_onnx_node *node, const char *name,
                    int64_t preset) {
    const struct ln_onnx_attribute *a = ln_onnx_attribute(&m->o, node, name);
    return a ? a->integer : preset;
}

double ln_onnx_decimal(double single) {
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, single);
        const double decimal = strtod(text, NULL);
        if ((float)decimal == (float)single) return decimal;
    }
    return single;
}

double ln_onnx_real(const struct ln_onnx_import *m, const struct ln_onnx_node *node, const char *name,
                    double preset) {
    const struct ln_onnx_attribute *a = ln_onnx_attribute(&m->o, node, name);
    return a ? ln_onnx_decimal(a->real) : preset;
}

int ln_onnx_pair(const struct ln_onnx_import *m, const struct ln_onnx_node *node, const char *name,
                 int preset, struct ln_pair *out) {
    const struct ln_onnx_attribute *a = ln_onnx_attribute(&m->o, node, name);
    *out = (struct ln_pair){preset, preset};
    if (!a || a->ints == 0) return LINNET_OK;
    const int64_t *n = (const int64_t *)m->o.numbers.items + a->first_int;
    if (a->ints != 2 || n[0] < 0 || n[1] < 0 || n[0] > SIDE_MAX || n[1] > SIDE_MAX)
        return ln_onnx_refuse(m, node, "its windows are not two-dimensional");
    *out = (struct ln_pair){(int)n[0], (int)n[1]};
    return LINNET_OK;
}

int ln_onnx_axes(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k, int rank, int *axes,
                 size_t *count) {
    const struct ln_onnx_attribute *a = ln_onnx_attribute(&m->o, node, "axes");
    double numbers[LN_RANK_MAX];
    if (a && a->ints > LN_RANK_MAX) return ln_onnx_refuse(m, node, "too many axes");
    if (a) {
        *count = a->ints;
        for (size_t i = 0; i < *count; i++)
            numbers[i] = (double)((const int64_t *)m->o.numbers.items)[a->first_int + i];
    } else
        LN_TRY(ln_onnx_take_numbers(m, node, k, LN_RANK_MAX, numbers, count));
    for (size_t i = 0; i < *count; i++) {
        if (!(numbers[i] >= -rank && numbers[i] < rank))
            return ln_onnx_refuse(m, node, "an axis that its input does not have");
        axes[i] = (int)numbers[i] + (numbers[i] < 0 ? rank : 0);
    }
    return LINNET_OK;
}

/* ---- layers ------------------------------------------------------------------------------------------------------------- */

const struct ln_shape *ln_onnx_shape(const struct ln_onnx_import *m, int layer) {
    return &m->net->nodes[layer].out;
}

struct ln_pair ln_onnx_pair_of(int h, int w) {
    if (h == 0 && w == 0) return (struct ln_pair){0, 0};
    return (struct ln_pair){h ? h : LINNET_NONE, w ? w : LINNET_NONE};
}

/* Copies a name, with '_' for letters that the text form does not have. */
static void copy_name(const char *from, size_t length, char *out, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < length && n + 1 < size; i++) {
        const unsigned char c = (unsigned char)from[i];
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr("_.-", c, 3);
        out[n++] = plain ? (char)c : '_';
    }
    out[n] = '\0';
}

/* PyTorch's exporter names nodes by their path, in which a module of a list repeats the list's name: "/layer1/layer1.0/conv1/Conv"
 * is layer1.0.conv1. The last part is the operator. */
static void name_by_path(const char *path, char *out, size_t size) {
    const char *before = "";
    size_t before_length = 0, before_at = 0, n = 0;
    out[0] = '\0';
    for (const char *part = path + 1, *end; (end = strchr(part, '/')); part = end + 1) {
        const size_t length = (size_t)(end - part);
        const bool in_full = before_length && length > before_length &&
                             strncmp(part, before, before_length) == 0 && part[before_length] == '.';
        if (in_full) n = before_at;
        if (n && !in_full && n + 1 < size) out[n++] = '.';
        before_at = n;
        copy_name(part, length, out + n, size - n);
        n += strlen(out + n);
        before = part;
        before_length = length;
    }
}

static void name_layer(const struct ln_onnx_import *m, const struct ln_onnx_node *node,
                       const struct ln_onnx_layer *layer, char *out, size_t size) {
    const char *weight = layer->weight >= 0 ? ln_onnx_name(&m->o, layer->weight) : "";
    const char *name = ln_onnx_text(&m->o, layer->name ? layer->name : node->name);
    if (ln_text_ends(weight, ".weight"))
        copy_name(weight, strlen(weight) - strlen(".weight"), out, size);
    else if (*name == '/')
        name_by_path(name, out, size);
    else
        copy_name(name, strlen(name), out, size);
    for (size_t i = 0; i < m->net->count && *out; i++)
        if (strcmp(m->net->nodes[i].name, out) == 0) *out = '\0';
}

int ln_onnx_add(struct ln_onnx_import *m, const struct ln_onnx_node *node, const struct ln_onnx_layer *layer,
                int *id) {
    char name[LN_NET_NAME_MAX];
    struct ln_value in[LN_OP_INPUTS];
    for (int i = 0; i < layer->inputs; i++) in[i].id = layer->in[i];
    name_layer(m, node, layer, name, sizeof name);
    *id = ln_net_add(m->net, layer->op, *name ? name : NULL, layer->attrs, in, layer->inputs).id;
    return m->net->status;
}

int ln_onnx_add_simple(struct ln_onnx_import *m, const struct ln_onnx_node *node, const struct ln_op *op,
                       const void *attrs) {
    struct ln_onnx_value value;
    LN_TRY(ln_onnx_take_still(m, node, 0, &value));
    LN_TRY(ln_onnx_add(
        m, node,
        &(struct ln_onnx_layer){.op = op, .attrs = attrs, .in = {value.layer}, .inputs = 1, .weight = -1},
        &value.layer));
    return ln_onnx_give(m, node, 0, &value);
}

int ln_onnx_add_source(struct ln_onnx_import *m, const struct ln_onnx_source *source) {
    struct ln_onnx_source *grown =
        ln_grow(m->sources.items, m->sources.count, &m->sources.capacity, sizeof *grown);
    if (!grown) return LINNET_ERR_LIMIT;
    m->sources.items = grown;
    grown[m->sources.count++] = *source;
    return LINNET_OK;
}

int ln_onnx_take_added_bias(struct ln_onnx_import *m, const struct ln_onnx_node *node, int64_t channels,
                            int rank, int *tensor, int *output) {
    const int out = ln_onnx_out(&m->o, node, 0);
    *tensor = *output = -1;
    if (out < 0 || m->readers[out] != 1 || m->reader[out] < 0) return LINNET_OK;
    const struct ln_onnx_node *add = ln_onnx_node(&m->o, (size_t)m->reader[out]);
    if (strcmp(ln_onnx_text(&m->o, add->op), "Add") != 0 || add->ins != 2) return LINNET_OK;
    const int other = ln_onnx_in(&m->o, add, ln_onnx_in(&m->o, add, 0) == out ? 1 : 0);
    if (other < 0 || !ln_onnx_is_by_channel(m, &m->values[other], channels, rank, false)) return LINNET_OK;
    *tensor = m->values[other].tensor;
    *output = ln_onnx_out(&m->o, add, 0);
    m->done[m->reader[out]] = true;
    return *output < 0 ? ln_onnx_refuse(m, add, "its output has no name")
                       : ln_onnx_check_floats(&m->o, &m->outside, ln_onnx_tensor(&m->o, *tensor));
}
