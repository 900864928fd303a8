/* Writes ONNX files. The file is ModelProto: small fields, the metadata, then the graph. The graph is first encoded
 * in memory, except for the initializers' numbers. OpenVINO recognises a file by its first three fields and refuses
 * one that repeats a field there, so the metadata must not come first. It must not come last either, where a
 * truncated file would lose it unnoticed. */
#include "onnx/writer.h"

#include "base/alloc.h"
#include "base/file.h"
#include "onnx/protobuf.h"
#include "onnx/schema.h"

#include <inttypes.h>
#include <string.h>

#define FILE_MAX ((uint64_t)INT32_MAX) /* bytes of a message that protobuf's own readers take */

/* ---- nodes ----------------------------------------------------------------------------------------------- */

void ln_onnx_node_begin(struct ln_text *node, const char *op, const char *name) {
    ln_pb_put_string(node, LN_NODE_NAME, name);
    ln_pb_put_string(node, LN_NODE_OP, op);
}

void ln_onnx_node_input(struct ln_text *node, const char *value) {
    ln_pb_put_string(node, LN_NODE_INPUT, value);
}

void ln_onnx_node_output(struct ln_text *node, const char *value) {
    ln_pb_put_string(node, LN_NODE_OUTPUT, value);
}

static struct ln_text attribute_begin(const char *name, int type) {
    struct ln_text attribute = {0};
    ln_pb_put_string(&attribute, LN_ATTRIBUTE_NAME, name);
    ln_pb_put_varint(&attribute, LN_ATTRIBUTE_TYPE, (uint64_t)type);
    return attribute;
}

void ln_onnx_node_int(struct ln_text *node, const char *name, int64_t value) {
    struct ln_text attribute = attribute_begin(name, LN_ATTRIBUTE_IS_INT);
    ln_pb_put_varint(&attribute, LN_ATTRIBUTE_I, (uint64_t)value);
    ln_pb_put_message(node, LN_NODE_ATTRIBUTE, &attribute);
}

void ln_onnx_node_ints(struct ln_text *node, const char *name, const int64_t *values, int count) {
    struct ln_text attribute = attribute_begin(name, LN_ATTRIBUTE_IS_INTS);
    for (int i = 0; i < count; i++) ln_pb_put_varint(&attribute, LN_ATTRIBUTE_INTS, (uint64_t)values[i]);
    ln_pb_put_message(node, LN_NODE_ATTRIBUTE, &attribute);
}

void ln_onnx_node_float(struct ln_text *node, const char *name, double value) {
    struct ln_text attribute = attribute_begin(name, LN_ATTRIBUTE_IS_FLOAT);
    ln_pb_put_float(&attribute, LN_ATTRIBUTE_F, (float)value);
    ln_pb_put_message(node, LN_NODE_ATTRIBUTE, &attribute);
}

void ln_onnx_node_end(struct ln_onnx_writer *w, struct ln_text *node) {
    ln_pb_put_message(&w->nodes, LN_GRAPH_NODE, node);
}

/* ---- inputs, outputs, metadata ---------------------------------------------------------------------------- */

void ln_onnx_write_end(struct ln_onnx_writer *w, bool output, const char *name, int type, const int64_t *dims,
                       int count) {
    struct ln_text shape = {0}, tensor = {0}, value_type = {0}, value = {0}, batch = {0};
    ln_pb_put_string(&batch, LN_DIM_PARAM, "batch");
    ln_pb_put_message(&shape, LN_SHAPE_DIM, &batch);
    for (int i = 0; i < count; i++) {
        struct ln_text dim = {0};
        ln_pb_put_varint(&dim, LN_DIM_VALUE, (uint64_t)dims[i]);
        ln_pb_put_message(&shape, LN_SHAPE_DIM, &dim);
    }
    ln_pb_put_varint(&tensor, LN_TENSOR_TYPE_ELEMENT, (uint64_t)type);
    ln_pb_put_message(&tensor, LN_TENSOR_TYPE_SHAPE, &shape);
    ln_pb_put_message(&value_type, LN_TYPE_TENSOR, &tensor);
    ln_pb_put_string(&value, LN_VALUE_NAME, name);
    ln_pb_put_message(&value, LN_VALUE_TYPE, &value_type);
    ln_pb_put_message(&w->ends, output ? LN_GRAPH_OUTPUT : LN_GRAPH_INPUT, &value);
}

