/* The wire format of ONNX files: every message cut off, every field with a wrong type, impossible numbers and lengths, and the
 * tables that a file becomes. */
#include "unit/base/read_faults.h"
#include "unit/onnx/graph_text.h"

#include "onnx/graph.h"

#define PATH "m.onnx"

static void write_bytes(const struct ln_text *text) {
    assert_false(text->failed);
    assert_int_equal(ln_file_write(PATH, text->length ? text->data : "", text->length), LINNET_OK);
}

/* ---- messages in messages --------------------------------------------------------------------------------------------------- */

/* Each message that the reader enters: the path of fields to it, its name, and the fields that are read. */
static const struct message {
    uint32_t path[8];
    const char *name;
    uint32_t bytes[8], numbers[4];
} messages[] = {
    {{0}, "ModelProto", {LN_MODEL_GRAPH, LN_MODEL_OPSET_IMPORT, LN_MODEL_METADATA}, {0}},
    {{7}, "GraphProto", {LN_GRAPH_NODE, LN_GRAPH_INITIALIZER, LN_GRAPH_INPUT, LN_GRAPH_OUTPUT}, {0}},
    {{7, 1},
     "NodeProto",
     {LN_NODE_INPUT, LN_NODE_OUTPUT, LN_NODE_NAME, LN_NODE_OP, LN_NODE_ATTRIBUTE, LN_NODE_DOMAIN},
     {0}},
    {{7, 1, 5},
     "AttributeProto",
     {LN_ATTRIBUTE_NAME, LN_ATTRIBUTE_S, LN_ATTRIBUTE_T, LN_ATTRIBUTE_INTS},
     {LN_ATTRIBUTE_I}},
    {{7, 1, 5, 5}, "TensorProto", {LN_TENSOR_DIMS, LN_TENSOR_EXTERNAL}, {LN_TENSOR_DATA_TYPE}},
    {{7, 5},
     "TensorProto",
     {LN_TENSOR_DIMS, LN_TENSOR_NAME, LN_TENSOR_EXTERNAL},
     {LN_TENSOR_DATA_TYPE, LN_TENSOR_LOCATION}},
    {{7, 5, 13}, "StringStringEntryProto", {LN_PAIR_KEY, LN_PAIR_VALUE}, {0}},
    {{7, 11}, "ValueInfoProto", {LN_VALUE_NAME, LN_VALUE_TYPE}, {0}},
    {{7, 11, 2}, "TypeProto", {LN_TYPE_TENSOR}, {0}},
    {{7, 11, 2, 1}, "TypeProto.Tensor", {LN_TENSOR_TYPE_SHAPE}, {LN_TENSOR_TYPE_ELEMENT}},
    {{7, 11, 2, 1, 2}, "TensorShapeProto", {LN_SHAPE_DIM}, {0}},
    {{7, 11, 2, 1, 2, 1}, "Dimension", {0}, {LN_DIM_VALUE}},
    {{7, 12}, "ValueInfoProto", {LN_VALUE_NAME, LN_VALUE_TYPE}, {0}},
    {{8}, "OperatorSetIdProto", {LN_OPSET_DOMAIN}, {LN_OPSET_VERSION}},
    {{14}, "StringStringEntryProto", {LN_PAIR_KEY, LN_PAIR_VALUE}, {0}},
};

/* Writes a file that holds these bytes within the messages of a path. */
static void write_within(const uint32_t path[8], struct ln_text *inner) {
    int depth = 0;
    while (path[depth]) depth++;
    while (depth-- > 0) {
        struct ln_text outer = {0};
        ln_pb_put_message(&outer, path[depth], inner);
        *inner = outer;
    }
    write_bytes(inner);
    ln_text_fini(inner);
}

static void refused(int status, const char *code, const char *part) {
    struct ln_model *m = NULL;
    assert_failure(ln_onnx_open(&m, PATH, &(struct ln_onnx_open_opts){0}), status, code, part);
    assert_null(m);
}

static void test_cut(void **state) {
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        struct ln_text field = {0};
        char part[64];
        ln_text_add(&field, "\x10"); /* the key of field 2 without a value */
        write_within(messages[i].path, &field);
        snprintf(part, sizeof part, "%s: a number is cut off", messages[i].name);
        refused(LINNET_ERR_INPUT, "onnx-protobuf", part);
    }
}

