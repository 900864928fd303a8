/* A network as a graph: layers that are added one call each, in the order in which they run, and whose names
 * become the names of their parameters in a state_dict.
 *
 *     struct ln_net *net = ln_net_create(1, 32, 32);
 *     struct ln_value x = ln_input(net);
 *     x = ln_layer(net, conv, "c1", x, .out = 6, .kernel = {5});
 *     x = ln_layer(net, tanh, NULL, x);
 *     ...
 *     ln_output(net, x);
 *     LN_TRY(ln_net_finish(net));
 *
 * The first error is kept and reported by ln_net_finish(), so a network's file reads like the paper.
 */
#ifndef LN_GRAPH_NET_H
#define LN_GRAPH_NET_H

#include "op/op.h"

enum {
    LN_NET_NODES_MAX = 10000,
    LN_NET_OUTPUTS = 4,
    LN_NET_SCOPES = 8,
    LN_NET_NAME_MAX = 200,
    LN_NET_CLASSES_MAX = 1 << 20,
    /* Limits in numbers, because a few bytes of text can ask for any size. For one image they admit an RGB input of
     * 2309 x 2309 and the first layer of a VGG at 1024 x 1024; for weights, one tensor of 8 GB. */
    LN_NET_INPUT_MAX = 16000000,
    LN_NET_OUTPUT_MAX = 1 << 26
};
#define LN_NET_PARAM_MAX ((size_t)1 << 31)

/* The value of a layer: the layer's number. */
struct ln_value {
    int id;
};

struct ln_node {
    char *name;
    uint32_t hash;          /* of the name */
    const struct ln_op *op; /* NULL: the input */
    void *attrs;            /* defaults filled in; owned */
    int inputs, in[LN_OP_INPUTS];
    struct ln_shape out; /* for a batch of one */
    int first_param, params;
};

struct ln_net_param {
    char *name; /* "conv1.weight" */
    int node;
    struct ln_param_spec spec;
};

struct ln_net_output {
    int node;
    double weight; /* of its loss; 1 for the main output, which is the first */
};

struct ln_net {
    struct ln_node *nodes; /* [0] is the input */
    size_t count, capacity;
    struct ln_net_param *params;
    size_t param_count, param_capacity;
    struct ln_net_output outputs[LN_NET_OUTPUTS];
    int output_count;
    /* "layer1.0.", the prefix of names, and the lengths of the outer scopes */
    char scope[LN_NET_NAME_MAX];
    size_t outer_scope[LN_NET_SCOPES];
    int scopes;
    int status; /* of the first call that failed */
};

struct ln_net *ln_net_create(int channels, int height, int width); /* NULL: out of memory (recorded) */
void ln_net_destroy(struct ln_net *net);

struct ln_value ln_input(const struct ln_net *net);

int64_t ln_channels(const struct ln_net *net, struct ln_value x);

/* One layer; name NULL: the op's name and a number. attrs is copied. */
struct ln_value ln_net_add(struct ln_net *net, const struct ln_op *op, const char *name, const void *attrs,
                           const struct ln_value *in, int inputs);
