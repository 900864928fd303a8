/* What the files of the import share. import.c walks the nodes in the order of the file and records the kind of each
 * value of the graph: a layer of the network under construction, the images themselves, a constant, or numbers that
 * describe a shape. A node that only changes how its input is seen (Identity, Cast, Transpose, Pad before a
 * convolution) adds no layer; it leaves a note in its value for the node that reads the value. */
#ifndef LN_ONNX_IMPORT_H
#define LN_ONNX_IMPORT_H

#include "onnx/graph.h"
#include "onnx/onnx.h"
#include "onnx/tensor.h"

enum ln_onnx_kind {
    LN_ONNX_UNKNOWN, /* not computed yet, or by a node that was not needed */
    LN_ONNX_LAYER,
    LN_ONNX_IMAGES, /* the input, perhaps scaled and shifted by channel: becomes the preprocessing */
    LN_ONNX_CONSTANT,
    LN_ONNX_INTS,    /* a shape, or a part of one */
    LN_ONNX_SIGMOID, /* of a layer: the factor in SiLU */
};

#define LN_ONNX_BATCH INT64_MIN /* the number of images, in a shape */

struct ln_onnx_value {
    enum ln_onnx_kind kind;
    int layer;  /* of LAYER, SIGMOID */
    int tensor; /* of CONSTANT; -1: real */
    double real;
    bool transposed; /* CONSTANT: a matrix seen as its transpose */
    /* INTS */
    int64_t ints[LN_RANK_MAX];
    int count;
    /* LAYER: what the graph does to it before the next layer */
    bool rows_last;      /* seen as [n][h][w][c]; after a flatten: its columns are in that order, map[] */
    int64_t map[3];      /* c, h, w before the flatten */
    int pad[4];          /* zeros above, left, below, right */
    struct ln_pair step; /* every step-th row and column; 0: all */
    double divided;      /* by this number; 0: not */
    bool softmax;
    size_t named_after; /* text: the node that cut rows out */
    /* IMAGES: scale * x + shift for each channel */
    double scale[3], shift[3];
    int channel; /* one of them alone; -1: all */
};

/* How a parameter of a layer comes from the file. */
enum ln_onnx_how {
    LN_ONNX_AS_IS,
    LN_ONNX_MATRIX, /* of a linear layer: perhaps transposed, perhaps with columns in the order [h][w][c] */
    LN_ONNX_KERNEL, /* of a convolution: zero rows above and below, zero columns on both sides */
};
struct ln_onnx_source {
    int layer, param; /* param: of the layer, from 0 */
    int tensor;
    enum ln_onnx_how how;
    bool transposed, rows_last;
    int64_t map[3]; /* c, h, w */
    int grow[4];    /* above, left, below, right */
};

struct ln_onnx_import {
    struct ln_onnx o;
    struct ln_onnx_outside outside;
    struct ln_onnx_open_opts opts;
    const char *path;
    struct ln_net *net;
    struct ln_onnx_value *values; /* by number */
    int *readers;        /* by value: how many inputs of needed nodes, and outputs of the graph, read it */
    int *reader;         /* by value: the last node that reads it */
    int *producer;       /* by value: its node; -1: none */
    bool *needed, *done; /* by node */
    struct ln_onnx_list sources; /* struct ln_onnx_source */
    bool bytes;                  /* the images are numbers from 0 to 255 */
    bool has_images;             /* a layer has read them, as `images` describes: */
    struct ln_onnx_value images;
    double temperature;
};

#define LN_ONNX_PLAIN "" /* the attributes of an op that has none */

typedef int ln_onnx_import_fn(struct ln_onnx_import *m, const struct ln_onnx_node *node);

/* import.c. The function for an operator; NULL: there is none. */
ln_onnx_import_fn *ln_onnx_importer(const char *op);

/* import_values.c ---- messages, inputs, outputs -------------------------------------------------------------------------- */

/* Records LINNET_ERR_INPUT "onnx-op": "FILE: node 'NAME' (OP): WHY". */
int ln_onnx_refuse(const struct ln_onnx_import *m, const struct ln_onnx_node *node, const char *why);
/* The k-th input as it is: refuses a missing one and one that is not computed yet. */
LN_MUST_CHECK int ln_onnx_take(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                               struct ln_onnx_value *value);
/* The k-th input as a layer. take_layer accepts all notes, take_still only rows_last, and take_bare none; others are
 * refused. */
LN_MUST_CHECK int ln_onnx_take_layer(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                                     struct ln_onnx_value *value);
LN_MUST_CHECK int ln_onnx_take_still(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                                     struct ln_onnx_value *value);
LN_MUST_CHECK int ln_onnx_take_bare(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                                    int *layer);
bool ln_onnx_is_padded(const struct ln_onnx_value *value);
bool ln_onnx_is_changed(const struct ln_onnx_value *value); /* has a note other than rows_last */
/* The k-th input as a constant tensor of floats of this rank; *tensor is its number. */
LN_MUST_CHECK int ln_onnx_take_weights(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                                       int rank, struct ln_onnx_value *value);
/* The k-th input as at most `most` numbers; *count 0 if it is left out. */
LN_MUST_CHECK int ln_onnx_take_numbers(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                                       size_t most, double *out, size_t *count);
/* The numbers of a constant or a shape. */
LN_MUST_CHECK int ln_onnx_numbers_of(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                                     const struct ln_onnx_value *value, size_t most, double *out,
                                     size_t *count);