static void wrong_type(const struct message *m, uint32_t number, enum ln_pb_wire expected) {
    struct ln_text field = {0};
    char part[128];
    ln_pb_put_float(&field, number, 1);
    write_within(m->path, &field);
    snprintf(part, sizeof part, "%s: field %u has wire type 5, expected %d", m->name, (unsigned)number,
             (int)expected);
    refused(LINNET_ERR_INPUT, "onnx-protobuf", part);
}

static void test_wrong_types(void **state) {
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        for (int k = 0; messages[i].bytes[k]; k++)
            wrong_type(&messages[i], messages[i].bytes[k], LN_PB_BYTES);
        for (int k = 0; messages[i].numbers[k]; k++)
            wrong_type(&messages[i], messages[i].numbers[k], LN_PB_VARINT);
    }
    struct ln_text real = {0};
    ln_pb_put_varint(&real, LN_ATTRIBUTE_F, 1);
    write_within((const uint32_t[8]){7, 1, 5}, &real);
    refused(LINNET_ERR_INPUT, "onnx-protobuf", "AttributeProto: field 2 has wire type 0, expected 5");
    ln_pb_put_float(&real, LN_TENSOR_RAW_DATA, 1);
    write_within((const uint32_t[8]){7, 5}, &real);
    refused(LINNET_ERR_INPUT, "onnx-file", "a tensor's numbers are not packed");
}

/* Fields that newer writers may add are skipped, whatever their type; here they are the first of their message. */
static void test_unknown_fields(void **state) {
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        struct ln_text fields = {0};
        const bool has_graph = messages[i].path[0] == LN_MODEL_GRAPH;
        ln_pb_put_varint(&fields, 1000, UINT64_MAX);
        ln_pb_put_float(&fields, 1001, 1);
        ln_text_add_bytes(&fields, "\xd1\x3e\1\2\3\4\5\6\7\x8", 10); /* field 1002, 8 bytes */
        ln_pb_put_string(&fields, 0x1fffffff, "the largest number of a field");
        write_within(messages[i].path, &fields);
        refused(LINNET_ERR_INPUT, "onnx-file", has_graph ? "the graph has no output" : "no graph");
    }
}

/* ---- numbers, lengths ----------------------------------------------------------------------------------------------------- */

static void test_numbers(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        const char *part;
    } cases[] = {
        {"\x00", 1, "byte 0: ModelProto: an impossible field number"},
        {"\x07", 1, "byte 0: ModelProto: an impossible field number"},
        {"\x08\x01\x80\x80\x80\x80\x10", 7, "byte 2: ModelProto: an impossible field number"},
        {"\x88\x80\x80\x80\x80\x80\x80\x80\x80\x01", 10, "byte 0: ModelProto: an impossible field number"},
        {"\x0d\x01\x02\x03", 4, "byte 1: ModelProto: a value is cut off"},
        {"\x09\x01\x02\x03\x04\x05\x06\x07", 8, "byte 1: ModelProto: a value is cut off"},
        {"\x08\x80", 2, "byte 1: ModelProto: a number is cut off"},
        {"\x0a\x02\x01", 3, "byte 1: ModelProto: field 1 has 2 bytes, 1 are left"},
        {"\x0b", 1, "byte 0: ModelProto: a field of a type that ONNX does not use"},
        {"\x0c", 1, "byte 0: ModelProto: a field of a type that ONNX does not use"},
        {"\x0e", 1, "byte 0: ModelProto: a field of a type that ONNX does not use"},
        {"\x0f", 1, "byte 0: ModelProto: a field of a type that ONNX does not use"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(ln_file_write(PATH, cases[i].bytes, cases[i].size), LINNET_OK);
        refused(LINNET_ERR_INPUT, "onnx-protobuf", cases[i].part);
    }
}

