/* What the files of the export share. export.c decides which layers are written and under which names, export_ops.c writes
 * one layer, export_notes.c the metadata. */
#ifndef LN_ONNX_EXPORT_H
#define LN_ONNX_EXPORT_H

#include "model/inference.h"
#include "onnx/onnx.h"
#include "onnx/writer.h"

struct ln_onnx_export {
    const struct ln_model *model;
    const struct ln_net *net;
    const char *path;
    struct ln_onnx_save_opts opts;
    struct ln_onnx_writer writer;
    struct ln_inference layers;
    struct ln_quant_value
        *rounded; /* [nodes], of roots: a scale if readers get the value rounded to 8 bits */
    char value[LN_NET_NAME_MAX + 64]; /* of ln_onnx_value_name and ln_onnx_read_name */
};

/* The name of a layer's value, valid until the next call. Values end in ".out", parameters in ".weight" and the like, so no
 * two names of the graph are equal whatever the layers are called. */
const char *ln_onnx_value_name(struct ln_onnx_export *x, int node);

/* export_ops.c. Writes a layer's nodes and initializers. */
LN_MUST_CHECK int ln_onnx_export_node(struct ln_onnx_export *x, int node);
/* True if the export has a row for the op. */
bool ln_onnx_exports(const struct ln_op *op);

/* export_int8.c. In this order: finds the values that are rounded to 8 bits; returns the name under which layers
 * read a value; writes the nodes that round a value; adds weights and bias as inputs of an 8-bit layer, or returns
 * false for any other layer. */
LN_MUST_CHECK int ln_onnx_find_rounded(struct ln_onnx_export *x);
const char *ln_onnx_read_name(struct ln_onnx_export *x, int node);
void ln_onnx_round_value(struct ln_onnx_export *x, int node);
bool ln_onnx_add_int8(struct ln_onnx_export *x, int node, struct ln_text *text);

/* export_notes.c. Metadata: classes, input size, normalisation, under the names that other programs know, and Linnet's own. */
LN_MUST_CHECK int ln_onnx_export_notes(struct ln_onnx_export *x);

#endif
