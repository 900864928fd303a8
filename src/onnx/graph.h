/* An ONNX file as tables: what graph_read.c finds, before the import interprets it.
 *
 * Texts lie in one block and are identified by their offset; equal names of values have equal numbers. The elements
 * of tensors stay in the file. Memory grows with the descriptions in the file, and the counts are bounded. */
#ifndef LN_ONNX_GRAPH_H
#define LN_ONNX_GRAPH_H

#include "base/file.h"
#include "base/text.h"
#include "tensor/tensor.h"

enum {
    LN_ONNX_ITEMS_MAX = 1 << 18,  /* of each: nodes, values, attributes, tensors, numbers in attributes */
    LN_ONNX_TEXT_MAX = 64 << 20,  /* bytes of all names */
    LN_ONNX_STRING_MAX = 4 << 20, /* bytes of one: names of classes are the longest */
};

/* Where the numbers of a tensor are. */
enum ln_onnx_form {
    LN_ONNX_NOWHERE,  /* none were given */
    LN_ONNX_RAW,      /* little-endian numbers of the type, one after the other */
    LN_ONNX_VARINTS,  /* packed varints */
    LN_ONNX_EXTERNAL, /* in another file */
};

struct ln_onnx_tensor {
    int name;         /* a value */
    bool initializer; /* of the graph, else of an attribute */
    int type;         /* LN_ONNX_FLOAT ... */
    struct ln_shape shape;
    enum ln_onnx_form form;
    uint64_t at, size; /* in the file; of an external one in the other file, size 0: not given */
    size_t location;   /* text: the other file */
};

struct ln_onnx_attribute {
    size_t name; /* text */
    double real;
    int64_t integer;
    size_t string;          /* text */
    size_t first_int, ints; /* in the graph's numbers */
    int tensor;             /* -1: none */
};

struct ln_onnx_node {
    size_t name, op, domain; /* texts */
    size_t first_in, ins, first_out, outs, first_attribute, attributes;
};

struct ln_onnx_end { /* an input or output */
    int name;        /* a value */
    int type;
    struct ln_shape shape; /* -1: open */
    bool has_shape;
};

struct ln_onnx_note {
    size_t key, value; /* texts */
};

/* A growing array. */
struct ln_onnx_list {
    void *items;
    size_t count, capacity;
};

struct ln_onnx {
    struct ln_file file;
    struct ln_text text;
    /* Of the structs above; ins and outs: int, values; numbers: int64_t. */
    struct ln_onnx_list nodes, attributes, tensors, inputs, outputs, notes, ins, outs, numbers;
    struct ln_onnx_list names; /* size_t, texts of values by number */
    int64_t opset;             /* of ONNX's own operators; 0: not given */
};

/* Reads all but the numbers of tensors. Codes "onnx-protobuf", "onnx-file". */
LN_MUST_CHECK int ln_onnx_read(struct ln_onnx *o, const char *path);
void ln_onnx_close(struct ln_onnx *o); /* a zeroed struct is fine */

static inline const char *ln_onnx_text(const struct ln_onnx *o, size_t text) {
    return o->text.data + text;
}
static inline const char *ln_onnx_name(const struct ln_onnx *o, int value) {
    return ln_onnx_text(o, ((const size_t *)o->names.items)[value]);
}
static inline const struct ln_onnx_node *ln_onnx_node(const struct ln_onnx *o, size_t i) {
    return (const struct ln_onnx_node *)o->nodes.items + i;
}
static inline const struct ln_onnx_tensor *ln_onnx_tensor(const struct ln_onnx *o, int i) {
    return (const struct ln_onnx_tensor *)o->tensors.items + i;
}
/* The k-th input or output of a node as a value; -1: it has none, or left it out. */
int ln_onnx_in(const struct ln_onnx *o, const struct ln_onnx_node *node, size_t k);
int ln_onnx_out(const struct ln_onnx *o, const struct ln_onnx_node *node, size_t k);
/* NULL if the node does not have it. */
const struct ln_onnx_attribute *ln_onnx_attribute(const struct ln_onnx *o, const struct ln_onnx_node *node,
                                                  const char *name);
const char *ln_onnx_note(const struct ln_onnx *o, const char *key); /* metadata; NULL if absent */

#endif
