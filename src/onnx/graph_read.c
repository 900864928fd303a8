/* Reads ONNX files into tables. Messages nest in a fixed order (model, graph, node, attribute, tensor), and none
 * contains its own kind: graphs in attributes are skipped, because no layer of Linnet needs them. */
#include "base/alloc.h"
#include "onnx/graph.h"
#include "onnx/protobuf.h"
#include "onnx/schema.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct ln_onnx *o;
    struct ln_pb_reader reader;
    struct ln_onnx_list mentions; /* size_t: the text of each mention of a value, in the order of the file */
    bool has_graph;
};

/* ---- lists, texts ---------------------------------------------------------------------------------------------- */

static int refuse(const struct reading *r, const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "onnx-file", "%s: %s", r->o->file.path, what);
}

/* One more item, copied. */
static int append(struct reading *r, struct ln_onnx_list *list, const void *item, size_t size) {
    if (list->count >= LN_ONNX_ITEMS_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "onnx-size", "%s: more than %d nodes, values, attributes or tensors",
                       r->o->file.path, LN_ONNX_ITEMS_MAX);
    void *grown = ln_grow(list->items, list->count, &list->capacity, size);
    if (!grown) return LINNET_ERR_LIMIT;
    list->items = grown;
    memcpy((char *)grown + list->count++ * size, item, size);
    return LINNET_OK;
}

/* Appends a string to the text; *text is its offset. A NUL is refused, because it would make two names look equal. */
static int read_text(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *field,
                     size_t *text) {
    struct ln_text *t = &r->o->text;
    struct ln_pb string;
    LN_TRY(ln_pb_enter(pb, field, "string", &string));
    if (field->size > LN_ONNX_STRING_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "onnx-size",
                       "%s: byte %" PRIu64 ": a text of %" PRIu64 " bytes; the limit is %d", r->o->file.path,
                       field->at, field->size, LN_ONNX_STRING_MAX);
    if (t->length + field->size > LN_ONNX_TEXT_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "onnx-size",
                       "%s: byte %" PRIu64 ": more than %d bytes of names and texts", r->o->file.path,
                       field->at, LN_ONNX_TEXT_MAX);
    char *bytes = ln_alloc((size_t)field->size + 1);
    if (!bytes) return LINNET_ERR_LIMIT;
    int status = ln_pb_read(&string, bytes, (size_t)field->size);
    bytes[field->size] = '\0';
    if (status == LINNET_OK && memchr(bytes, '\0', (size_t)field->size))
        status = refuse(r, "a name contains a NUL byte");
    *text = t->length;
    if (status == LINNET_OK) ln_text_add_bytes(t, bytes, (size_t)field->size + 1);
    ln_free(bytes);
    return status == LINNET_OK && t->failed ? ln_fail_memory(t->capacity) : status;
}

/* The name of a value: the number of its mention, until number_values. */
static int read_value(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *field,
                      int *value) {
    size_t text;
    LN_TRY(read_text(r, pb, field, &text));
    *value = (int)r->mentions.count;
    return append(r, &r->mentions, &text, sizeof text);
}

/* Appends the value to a list of values. */
static int read_value_into(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *field,
                           struct ln_onnx_list *list) {
    int value;
    LN_TRY(read_value(r, pb, field, &value));
    return append(r, list, &value, sizeof value);
}

static int read_int(const struct ln_pb *pb, const struct ln_pb_field *field, int64_t *out) {
    LN_TRY(ln_pb_expect(pb, field, LN_PB_VARINT));
    *out = (int64_t)field->value;
    return LINNET_OK;
}

/* Repeated integers, one per field or packed. */
static int read_ints(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *field,
                     struct ln_onnx_list *list) {
    struct ln_pb packed;
    int64_t value = (int64_t)field->value;
    if (field->wire == LN_PB_VARINT) return append(r, list, &value, sizeof value);
    LN_TRY(ln_pb_enter(pb, field, "integers", &packed));
    while (packed.at < packed.end) {
        uint64_t bits;
        LN_TRY(ln_pb_varint(&packed, &bits));
        value = (int64_t)bits;
        LN_TRY(append(r, list, &value, sizeof value));
    }
    return LINNET_OK;
}

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

static int add_dim(struct reading *r, struct ln_shape *shape, int64_t dim) {
    if (shape->rank == LN_RANK_MAX) return refuse(r, "a tensor of more than 8 dimensions");
    shape->dim[shape->rank++] = dim;
    return LINNET_OK;
}

static int read_dims(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *field,
                     struct ln_shape *shape) {
    struct ln_onnx_list dims = {0};
    int status = read_ints(r, pb, field, &dims);
    for (size_t i = 0; i < dims.count && status == LINNET_OK; i++)
        status = add_dim(r, shape, ((const int64_t *)dims.items)[i]);
    ln_free(dims.items);
    return status;
}