/* The reader alone: fields over several windows, a step back, and a read beyond the end. */
static void test_reader(void **state) {
    enum { FIELDS = 4000 };
    struct ln_pb_reader *reader = ln_alloc(sizeof *reader);
    struct ln_text text = {0};
    struct ln_pb_field field;
    struct ln_file file;
    bool more = true;
    for (uint64_t i = 0; i < FIELDS; i++) {
        ln_pb_put_varint(&text, 1, i << 32 | i);
        ln_text_add_bytes(&text, "\x11\1\2\3\4\5\6\7\x80", 9);
    }
    write_bytes(&text);
    assert_true(text.length > 2 * LN_PB_WINDOW);
    assert_int_equal(ln_file_open(&file, PATH), LINNET_OK);
    struct ln_pb pb = ln_pb_begin(reader, &file, "test");
    for (uint64_t i = 0; i < FIELDS; i++) {
        assert_int_equal(ln_pb_next(&pb, &field, &more), LINNET_OK);
        assert_true(more && field.number == 1 && field.wire == LN_PB_VARINT && field.value == (i << 32 | i));
        assert_int_equal(ln_pb_next(&pb, &field, &more), LINNET_OK);
        assert_true(more && field.wire == LN_PB_FIXED64 && field.value == 0x8007060504030201);
    }
    assert_int_equal(ln_pb_next(&pb, &field, &more), LINNET_OK);
    assert_false(more);
    pb.at = 0; /* back to a part that has left the window */
    assert_int_equal(ln_pb_next(&pb, &field, &more), LINNET_OK);
    assert_true(more && field.number == 1 && field.value == 0);
    unsigned char bytes[9];
    assert_int_equal(ln_pb_read(&pb, bytes, sizeof bytes), LINNET_OK);
    assert_memory_equal(bytes, text.data + 2, sizeof bytes);
    pb.at = pb.end - 8;
    assert_failure(ln_pb_read(&pb, bytes, sizeof bytes), LINNET_ERR_INPUT, "onnx-protobuf",
                   "test: a value is cut off");
    assert_true(pb.at == pb.end - 8);
    ln_file_close(&file);
    ln_text_fini(&text);
    ln_free(reader);
}

static int read_once(const void *path) {
    struct ln_onnx o;
    LN_TRY(ln_onnx_read(&o, path));
    ln_onnx_close(&o);
    return LINNET_OK;
}

/* The read of each window fails in turn. The file has several windows of 8-byte values; one value lies across two windows. */
static void test_reads_fail(void **state) {
    struct ln_text text = {0};
    for (int i = 0; i < 3 * LN_PB_WINDOW / 9 + 1; i++) ln_text_add_bytes(&text, "\x09\1\2\3\4\5\6\7\x8", 9);
    ln_pb_put_string(&text, LN_MODEL_GRAPH, "");
    write_bytes(&text);
    ln_text_fini(&text);
    assert_int_equal(reads_fail(read_once, PATH), 4);
}

/* ---- limits ---------------------------------------------------------------------------------------------------------------- */

static void test_limits(void **state) {
    const uint32_t attribute[8] = {7, 1, 5}, node[8] = {7, 1};
    char *zeros = ln_calloc(1, LN_ONNX_ITEMS_MAX + 1), *name = ln_alloc(LN_ONNX_STRING_MAX + 1);
    struct ln_text field = {0};
    memset(name, 'a', LN_ONNX_STRING_MAX + 1);
    ln_pb_put_bytes(&field, LN_ATTRIBUTE_INTS, zeros, LN_ONNX_ITEMS_MAX + 1);
    write_within(attribute, &field);
    refused(LINNET_ERR_LIMIT, "onnx-size", "more than 262144 nodes, values, attributes or tensors");
    ln_pb_put_bytes(&field, LN_ATTRIBUTE_INTS, zeros, LN_ONNX_ITEMS_MAX);
    write_within(attribute, &field);
    refused(LINNET_ERR_INPUT, "onnx-file", "the graph has no output");
    ln_pb_put_bytes(&field, LN_NODE_NAME, name, LN_ONNX_STRING_MAX + 1);
    write_within(node, &field);
    refused(LINNET_ERR_LIMIT, "onnx-size", "a text of 4194305 bytes; the limit is 4194304");
    for (int i = 0; i < LN_ONNX_TEXT_MAX / LN_ONNX_STRING_MAX; i++)
        ln_pb_put_bytes(&field, LN_NODE_NAME, name, LN_ONNX_STRING_MAX);
    write_within(node, &field);
    refused(LINNET_ERR_LIMIT, "onnx-size", "more than 67108864 bytes of names and texts");
    ln_free(zeros);
    ln_free(name);
}