void ln_onnx_write_metadata(struct ln_onnx_writer *w, const char *key, const char *value) {
    struct ln_text pair = {0};
    ln_pb_put_string(&pair, LN_PAIR_KEY, key);
    ln_pb_put_string(&pair, LN_PAIR_VALUE, value);
    ln_pb_put_message(&w->notes, LN_MODEL_METADATA, &pair);
}

/* ---- initializers ----------------------------------------------------------------------------------------- */

static size_t size_of_type(int type) {
    if (type == LN_ONNX_INT8 || type == LN_ONNX_UINT8) return 1;
    return type == LN_ONNX_INT64 ? sizeof(int64_t) : sizeof(float);
}

void ln_onnx_write_tensor(struct ln_onnx_writer *w, const struct ln_onnx_initializer *tensor) {
    struct ln_onnx_initializer copy = *tensor, *grown = NULL;
    size_t count = 0;
    if (ln_shape_count(&tensor->shape, &count) && ln_size_mul(count, size_of_type(tensor->type), &copy.bytes))
        grown = ln_grow(w->initializers, w->count, &w->capacity, sizeof *grown);
    if (grown) w->initializers = grown;
    copy.name = grown ? ln_strdup(tensor->name) : NULL;
    if (!copy.name) {
        w->failed = true;
        ln_free(copy.own);
        return;
    }
    w->initializers[w->count++] = copy;
}

static void write_copy(struct ln_onnx_writer *w, struct ln_onnx_initializer *tensor, const void *values) {
    size_t count = 0;
    if (ln_shape_count(&tensor->shape, &count))
        tensor->data = tensor->own = ln_realloc_array(NULL, count, size_of_type(tensor->type));
    if (!tensor->own) {
        w->failed = true;
        return;
    }
    memcpy(tensor->own, values, count * size_of_type(tensor->type));
    ln_onnx_write_tensor(w, tensor);
}

void ln_onnx_write_floats(struct ln_onnx_writer *w, const char *name, const float *values,
                          struct ln_shape shape) {
    write_copy(w, &(struct ln_onnx_initializer){.name = (char *)name, .type = LN_ONNX_FLOAT, .shape = shape},
               values);
}

void ln_onnx_write_ints(struct ln_onnx_writer *w, const char *name, const int64_t *values, int count) {
    write_copy(w,
               &(struct ln_onnx_initializer){
                   .name = (char *)name, .type = LN_ONNX_INT64, .shape = ln_shape_of(count)},
               values);
}

/* TensorProto up to its raw_data, whose key and length are the last bytes. */
static struct ln_text tensor_head(const struct ln_onnx_initializer *tensor) {
    struct ln_text head = {0};
    for (int i = 0; i < tensor->shape.rank; i++)
        ln_pb_put_varint(&head, LN_TENSOR_DIMS, (uint64_t)tensor->shape.dim[i]);
    ln_pb_put_varint(&head, LN_TENSOR_DATA_TYPE, (uint64_t)tensor->type);
    ln_pb_put_string(&head, LN_TENSOR_NAME, tensor->name);
    ln_pb_put_length(&head, LN_TENSOR_RAW_DATA, tensor->bytes);
    return head;
}

/* ---- the file --------------------------------------------------------------------------------------------- */

static void put_head(struct ln_onnx_writer *w, int opset) {
    struct ln_text version = {0};
    ln_pb_put_string(&version, LN_OPSET_DOMAIN, "");
    ln_pb_put_varint(&version, LN_OPSET_VERSION, (uint64_t)opset);
    ln_pb_put_varint(&w->head, LN_MODEL_IR_VERSION, LN_ONNX_IR);
    ln_pb_put_string(&w->head, LN_MODEL_PRODUCER_NAME, "linnet");
    ln_pb_put_string(&w->head, LN_MODEL_PRODUCER_VERSION, LINNET_VERSION);
    ln_pb_put_message(&w->head, LN_MODEL_OPSET_IMPORT, &version);
    ln_pb_put_string(&w->ends, LN_GRAPH_NAME, "linnet");
}