/* True if a constant has one number for each of `channels` and its dimensions place them on the channels (rank 4: dimension
 * 1, or 3 with rows_last; rank 2: dimension 1). */
bool ln_onnx_is_by_channel(const struct ln_onnx_import *m, const struct ln_onnx_value *value,
                           int64_t channels, int rank, bool rows_last);
/* Gives the node's output (k = 0 for the first) its value; refuses a second one. */
LN_MUST_CHECK int ln_onnx_give(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k,
                               const struct ln_onnx_value *value);
/* Attributes with their defaults. */
int64_t ln_onnx_int(const struct ln_onnx_import *m, const struct ln_onnx_node *node, const char *name,
                    int64_t preset);
double ln_onnx_real(const struct ln_onnx_import *m, const struct ln_onnx_node *node, const char *name,
                    double preset);
/* Two numbers from 0 to 65536; refuses others. */
LN_MUST_CHECK int ln_onnx_pair(const struct ln_onnx_import *m, const struct ln_onnx_node *node,
                               const char *name, int preset, struct ln_pair *out);
/* Axes from an attribute or from input k, counted from 0; *count 0: none. */
LN_MUST_CHECK int ln_onnx_axes(struct ln_onnx_import *m, const struct ln_onnx_node *node, size_t k, int rank,
                               int *axes, size_t *count);
/* The decimal number that a float in a file stands for: 0.1 for 0.1f. */
double ln_onnx_decimal(double single);

/* ---- layers -------------------------------------------------------------------------------------------------------------- */

/* One layer, given as the value of the node's first output. weight: the value that holds its weights, after which it is
 * named; -1: it is named after the node. attrs may hold zeros for defaults. */
struct ln_onnx_layer {
    const struct ln_op *op;
    const void *attrs;
    int in[LN_OP_INPUTS], inputs;
    int weight;
    size_t name; /* text: overrides; 0: none */
};
LN_MUST_CHECK int ln_onnx_add(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                              const struct ln_onnx_layer *layer, int *id);
/* The same for one layer of one input, whose notes the output keeps. */
LN_MUST_CHECK int ln_onnx_add_simple(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                                     const struct ln_op *op, const void *attrs);
LN_MUST_CHECK int ln_onnx_add_source(struct ln_onnx_import *m, const struct ln_onnx_source *source);
const struct ln_shape *ln_onnx_shape(const struct ln_onnx_import *m, int layer);
/* If only one Add reads the node's output, and its other input is a constant with a number for each channel: takes
 * the constant as the bias. The Add is then done, and its output is the layer. */
LN_MUST_CHECK int ln_onnx_take_added_bias(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                                          int64_t channels, int rank, int *tensor, int *output);

/* Pair for an attribute, whose zeros mean the default. */
struct ln_pair ln_onnx_pair_of(int h, int w);

/* import_layers.c. The zeros above, left, below and right of the node's input: those of its own attributes, and of a Pad
 * before it. reach: of the kernel, dilation included. */
LN_MUST_CHECK int ln_onnx_padding(const struct ln_onnx_import *m, const struct ln_onnx_node *node,
                                  const struct ln_onnx_value *x, struct ln_pair reach, struct ln_pair stride,
                                  int pad[4]);

/* ---- operators: import_layers.c, import_pool.c, import_shapes.c, import_images.c ------------------------------------------ */

ln_onnx_import_fn ln_onnx_conv, ln_onnx_gemm, ln_onnx_matmul, ln_onnx_batchnorm, ln_onnx_lrn, ln_onnx_relu,
    ln_onnx_tanh, ln_onnx_clip, ln_onnx_sigmoid, ln_onnx_dropout, ln_onnx_softmax;
ln_onnx_import_fn ln_onnx_maxpool, ln_onnx_avgpool, ln_onnx_global_avgpool, ln_onnx_reduce_mean, ln_onnx_pad;
ln_onnx_import_fn ln_onnx_flatten, ln_onnx_reshape, ln_onnx_squeeze, ln_onnx_identity, ln_onnx_transpose,
    ln_onnx_constant, ln_onnx_shape_of, ln_onnx_gather, ln_onnx_unsqueeze, ln_onnx_slice, ln_onnx_concat;
ln_onnx_import_fn ln_onnx_arithmetic; /* Add, Sub, Mul, Div, Sum */

/* import_images.c. Arithmetic on the images and a constant; swapped: the constant is the first of them. */
LN_MUST_CHECK int ln_onnx_scale_images(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                                       const struct ln_onnx_value *images,
                                       const struct ln_onnx_value *constant, bool swapped);
/* The layer that reads the images: 0, the network's input. All must read them scaled alike. */
LN_MUST_CHECK int ln_onnx_read_images(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                                      const struct ln_onnx_value *value);
/* Finds the images among the inputs and creates the network with its input. */
LN_MUST_CHECK int ln_onnx_begin_images(struct ln_onnx_import *m);
/* The preprocessing that gives the network's input, from the model's default for its kind of images. */
void ln_onnx_finish_images(const struct ln_onnx_import *m, struct ln_preprocess *pp);

/* import_notes.c. Classes and preprocessing from the metadata. */
LN_MUST_CHECK int ln_onnx_import_notes(const struct ln_onnx_import *m, struct ln_model *model);
/* The size that the metadata names; 0: none. */
int ln_onnx_noted_imgsz(const struct ln_onnx *o);

/* import_weights.c. Fills the model's parameters. */
LN_MUST_CHECK int ln_onnx_fill(struct ln_onnx_import *m, struct ln_model *model);

#endif