static int read_numbers(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *field,
                        enum ln_onnx_form form, struct ln_onnx_tensor *t) {
    if (t->form != LN_ONNX_NOWHERE) return refuse(r, "a tensor's data is stored in more than one field");
    if (field->wire != LN_PB_BYTES) return refuse(r, "a tensor's numbers are not packed");
    t->form = form;
    t->at = field->at;
    t->size = field->size;
    return LINNET_OK;
}

/* A pair of external_data: location, offset, length; others (a checksum) are ignored. */
static int read_external(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer,
                         struct ln_onnx_tensor *t) {
    size_t key = 0, value = 0;
    struct ln_pb pair;
    struct ln_pb_field field;
    int64_t number;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "StringStringEntryProto", &pair));
    for (;;) {
        LN_TRY(ln_pb_next(&pair, &field, &more));
        if (!more) break;
        if (field.number == LN_PAIR_KEY) LN_TRY(read_text(r, &pair, &field, &key));
        if (field.number == LN_PAIR_VALUE) LN_TRY(read_text(r, &pair, &field, &value));
    }
    const char *name = ln_onnx_text(r->o, key), *text = ln_onnx_text(r->o, value);
    const bool is_offset = strcmp(name, "offset") == 0, is_length = strcmp(name, "length") == 0;
    if (strcmp(name, "location") == 0) t->location = value;
    if (!is_offset && !is_length) return LINNET_OK;
    if (!ln_text_to_i64(text, 0, INT64_MAX, &number))
        return refuse(r, "the offset or length of external data is not a number");
    *(is_offset ? &t->at : &t->size) = (uint64_t)number;
    return LINNET_OK;
}

static int read_tensor_field(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *f,
                             struct ln_onnx_tensor *t, int64_t *location) {
    int64_t type;
    switch (f->number) {
    case LN_TENSOR_DIMS: return read_dims(r, pb, f, &t->shape);
    case LN_TENSOR_DATA_TYPE:
        LN_TRY(read_int(pb, f, &type));
        t->type = type > 0 && type < 256 ? (int)type : 0;
        return LINNET_OK;
    case LN_TENSOR_FLOAT_DATA:
    case LN_TENSOR_DOUBLE_DATA:
    case LN_TENSOR_RAW_DATA: return read_numbers(r, pb, f, LN_ONNX_RAW, t);
    case LN_TENSOR_INT32_DATA:
    case LN_TENSOR_INT64_DATA: return read_numbers(r, pb, f, LN_ONNX_VARINTS, t);
    case LN_TENSOR_NAME: return read_value(r, pb, f, &t->name);
    case LN_TENSOR_EXTERNAL: return read_external(r, pb, f, t);
    case LN_TENSOR_LOCATION: return read_int(pb, f, location);
    default: return LINNET_OK;
    }
}

static int read_tensor(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer,
                       bool initializer) {
    struct ln_onnx_tensor t = {.name = -1, .initializer = initializer};
    struct ln_pb_field field;
    int64_t location = 0;
    struct ln_pb inner;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "TensorProto", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) break;
        LN_TRY(read_tensor_field(r, &inner, &field, &t, &location));
    }
    if (location == 1) t.form = LN_ONNX_EXTERNAL;
    return append(r, &r->o->tensors, &t, sizeof t);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static int read_attribute_field(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *f,
                                struct ln_onnx_attribute *a) {
    switch (f->number) {
    case LN_ATTRIBUTE_NAME: return read_text(r, pb, f, &a->name);
    case LN_ATTRIBUTE_F: {
        const uint32_t bits = (uint32_t)f->value;
        float real;
        LN_TRY(ln_pb_expect(pb, f, LN_PB_FIXED32));
        memcpy(&real, &bits, sizeof real);
        a->real = (double)real;
        return LINNET_OK;
    }
    case LN_ATTRIBUTE_I: return read_int(pb, f, &a->integer);
    case LN_ATTRIBUTE_S: return read_text(r, pb, f, &a->string);
    case LN_ATTRIBUTE_T: a->tensor = (int)r->o->tensors.count; return read_tensor(r, pb, f, false);
    case LN_ATTRIBUTE_INTS: return read_ints(r, pb, f, &r->o->numbers);
    default: return LINNET_OK;
    }
}

static int read_attribute(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer) {
    struct ln_onnx_attribute a = {.tensor = -1, .first_int = r->o->numbers.count};
    struct ln_pb_field field;
    struct ln_pb inner;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "AttributeProto", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) break;
        LN_TRY(read_attribute_field(r, &inner, &field, &a));
    }
    a.ints = r->o->numbers.count - a.first_int;
    return append(r, &r->o->attributes, &a, sizeof a);
}

