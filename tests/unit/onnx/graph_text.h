/* Writes ONNX files from graphs in one line of text, so that a test is a table of lines.
 *
 *     graph_write("m.onnx", "w = f32[3,3,1,1]; Conv x w > c strides=[2,2]; GlobalAveragePool c > y");
 *
 * Statements, with ';' between them:
 *
 *     Op IN IN > OUT OUT KEY=VALUE      a node; an IN or OUT that is left out is "-". A VALUE is an integer, a number with '.',
 *                                       [1,2] or packed (1,2), a tensor, or else a text. name= and domain= apply to the node.
 *     NAME = TENSOR                     an initializer; "-": without a name
 *     input NAME TENSOR                 in place of x, f32[n,3,8,8]; without a name: no input
 *     output NAME                       in place of y
 *     opset N                           in place of 17
 *     note KEY VALUE                    metadata
 *
 * A TENSOR is a type with dimensions, such as f32[3,2], i64[2]:0,-1 or t99[1] for the type number 99. Without numbers it counts
 * through a few; f32? has no numbers at all; i64~ and f32~ have them in the field of their type, not as raw bytes;
 * f32[4,2]@FILE has them in another file. */
#ifndef LN_TESTS_ONNX_GRAPH_TEXT_H
#define LN_TESTS_ONNX_GRAPH_TEXT_H

#include "onnx/onnx.h"
#include "onnx/protobuf.h"
#include "onnx/schema.h"
#include "unit/base/base_test.h"

#include "base/file.h"

struct graph_text {
    struct ln_text graph, notes; /* fields of GraphProto and ModelProto */
    int64_t opset;
    bool has_input, has_output;
};

/* ---- tensors ------------------------------------------------------------------------------------------------------------ */

struct graph_type {
    const char *name;
    int type;
    size_t size;
    bool real;
};

/* Parses the type at *at and moves *at past it. */
static inline struct graph_type graph_type_of(const char **at) {
    static const struct graph_type types[] = {
        {"f32", LN_ONNX_FLOAT, 4, true},    {"f64", LN_ONNX_DOUBLE, 8, true},
        {"f16", LN_ONNX_FLOAT16, 2, false}, {"i64", LN_ONNX_INT64, 8, false},
        {"i32", LN_ONNX_INT32, 4, false},   {"u8", LN_ONNX_UINT8, 1, false},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ln_text_starts(*at, types[i].name)) {
            *at += strlen(types[i].name);
            return types[i];
        }
    char *end;
    const struct graph_type other = {"", (int)strtol(*at + 1, &end, 10), 4, true};
    *at = end;
    return other;
}

static inline void graph_add_number(struct ln_text *out, const struct graph_type *type, const char *text) {
    const double real = strtod(text, NULL);
    const float single = (float)real;
    const int64_t integer = strtoll(text, NULL, 10);
    const void *bytes = !type->real       ? (const void *)&integer
                        : type->size == 4 ? (const void *)&single
                                          : &real;
    ln_text_add_bytes(out, bytes, type->size);
}

/* The numbers of a tensor as bytes; `packed` ones of an integer type as varints. */
static inline void graph_add_numbers(struct ln_text *out, const struct graph_type *type, const char *list,
                                     size_t count, bool packed) {
    char number[32];
    ln_text_add(out, "");
    for (size_t i = 0; !list && i < count; i++) {
        snprintf(number, sizeof number, "%g", type->real ? 0.25 * (double)(i % 7) + 0.125 : (double)(i % 7));
        graph_add_number(out, type, number);
    }
    for (; list && *list; list += *list == ',') {
        struct ln_text field = {0};
        if (packed && !type->real) /* the value without the key, which is a byte */
            ln_pb_put_varint(&field, 1, (uint64_t)strtoll(list, NULL, 10));
        else
            graph_add_number(out, type, list);
        if (field.length) ln_text_add_bytes(out, field.data + 1, field.length - 1);
        ln_text_fini(&field);
        list += strcspn(list, ",");
    }
}

static inline uint32_t graph_typed_field(int type) {
    return type == LN_ONNX_INT64    ? LN_TENSOR_INT64_DATA
           : type == LN_ONNX_INT32  ? LN_TENSOR_INT32_DATA
           : type == LN_ONNX_DOUBLE ? LN_TENSOR_DOUBLE_DATA
                                    : LN_TENSOR_FLOAT_DATA;
}

static inline void graph_put_location(struct ln_text *tensor, const char *file) {
    struct ln_text pair = {0};
    ln_pb_put_string(&pair, LN_PAIR_KEY, "location");
    ln_pb_put_string(&pair, LN_PAIR_VALUE, file);
    ln_pb_put_message(tensor, LN_TENSOR_EXTERNAL, &pair);
    ln_pb_put_varint(tensor, LN_TENSOR_LOCATION, 1);
}