/* The bytes of the graph; 0: out of memory. */
static uint64_t graph_size(const struct ln_onnx_writer *w, size_t *largest) {
    uint64_t total = w->nodes.length + w->ends.length;
    for (size_t i = 0; i < w->count; i++) {
        const struct ln_onnx_initializer *tensor = &w->initializers[i];
        struct ln_text head = tensor_head(tensor);
        const uint64_t size = head.length + tensor->bytes;
        const bool failed = head.failed;
        ln_text_fini(&head);
        if (failed) return 0;
        total += ln_pb_length_bytes(LN_GRAPH_INITIALIZER, size) + size;
        if (tensor->fill && tensor->bytes > *largest) *largest = tensor->bytes;
    }
    return total;
}

static int write_text(struct ln_file_writer *out, struct ln_text *text) {
    int status = text->failed ? ln_fail_memory(text->capacity) : LINNET_OK;
    if (status == LINNET_OK && text->length) status = ln_file_writer_write(out, text->data, text->length);
    ln_text_fini(text);
    return status;
}

static int write_initializer(const struct ln_onnx_writer *w, const struct ln_onnx_initializer *tensor,
                             float *room, struct ln_file_writer *out) {
    struct ln_text key = {0}, head = tensor_head(tensor);
    ln_pb_put_length(&key, LN_GRAPH_INITIALIZER, head.length + tensor->bytes);
    int status = write_text(out, &key);
    if (status == LINNET_OK)
        status = write_text(out, &head);
    else
        ln_text_fini(&head);
    LN_TRY(status);
    if (tensor->fill) tensor->fill(w->user, tensor->index, room);
    return ln_file_writer_write(out, tensor->fill ? (const void *)room : tensor->data, tensor->bytes);
}

static int write_parts(struct ln_onnx_writer *w, uint64_t size, float *room, struct ln_file_writer *out) {
    ln_pb_put_length(&w->notes, LN_MODEL_GRAPH, size);
    LN_TRY(write_text(out, &w->head));
    LN_TRY(write_text(out, &w->notes));
    LN_TRY(write_text(out, &w->nodes));
    for (size_t i = 0; i < w->count; i++) LN_TRY(write_initializer(w, &w->initializers[i], room, out));
    return write_text(out, &w->ends);
}

int ln_onnx_write(struct ln_onnx_writer *w, const char *path, int opset) {
    struct ln_file_writer out = {0};
    size_t largest = 0;
    put_head(w, opset);
    const uint64_t size = graph_size(w, &largest);
    if (w->failed || w->nodes.failed || w->ends.failed || w->head.failed || w->notes.failed || size == 0)
        return ln_fail_memory(w->nodes.capacity);
    const uint64_t total = w->head.length + ln_pb_length_bytes(LN_MODEL_GRAPH, size) + size + w->notes.length;
    if (total > FILE_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "onnx-size",
                       "%s: the model takes %" PRIu64 " bytes; an ONNX file holds at most %" PRIu64, path,
                       total, FILE_MAX);
    float *room = largest ? ln_alloc(largest) : NULL;
    if (largest && !room) return LINNET_ERR_LIMIT;
    int status = ln_file_writer_begin(&out, path, total);
    if (status == LINNET_OK) status = write_parts(w, size, room, &out);
    if (status == LINNET_OK) status = ln_file_writer_commit(&out);
    if (status != LINNET_OK) ln_file_writer_abort(&out);
    ln_free(room);
    return status;
}

void ln_onnx_writer_fini(struct ln_onnx_writer *w) {
    for (size_t i = 0; i < w->count; i++) {
        ln_free(w->initializers[i].name);
        ln_free(w->initializers[i].own);
    }
    ln_free(w->initializers);
    ln_text_fini(&w->nodes);
    ln_text_fini(&w->ends);
    ln_text_fini(&w->head);
    ln_text_fini(&w->notes);
    *w = (struct ln_onnx_writer){0};
}