static int read_node_field(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *f,
                           struct ln_onnx_node *n) {
    switch (f->number) {
    case LN_NODE_INPUT: return read_value_into(r, pb, f, &r->o->ins);
    case LN_NODE_OUTPUT: return read_value_into(r, pb, f, &r->o->outs);
    case LN_NODE_NAME: return read_text(r, pb, f, &n->name);
    case LN_NODE_OP: return read_text(r, pb, f, &n->op);
    case LN_NODE_ATTRIBUTE: return read_attribute(r, pb, f);
    case LN_NODE_DOMAIN: return read_text(r, pb, f, &n->domain);
    default: return LINNET_OK;
    }
}

static int read_node(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer) {
    struct ln_onnx *o = r->o;
    struct ln_onnx_node n = {
        .first_in = o->ins.count, .first_out = o->outs.count, .first_attribute = o->attributes.count};
    struct ln_pb_field field;
    struct ln_pb inner;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "NodeProto", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) break;
        LN_TRY(read_node_field(r, &inner, &field, &n));
    }
    n.ins = o->ins.count - n.first_in;
    n.outs = o->outs.count - n.first_out;
    n.attributes = o->attributes.count - n.first_attribute;
    return append(r, &o->nodes, &n, sizeof n);
}

/* ---- inputs, outputs ------------------------------------------------------------------------------------------------ */

/* A dimension is a number, or a name, or unknown. */
static int read_dim(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer,
                    struct ln_shape *shape) {
    struct ln_pb_field field;
    struct ln_pb inner;
    int64_t dim = -1;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "Dimension", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) break;
        if (field.number == LN_DIM_VALUE) LN_TRY(read_int(&inner, &field, &dim));
    }
    return add_dim(r, shape, dim);
}

static int read_shape(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer,
                      struct ln_onnx_end *e) {
    struct ln_pb_field field;
    struct ln_pb inner;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "TensorShapeProto", &inner));
    e->has_shape = true;
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) return LINNET_OK;
        if (field.number == LN_SHAPE_DIM) LN_TRY(read_dim(r, &inner, &field, &e->shape));
    }
}

static int read_tensor_type(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer,
                            struct ln_onnx_end *e) {
    struct ln_pb_field field;
    struct ln_pb inner;
    int64_t type;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "TypeProto.Tensor", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) return LINNET_OK;
        if (field.number == LN_TENSOR_TYPE_SHAPE) LN_TRY(read_shape(r, &inner, &field, e));
        if (field.number != LN_TENSOR_TYPE_ELEMENT) continue;
        LN_TRY(read_int(&inner, &field, &type));
        e->type = type > 0 && type < 256 ? (int)type : 0;
    }
}

static int read_type(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer,
                     struct ln_onnx_end *e) {
    struct ln_pb_field field;
    struct ln_pb inner;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "TypeProto", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) return LINNET_OK;
        if (field.number == LN_TYPE_TENSOR) LN_TRY(read_tensor_type(r, &inner, &field, e));
    }
}

static int read_end(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer,
                    struct ln_onnx_list *list) {
    struct ln_onnx_end e = {.name = -1};
    struct ln_pb_field field;
    struct ln_pb inner;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "ValueInfoProto", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) return append(r, list, &e, sizeof e);
        if (field.number == LN_VALUE_NAME) LN_TRY(read_value(r, &inner, &field, &e.name));
        if (field.number == LN_VALUE_TYPE) LN_TRY(read_type(r, &inner, &field, &e));
    }
}

/* ---- graph, model ----------------------------------------------------------------------------------------------------- */

static int read_graph(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer) {
    struct ln_pb_field field;
    struct ln_pb inner;
    bool more;
    if (r->has_graph) return refuse(r, "two graphs");
    r->has_graph = true;
    LN_TRY(ln_pb_enter(pb, outer, "GraphProto", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) return LINNET_OK;
        switch (field.number) {
        case LN_GRAPH_NODE: LN_TRY(read_node(r, &inner, &field)); break;
        case LN_GRAPH_INITIALIZER: LN_TRY(read_tensor(r, &inner, &field, true)); break;
        case LN_GRAPH_INPUT: LN_TRY(read_end(r, &inner, &field, &r->o->inputs)); break;
        case LN_GRAPH_OUTPUT: LN_TRY(read_end(r, &inner, &field, &r->o->outputs)); break;
        default: break;
        }
    }
}

static int read_note(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer) {
    struct ln_onnx_note note = {0};
    struct ln_pb_field field;
    struct ln_pb inner;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "StringStringEntryProto", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) return append(r, &r->o->notes, &note, sizeof note);
        if (field.number == LN_PAIR_KEY) LN_TRY(read_text(r, &inner, &field, &note.key));
        if (field.number == LN_PAIR_VALUE) LN_TRY(read_text(r, &inner, &field, &note.value));
    }
}