static inline void graph_put_tensor(struct ln_text *out, uint32_t number, const char *name,
                                    const char *text) {
    struct ln_text tensor = {0}, numbers = {0};
    const struct graph_type type = graph_type_of(&text);
    const char form = *text;
    size_t count = 1;
    text += strcspn(text, "[");
    for (text++; *text != ']'; text += *text == ',') {
        char *end;
        const long long dim = strtoll(text, &end, 10);
        ln_pb_put_varint(&tensor, LN_TENSOR_DIMS, (uint64_t)dim);
        count *= dim > 0 && dim < 10000 ? (size_t)dim : 0;
        text = end;
    }
    ln_pb_put_varint(&tensor, LN_TENSOR_DATA_TYPE, (uint64_t)type.type);
    if (strcmp(name, "-") != 0) ln_pb_put_string(&tensor, LN_TENSOR_NAME, name);
    graph_add_numbers(&numbers, &type, text[1] == ':' ? text + 2 : NULL, count, form == '~');
    if (text[1] == '@')
        graph_put_location(&tensor, text + 2);
    else if (form != '?')
        ln_pb_put_bytes(&tensor, form == '~' ? graph_typed_field(type.type) : LN_TENSOR_RAW_DATA,
                        numbers.data, numbers.length);
    ln_text_fini(&numbers);
    ln_pb_put_message(out, number, &tensor);
}

/* ---- nodes -------------------------------------------------------------------------------------------------------------- */

/* The numbers of "[1,2]" one a field, of "(1,2)" packed. */
static inline void graph_put_ints(struct ln_text *attribute, const char *list) {
    const struct graph_type type = {"i64", LN_ONNX_INT64, 8, false};
    struct ln_text packed = {0};
    char numbers[128];
    snprintf(numbers, sizeof numbers, "%.*s", (int)strcspn(list + 1, "])"), list + 1);
    if (*list == '(') {
        graph_add_numbers(&packed, &type, numbers, 0, true);
        ln_pb_put_message(attribute, LN_ATTRIBUTE_INTS, &packed);
        return;
    }
    for (const char *at = numbers; *at; at += strcspn(at, ","), at += *at == ',')
        ln_pb_put_varint(attribute, LN_ATTRIBUTE_INTS, (uint64_t)strtoll(at, NULL, 10));
}

static inline void graph_put_attribute(struct ln_text *node, const char *key, const char *value) {
    struct ln_text attribute = {0};
    char *end;
    const double real = strtod(value, &end);
    ln_pb_put_string(&attribute, LN_ATTRIBUTE_NAME, key);
    if (*value == '[' || *value == '(')
        graph_put_ints(&attribute, value);
    else if (strchr(value, '['))
        graph_put_tensor(&attribute, LN_ATTRIBUTE_T, "-", value);
    else if (*end)
        ln_pb_put_string(&attribute, LN_ATTRIBUTE_S, value);
    else if (strpbrk(value, ".na")) /* also inf and nan */
        ln_pb_put_float(&attribute, LN_ATTRIBUTE_F, (float)real);
    else
        ln_pb_put_varint(&attribute, LN_ATTRIBUTE_I, (uint64_t)strtoll(value, NULL, 10));
    ln_pb_put_message(node, LN_NODE_ATTRIBUTE, &attribute);
}

/* A node takes the name of its first output unless name= gives another. */
static inline void graph_put_node(struct graph_text *g, char **words, size_t count) {
    struct ln_text node = {0};
    const char *name = "";
    bool outputs = false;
    for (size_t i = 1; i < count; i++) {
        char *value = strchr(words[i], '=');
        if (strcmp(words[i], ">") == 0) {
            outputs = true;
            name = i + 1 < count ? words[i + 1] : name;
        } else if (value && outputs) {
            *value++ = '\0';
            if (strcmp(words[i], "name") == 0)
                name = value;
            else if (strcmp(words[i], "domain") == 0)
                ln_pb_put_string(&node, LN_NODE_DOMAIN, value);
            else
                graph_put_attribute(&node, words[i], value);
        } else
            ln_pb_put_string(&node, outputs ? LN_NODE_OUTPUT : LN_NODE_INPUT,
                             strcmp(words[i], "-") == 0 ? "" : words[i]);
    }
    ln_pb_put_string(&node, LN_NODE_OP, words[0]);
    if (strcmp(name, "-") != 0) ln_pb_put_string(&node, LN_NODE_NAME, name);
    ln_pb_put_message(&g->graph, LN_GRAPH_NODE, &node);
}

/* ---- inputs, outputs, the file -------------------------------------------------------------------------------------------- */

