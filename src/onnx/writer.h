/* Writes ONNX files: nodes and initializers are declared first, then the file is written in one pass.
 *
 *     struct ln_onnx_writer w = {0};
 *     struct ln_text node = {0};
 *     ln_onnx_node_begin(&node, "Relu", "relu1");
 *     ln_onnx_node_input(&node, "input");
 *     ln_onnx_node_output(&node, "logits");
 *     ln_onnx_node_end(&w, &node);
 *
 * Nodes are encoded at once; the numbers of an initializer stay where they are until the file is written, because only their
 * size is needed for the lengths before them. A failed append is kept and reported by ln_onnx_write.
 */
#ifndef LN_ONNX_WRITER_H
#define LN_ONNX_WRITER_H

#include "base/text.h"
#include "tensor/tensor.h"

/* A tensor of the file. `fill` computes its numbers into a buffer for all of them; NULL: `data` holds them. */
struct ln_onnx_initializer {
    char *name; /* owned */
    int type;   /* LN_ONNX_FLOAT ... */
    struct ln_shape shape;
    const void *data; /* borrowed */
    void *own;        /* the same, owned; NULL: borrowed */
    void (*fill)(const void *user, size_t index, float *out);
    size_t index; /* for fill */
    size_t bytes;
};

struct ln_onnx_writer {
    struct ln_text nodes; /* GraphProto's fields of nodes, encoded */
    struct ln_text ends;  /* its inputs and outputs */
    struct ln_text head;  /* ModelProto's fields but metadata and graph */
    struct ln_text notes; /* its metadata */
    struct ln_onnx_initializer *initializers;
    size_t count, capacity;
    const void *user; /* of fill */
    bool failed;      /* out of memory, recorded */
};

void ln_onnx_node_begin(struct ln_text *node, const char *op, const char *name);
void ln_onnx_node_input(struct ln_text *node, const char *value);
void ln_onnx_node_output(struct ln_text *node, const char *value);
void ln_onnx_node_int(struct ln_text *node, const char *attribute, int64_t value);
void ln_onnx_node_ints(struct ln_text *node, const char *attribute, const int64_t *values, int count);
void ln_onnx_node_float(struct ln_text *node, const char *attribute, double value);
void ln_onnx_node_end(struct ln_onnx_writer *w, struct ln_text *node);

/* An input or output of the graph, with a batch of any size before the given dimensions. */
void ln_onnx_write_end(struct ln_onnx_writer *w, bool output, const char *name, int type, const int64_t *dims,
                       int count);
void ln_onnx_write_metadata(struct ln_onnx_writer *w, const char *key, const char *value);

/* Declares an initializer: its name is copied, its data borrowed unless `own` is set. */
void ln_onnx_write_tensor(struct ln_onnx_writer *w, const struct ln_onnx_initializer *tensor);
/* Numbers that are copied: floats, or 64-bit integers. rank 0: a scalar. */
void ln_onnx_write_floats(struct ln_onnx_writer *w, const char *name, const float *values,
                          struct ln_shape shape);
void ln_onnx_write_ints(struct ln_onnx_writer *w, const char *name, const int64_t *values, int count);

/* Writes the file, whole or not at all. LINNET_ERR_LIMIT "onnx-size" beyond the 2 GB that protobuf allows; LINNET_ERR_IO. */
LN_MUST_CHECK int ln_onnx_write(struct ln_onnx_writer *w, const char *path, int opset);
void ln_onnx_writer_fini(struct ln_onnx_writer *w); /* a zeroed struct is fine */

#endif