#define ln_layer(net, op, name, x, ...) \
    ln_net_add(net, &ln_op_##op, name, &(struct ln_##op##_attrs){__VA_ARGS__}, (struct ln_value[]){x}, 1)
/* The same for layers of several inputs: ln_join(net, add, "sum", ((struct ln_value[]){a, b}), 2). */
#define ln_join(net, op, name, values, count, ...) \
    ln_net_add(net, &ln_op_##op, name, &(struct ln_##op##_attrs){__VA_ARGS__}, values, count)

/* Layers added between the two calls are named in this scope, those with name NULL too: "conv1" in "layer1.0"
 * becomes "layer1.0.conv1". Scopes nest. */
void ln_scope_begin(struct ln_net *net, const char *format, ...) LN_PRINTF(2, 3);
void ln_scope_end(struct ln_net *net);

/* Override the op's initialisation rule for the parameters named `param`: of all layers of this op so far, or of
 * one layer. value: for the rules that use one. */
void ln_net_init_all(struct ln_net *net, const struct ln_op *op, const char *param, enum ln_init init,
                     double value);
void ln_net_init_one(struct ln_net *net, struct ln_value layer, const char *param, enum ln_init init,
                     double value);
#define ln_init_all(net, op, param, init, value) ln_net_init_all(net, &ln_op_##op, param, init, value)

void ln_output(struct ln_net *net, struct ln_value logits);
void ln_output_aux(struct ln_net *net, struct ln_value logits,
                   double weight); /* in training only; after ln_output */
LN_MUST_CHECK int ln_net_finish(struct ln_net *net);

int64_t ln_net_parameters(const struct ln_net *net); /* trainable numbers */
/* Multiply-adds of one image without auxiliary heads; INT64_MAX if they do not fit; -1: out of memory. */
int64_t ln_net_macs(const struct ln_net *net);
int64_t ln_net_node_macs(const struct ln_net *net, size_t node);
int64_t ln_macs_sum(int64_t total, int64_t macs, int times); /* total + macs * times, or INT64_MAX */
bool ln_net_has_param(const struct ln_net *net, const char *name);
size_t ln_net_param_size(const struct ln_net *net, size_t i); /* elements of the i-th parameter */
size_t ln_net_largest_param(const struct ln_net *net);        /* elements of the largest one, at least 1 */
/* Initial values of the i-th parameter, from its rule, the seed and i. plain has ln_net_param_size elements. */
void ln_net_init_param(const struct ln_net *net, size_t i, uint64_t seed, float *plain);
int ln_net_classes(const struct ln_net *net);                      /* columns of the main output */
bool ln_net_has_role(const struct ln_net *net, enum ln_role role); /* a layer of that kind */
/* needed[id]: the main output depends on the layer. needed has room for net->count. */
void ln_net_needed(const struct ln_net *net, bool *needed);

/* head.c. The head of the i-th output: the last layer before it that has weights; 0: no such layer. */
int ln_net_head(const struct ln_net *net, int output);
/* backbone[id]: the layer has weights and is not the main output's head, or a layer of the backbone depends on it.
 * A dropout right before the head is therefore not in the backbone; a dropout between two layers of the backbone
 * is, and so are auxiliary heads. backbone has room for net->count. */
void ln_net_backbone(const struct ln_net *net, bool *backbone);
/* A copy of the network whose heads have another number of classes. LINNET_ERR_INPUT "net-head" if the head does not
 * determine the number of classes. */
LN_MUST_CHECK int ln_net_with_classes(const struct ln_net *net, int classes, struct ln_net **out);

/* The text form, which model files carry:
 *
 *     linnet 1
 *     input 1x32x32
 *     c1 = conv(input) out=6 kernel=5
 *     tanh1 = tanh(c1)
 *     ...
 *     output output
 *
 * and "aux WEIGHT NAME" lines for auxiliary outputs; '#' begins a comment. Parsing checks everything;
 * its error codes begin with net-. */
LN_MUST_CHECK int ln_net_print(const struct ln_net *net, char **text);
LN_MUST_CHECK int ln_net_parse(const char *text, struct ln_net **net);
/* The same layers for inputs of another size. LINNET_ERR_USAGE "net-size" if a parameter's shape depends on the size
 * of the input, as in a linear layer that follows a flattened map without adaptive pooling between them. */
LN_MUST_CHECK int ln_net_resized(const struct ln_net *net, int height, int width, struct ln_net **resized);

/* The layer table for people, or as JSON: name, kind, output shape for this batch, parameters, multiply-adds;
 * totals with and without auxiliary heads. */
LN_MUST_CHECK int ln_net_summary(const struct ln_net *net, int batch, bool json, char **text);
/* The network as a graph for Graphviz (dot.c). */
LN_MUST_CHECK int ln_net_dot(const struct ln_net *net, char **text);

#endif