/* An input or output; a dimension that is not a number stays open. */
static inline void graph_put_end(struct graph_text *g, uint32_t number, const char *name, const char *text) {
    struct ln_text end = {0}, type = {0}, tensor = {0}, shape = {0};
    const struct graph_type t = graph_type_of(&text);
    ln_text_add(&shape, "");
    for (text++; *text != ']'; text += *text == ',') {
        struct ln_text dim = {0};
        if (strchr("-0123456789", *text))
            ln_pb_put_varint(&dim, LN_DIM_VALUE, (uint64_t)strtoll(text, NULL, 10));
        else
            ln_pb_put_string(&dim, LN_DIM_PARAM, "open");
        ln_pb_put_message(&shape, LN_SHAPE_DIM, &dim);
        text += strcspn(text, ",]");
    }
    ln_pb_put_varint(&tensor, LN_TENSOR_TYPE_ELEMENT, (uint64_t)t.type);
    ln_pb_put_message(&tensor, LN_TENSOR_TYPE_SHAPE, &shape);
    ln_pb_put_message(&type, LN_TYPE_TENSOR, &tensor);
    if (strcmp(name, "-") != 0) ln_pb_put_string(&end, LN_VALUE_NAME, name);
    ln_pb_put_message(&end, LN_VALUE_TYPE, &type);
    ln_pb_put_message(&g->graph, number, &end);
}

static inline void graph_put_note(struct graph_text *g, char *text) {
    struct ln_text pair = {0};
    char *value = strchr(text, ' ');
    assert_non_null(value);
    *value++ = '\0';
    ln_pb_put_string(&pair, LN_PAIR_KEY, text);
    ln_pb_put_string(&pair, LN_PAIR_VALUE, value);
    ln_pb_put_message(&g->notes, LN_MODEL_METADATA, &pair);
}

static inline void graph_put_statement(struct graph_text *g, char *text) {
    enum { WORDS = 32 };
    char *words[WORDS] = {0}, *rest = text;
    size_t count = 0;
    text += strspn(text, " ");
    if (ln_text_starts(text, "note ")) {
        graph_put_note(g, text + strlen("note "));
        return;
    }
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        assert_true(count < WORDS);
        words[count++] = word;
    }
    if (count == 0) return;
    if (strcmp(words[0], "input") == 0) {
        g->has_input = true;
        if (count > 2) graph_put_end(g, LN_GRAPH_INPUT, words[1], words[2]);
    } else if (strcmp(words[0], "output") == 0) {
        g->has_output = true;
        if (count > 1) graph_put_end(g, LN_GRAPH_OUTPUT, words[1], "f32[n,2]");
    } else if (strcmp(words[0], "opset") == 0) {
        g->opset = strtoll(words[1], NULL, 10);
    } else if (count == 3 && strcmp(words[1], "=") == 0) {
        graph_put_tensor(&g->graph, LN_GRAPH_INITIALIZER, words[0], words[2]);
    } else
        graph_put_node(g, words, count);
}

static inline void graph_write(const char *path, const char *text) {
    struct graph_text g = {.opset = 17};
    struct ln_text model = {0}, opset = {0};
    char *copy = ln_strdup(text), *rest = copy;
    for (char *statement; (statement = strtok_r(rest, ";", &rest));) graph_put_statement(&g, statement);
    if (!g.has_input) graph_put_end(&g, LN_GRAPH_INPUT, "x", "f32[n,3,8,8]");
    if (!g.has_output) graph_put_end(&g, LN_GRAPH_OUTPUT, "y", "f32[n,2]");
    ln_pb_put_varint(&opset, LN_OPSET_VERSION, (uint64_t)g.opset);
    ln_pb_put_message(&model, LN_MODEL_OPSET_IMPORT, &opset);
    ln_pb_put_message(&model, LN_MODEL_GRAPH, &g.graph);
    if (g.notes.length) ln_text_add_bytes(&model, g.notes.data, g.notes.length);
    ln_text_fini(&g.notes);
    assert_false(model.failed);
    assert_int_equal(ln_file_write(path, model.data, model.length), LINNET_OK);
    ln_text_fini(&model);
    ln_free(copy);
}

/* Opens a graph that must be accepted. */
static inline struct ln_model *graph_open(const char *text) {
    struct ln_model *m = NULL;
    graph_write("m.onnx", text);
    if (ln_onnx_open(&m, "m.onnx", &(struct ln_onnx_open_opts){0}) != LINNET_OK)
        fail_msg("%s: %s", text, ln_error_line());
    return m;
}

/* For allocations_fail and reads_fail: opens the file once. */
static inline int graph_open_once(const void *path) {
    struct ln_model *m = NULL;
    LN_TRY(ln_onnx_open(&m, path, &(struct ln_onnx_open_opts){0}));
    ln_model_destroy(m);
    return LINNET_OK;
}

/* Set-up and tear-down of a group of tests: a temporary folder for the graphs. */
static char graph_folder[64];

static inline int graph_enter(void **state) {
    scratch_enter(graph_folder);
    return 0;
}

static inline int graph_leave(void **state) {
    scratch_leave(graph_folder);
    return 0;
}

#endif