/* ---- the tables ------------------------------------------------------------------------------------------------------------ */

static void test_tables(void **state) {
    struct ln_onnx o;
    graph_write(PATH,
                "opset 15; input x t300[2,n]; w = f32[1]; Op a - b > y z real=1.5 list=(3,-1) list2=[7,8]; "
                "Op2 y; note key value");
    assert_int_equal(ln_onnx_read(&o, PATH), LINNET_OK);
    const struct ln_onnx_node *n = ln_onnx_node(&o, 0), *sink = ln_onnx_node(&o, 1);
    const struct ln_onnx_end *x = o.inputs.items;
    assert_true(o.opset == 15 && o.nodes.count == 2 && n->ins == 3 && n->outs == 2 && n->attributes == 3);
    assert_string_equal(ln_onnx_text(&o, n->op), "Op");
    assert_string_equal(ln_onnx_name(&o, ln_onnx_in(&o, n, 2)), "b");
    assert_string_equal(ln_onnx_name(&o, ln_onnx_out(&o, n, 1)), "z");
    assert_true(ln_onnx_in(&o, n, 1) == -1 && ln_onnx_in(&o, n, 3) == -1 && ln_onnx_out(&o, n, 2) == -1);
    assert_true(ln_onnx_in(&o, sink, 0) == ln_onnx_out(&o, n, 0) && ln_onnx_out(&o, sink, 0) == -1);
    assert_true(ln_onnx_attribute(&o, n, "real")->real == 1.5);
    const struct ln_onnx_attribute *list = ln_onnx_attribute(&o, n, "list2");
    assert_true(list->ints == 2 && ((const int64_t *)o.numbers.items)[list->first_int] == 7);
    assert_true(((const int64_t *)o.numbers.items)[list->first_int - 1] == -1);
    assert_null(ln_onnx_attribute(&o, n, "none"));
    assert_null(ln_onnx_attribute(&o, sink, "real"));
    assert_string_equal(ln_onnx_note(&o, "key"), "value");
    assert_null(ln_onnx_note(&o, "value"));
    assert_true(x->type == 0 && x->has_shape && x->shape.rank == 2 && x->shape.dim[0] == 2 &&
                x->shape.dim[1] == -1);
    ln_onnx_close(&o);
}

/* The version of ONNX's own operators, under either name of their domain. */
static void test_opsets(void **state) {
    static const struct {
        const char *domain;
        int64_t opset;
    } cases[] = {{"", 13}, {"ai.onnx", 13}, {"ai.onnx.ml", 0}, {"com.microsoft", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ln_text model = {0}, opset = {0};
        struct ln_onnx o;
        ln_pb_put_string(&opset, LN_OPSET_DOMAIN, cases[i].domain);
        ln_pb_put_varint(&opset, LN_OPSET_VERSION, 13);
        ln_pb_put_message(&model, LN_MODEL_OPSET_IMPORT, &opset);
        ln_pb_put_string(&model, LN_MODEL_GRAPH, "");
        write_bytes(&model);
        ln_text_fini(&model);
        assert_int_equal(ln_onnx_read(&o, PATH), LINNET_OK);
        assert_int_equal(o.opset, cases[i].opset);
        ln_onnx_close(&o);
    }
}

static void test_type_numbers(void **state) {
    static const struct {
        const char *graph;
        int type;
    } cases[] = {
        {"input x t255[1]", 255}, {"input x t256[1]", 0}, {"input x t0[1]", 0}, {"input x t-1[1]", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ln_onnx o;
        graph_write(PATH, cases[i].graph);
        assert_int_equal(ln_onnx_read(&o, PATH), LINNET_OK);
        assert_int_equal(((const struct ln_onnx_end *)o.inputs.items)->type, cases[i].type);
        ln_onnx_close(&o);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_unknown_fields),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_reads_fail),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_opsets),
        cmocka_unit_test(test_type_numbers),
    };
    return cmocka_run_group_tests(tests, graph_enter, graph_leave);
}