static int read_opset(struct reading *r, const struct ln_pb *pb, const struct ln_pb_field *outer) {
    struct ln_pb_field field;
    struct ln_pb inner;
    size_t domain = 0;
    int64_t version = 0;
    bool more;
    LN_TRY(ln_pb_enter(pb, outer, "OperatorSetIdProto", &inner));
    for (;;) {
        LN_TRY(ln_pb_next(&inner, &field, &more));
        if (!more) break;
        if (field.number == LN_OPSET_DOMAIN) LN_TRY(read_text(r, &inner, &field, &domain));
        if (field.number == LN_OPSET_VERSION) LN_TRY(read_int(&inner, &field, &version));
    }
    const char *name = ln_onnx_text(r->o, domain);
    if (*name == '\0' || strcmp(name, "ai.onnx") == 0) r->o->opset = version;
    return LINNET_OK;
}

static int read_model(struct reading *r) {
    struct ln_pb pb = ln_pb_begin(&r->reader, &r->o->file, "ModelProto");
    struct ln_pb_field field;
    bool more;
    for (;;) {
        LN_TRY(ln_pb_next(&pb, &field, &more));
        if (!more) break;
        switch (field.number) {
        case LN_MODEL_GRAPH: LN_TRY(read_graph(r, &pb, &field)); break;
        case LN_MODEL_OPSET_IMPORT: LN_TRY(read_opset(r, &pb, &field)); break;
        case LN_MODEL_METADATA: LN_TRY(read_note(r, &pb, &field)); break;
        default: break;
        }
    }
    return r->has_graph ? LINNET_OK : refuse(r, "no graph; not an ONNX file?");
}

/* ---- values ------------------------------------------------------------------------------------------------------------ */

struct mention {
    const char *text;
    size_t offset;
    int number; /* in the order of the file */
};

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct mention *)a)->text, ((const struct mention *)b)->text);
}

/* value[i]: the value that mention i names; -1: the empty name, which stands for an input that is left out. Sorting costs
 * n log n comparisons whatever names a file has; a hash table could be made to collide. */
static int number_mentions(struct reading *r, int *value) {
    const size_t count = r->mentions.count;
    struct mention *sorted = ln_calloc(count + 1, sizeof *sorted);
    int status = sorted ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; sorted && i < count; i++) {
        const size_t offset = ((const size_t *)r->mentions.items)[i];
        sorted[i] = (struct mention){ln_onnx_text(r->o, offset), offset, (int)i};
    }
    if (sorted) qsort(sorted, count, sizeof *sorted, by_text);
    for (size_t i = 0; i < count && status == LINNET_OK; i++) {
        const bool anew = i == 0 || strcmp(sorted[i - 1].text, sorted[i].text) != 0;
        if (anew && *sorted[i].text)
            status = append(r, &r->o->names, &sorted[i].offset, sizeof sorted[i].offset);
        value[sorted[i].number] = (int)r->o->names.count - 1; /* the empty name is the first of all */
    }
    ln_free(sorted);
    return status;
}

static void renumber(int *mention, const int *value) {
    if (*mention >= 0) *mention = value[*mention];
}

static int number_values(struct reading *r) {
    struct ln_onnx *o = r->o;
    int *value = ln_calloc(r->mentions.count + 1, sizeof *value);
    int status = value ? number_mentions(r, value) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) {
        for (size_t i = 0; i < o->ins.count; i++) renumber((int *)o->ins.items + i, value);
        for (size_t i = 0; i < o->outs.count; i++) renumber((int *)o->outs.items + i, value);
        for (size_t i = 0; i < o->tensors.count; i++)
            renumber(&((struct ln_onnx_tensor *)o->tensors.items)[i].name, value);
        for (size_t i = 0; i < o->inputs.count; i++)
            renumber(&((struct ln_onnx_end *)o->inputs.items)[i].name, value);
        for (size_t i = 0; i < o->outputs.count; i++)
            renumber(&((struct ln_onnx_end *)o->outputs.items)[i].name, value);
    }
    ln_free(value);
    return status;
}

/* ---- the file --------------------------------------------------------------------------------------------------------- */

int ln_onnx_read(struct ln_onnx *o, const char *path) {
    *o = (struct ln_onnx){0};
    struct reading *r = ln_calloc(1, sizeof *r); /* its window is too large for the stack */
    if (!r) return LINNET_ERR_LIMIT;
    r->o = o;
    ln_text_add_bytes(&o->text, "", 1); /* text 0 is "" */
    int status = o->text.failed ? ln_fail_memory(1) : ln_file_open(&o->file, path);
    if (status == LINNET_OK) status = read_model(r);
    if (status == LINNET_OK) status = number_values(r);
    ln_free(r->mentions.items);
    ln_free(r);
    if (status != LINNET_OK) ln_onnx_close(o);
    return status;
}
