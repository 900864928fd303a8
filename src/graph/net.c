/* Building a network. */
#include "graph/net.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct size_check {
    const char *code, *name, *what;
    size_t most; /* small enough that all later products of sizes fit into 64 bits */
};

static int check_size(const struct ln_shape *shape, const struct size_check *check) {
    size_t elements;
    double all = 1; /* the count may not fit into 64 bits */
    char text[96];
    if (ln_shape_count(shape, &elements) && elements <= check->most) return LINNET_OK;
    for (int i = 0; i < shape->rank; i++) all *= (double)shape->dim[i];
    return ln_fail(LINNET_ERR_LIMIT, check->code, "%s: %s %s has %.0f numbers; the limit is %zu", check->name,
                   check->what, ln_shape_text(shape, text, sizeof text), all, check->most);
}

/* FNV-1a (Fowler, Noll, Vo): a network has hundreds of names with the same beginning. */
static uint32_t hash_of(const char *name) {
    uint32_t hash = 2166136261U;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 16777619U;
    return hash;
}

struct ln_net *ln_net_create(int channels, int height, int width) {
    struct ln_net *net = ln_calloc(1, sizeof *net);
    if (!net) return NULL;
    net->nodes = ln_grow(NULL, 0, &net->capacity, sizeof *net->nodes);
    char *name = ln_strdup("input");
    if (!net->nodes || !name) {
        ln_free(name);
        ln_free(net->nodes);
        ln_free(net);
        return NULL;
    }
    net->nodes[0] =
        (struct ln_node){.name = name, .hash = hash_of(name), .out = ln_shape_of(1, channels, height, width)};
    net->count = 1;
    if (channels < 1 || height < 1 || width < 1 || channels > 4096 || height > 65536 || width > 65536)
        net->status =
            ln_fail(LINNET_ERR_USAGE, "net-input", "input %dx%dx%d: channels 1 to 4096, sides 1 to 65536",
                    channels, height, width);
    else
        net->status = check_size(&net->nodes[0].out,
                                 &(struct size_check){"net-size", "input", "an image of", LN_NET_INPUT_MAX});
    return net;
}

void ln_net_destroy(struct ln_net *net) {
    if (!net) return;
    for (size_t i = 0; i < net->count; i++) {
        ln_free(net->nodes[i].name);
        ln_free(net->nodes[i].attrs);
    }
    for (size_t i = 0; i < net->param_count; i++) ln_free(net->params[i].name);
    ln_free(net->nodes);
    ln_free(net->params);
    ln_free(net);
}

struct ln_value ln_input(const struct ln_net *net) {
    return (struct ln_value){0};
}

int64_t ln_channels(const struct ln_net *net, struct ln_value x) {
    return net->nodes[x.id].out.dim[1];
}

static bool name_taken(const struct ln_net *net, const char *name) {
    uint32_t hash = hash_of(name);
    for (size_t i = 0; i < net->count; i++)
        if (net->nodes[i].hash == hash && strcmp(net->nodes[i].name, name) == 0) return true;
    return false;
}

/* "relu3": the op's name and its count in the scope; a higher number if the name is in use. */
static void name_anew(const struct ln_net *net, const struct ln_op *op, char *out, size_t size) {
    int number = 1;
    size_t scope = strlen(net->scope);
    for (size_t i = 1; i < net->count; i++)
        number += net->nodes[i].op == op && strncmp(net->nodes[i].name, net->scope, scope) == 0;
    do snprintf(out, size, "%s%s%d", net->scope, op->name, number++);
    while (name_taken(net, out));
}

/* A name must be printable, unused, and free of blanks and the text form's punctuation. */
static int check_name(const struct ln_net *net, const char *name) {
    size_t length = strlen(name);
    char shown[160];
    ln_text_printable(name, length, shown, sizeof shown);
    if (length == 0 || length > LN_NET_NAME_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789_.-") != length)
        return ln_fail(LINNET_ERR_INPUT, "net-name",
                       "layer name '%s': letters, digits, '_', '.', '-', at most %d", shown, LN_NET_NAME_MAX);
    if (name_taken(net, name))
        return ln_fail(LINNET_ERR_INPUT, "net-name", "layer name '%s' is used twice", shown);
    return LINNET_OK;
}

/* The layer's parameters, named after it. */
static int add_params(struct ln_net *net, struct ln_node *node, const struct ln_shape *in) {
    struct ln_param_spec specs[LN_OP_PARAMS];
    node->first_param = (int)net->param_count;
    int count = node->op->params ? node->op->params(node->attrs, in, specs) : 0;
    for (int i = 0; i < count; i++) {
        LN_TRY(check_size(&specs[i].shape,
                          &(struct size_check){"net-param", node->name, specs[i].name, LN_NET_PARAM_MAX}));
        struct ln_text name = {0};
        ln_text_addf(&name, "%s.%s", node->name, specs[i].name);
        struct ln_net_param *grown =
            ln_grow(net->params, net->param_count, &net->param_capacity, sizeof *net->params);
        if (!grown) {
            ln_text_fini(&name);
            return LINNET_ERR_LIMIT;
        }
        net->params = grown;
        struct ln_net_param *param = &net->params[net->param_count];
        *param = (struct ln_net_param){.node = (int)net->count, .spec = specs[i]};
        LN_TRY(ln_text_take(&name, &param->name));
        net->param_count++;
        node->params++;
    }
    return LINNET_OK;
}

/* Attributes, shape and parameters of a new node, which owns its name and attrs. */
static int resolve(struct ln_net *net, struct ln_node *node) {
    struct ln_shape in[LN_OP_INPUTS];
    for (int i = 0; i < node->inputs; i++) in[i] = net->nodes[node->in[i]].out;
    LN_TRY(ln_attr_resolve(node->op->attrs, node->attrs, node->name));
    LN_TRY(node->op->shape(node->name, node->attrs, in, node->inputs, &node->out));
    LN_TRY(check_size(&node->out, &(struct size_check){"net-size", node->name, "the output of one image",
                                                       LN_NET_OUTPUT_MAX}));
    return add_params(net, node, in);
}

static int add(struct ln_net *net, struct ln_node *node, const char *name, const void *attrs) {
    char full_name[2 * LN_NET_NAME_MAX];
    if (!name)
        name_anew(net, node->op, full_name, sizeof full_name);
    else
        snprintf(full_name, sizeof full_name, "%s%s", net->scope, name);
    name = full_name;
    LN_TRY(check_name(net, name));
    if (net->count >= LN_NET_NODES_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "net-nodes", "more than %d layers", LN_NET_NODES_MAX);
    if (node->op->inputs && node->op->inputs != node->inputs)
        return ln_fail(LINNET_ERR_USAGE, "net-inputs", "%s: %s takes %d inputs, not %d", name, node->op->name,
                       node->op->inputs, node->inputs);
    struct ln_node *grown = ln_grow(net->nodes, net->count, &net->capacity, sizeof *net->nodes);
    if (!grown) return LINNET_ERR_LIMIT;
    net->nodes = grown;
    node->name = ln_strdup(name);
    node->hash = hash_of(name);
    node->attrs = ln_calloc(1, node->op->attrs_size + 1);
    if (!node->name || !node->attrs) return LINNET_ERR_LIMIT;
    memcpy(node->attrs, attrs, node->op->attrs_size);
    LN_TRY(resolve(net, node));
    net->nodes[net->count++] = *node;
    return LINNET_OK;
}

struct ln_value ln_net_add(struct ln_net *net, const struct ln_op *op, const char *name, const void *attrs,
                           const struct ln_value *in, int inputs) {
    struct ln_node node = {.op = op, .inputs = inputs};
    if (net->status != LINNET_OK) return (struct ln_value){0};
    if (inputs < 1 || inputs > LN_OP_INPUTS)
        net->status = ln_fail(LINNET_ERR_USAGE, "net-inputs", "%s: %d inputs, must be 1 to %d", op->name,
                              inputs, LN_OP_INPUTS);
    for (int i = 0; i < inputs && net->status == LINNET_OK; i++) node.in[i] = in[i].id;
    if (net->status == LINNET_OK) net->status = add(net, &node, name, attrs);
    if (net->status == LINNET_OK) return (struct ln_value){(int)net->count - 1};
    ln_free(node.name);
    ln_free(node.attrs);
    return (struct ln_value){0};
}

void ln_scope_begin(struct ln_net *net, const char *format, ...) {
    size_t at = strlen(net->scope), room = sizeof net->scope - at;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(net->scope + at, room, format, arguments);
    va_end(arguments);
    bool fits = length > 0 && (size_t)length + 1 < room && net->scopes < LN_NET_SCOPES;
    if (!fits && net->status == LINNET_OK)
        net->status =
            ln_fail(LINNET_ERR_USAGE, "net-scope", "scope %s: empty, too long, or nested more than %d deep",
                    net->scope, LN_NET_SCOPES);
    net->scope[fits ? at + (size_t)length : at] = '\0';
    if (fits) strcat(net->scope, ".");
    if (net->scopes < LN_NET_SCOPES) net->outer_scope[net->scopes] = at;
    net->scopes++;
}

void ln_scope_end(struct ln_net *net) {
    net->scopes--;
    if (net->scopes < LN_NET_SCOPES) net->scope[net->outer_scope[net->scopes]] = '\0';
}

void ln_output(struct ln_net *net, struct ln_value logits) {
    ln_output_aux(net, logits, 1);
}

void ln_output_aux(struct ln_net *net, struct ln_value logits, double weight) {
    if (net->status != LINNET_OK) return;
    if (net->output_count == LN_NET_OUTPUTS) {
        net->status = ln_fail(LINNET_ERR_USAGE, "net-output", "more than %d outputs", LN_NET_OUTPUTS);
        return;
    }
    net->outputs[net->output_count++] = (struct ln_net_output){logits.id, weight};
}

/* An output is [n, classes], and all heads have the classes of the main one. */
static int check_output(const struct ln_net *net, const struct ln_node *node) {
    const struct ln_shape *out = &node->out, *main_out = &net->nodes[net->outputs[0].node].out;
    if (out->rank != 2)
        return ln_fail(LINNET_ERR_INPUT, "net-output",
                       "output %s has %d dimensions but must have 2; flatten it first", node->name,
                       out->rank);
    if (out->dim[1] > LN_NET_CLASSES_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "net-output", "output %s has %lld classes, at most %d", node->name,
                       (long long)out->dim[1], LN_NET_CLASSES_MAX);
    if (out->dim[1] != main_out->dim[1])
        return ln_fail(LINNET_ERR_INPUT, "net-output", "output %s has %d classes, the main one %d",
                       node->name, (int)out->dim[1], (int)main_out->dim[1]);
    return LINNET_OK;
}

int ln_net_finish(struct ln_net *net) {
    if (net->status != LINNET_OK) return net->status;
    if (net->output_count == 0) return ln_fail(LINNET_ERR_INPUT, "net-output", "the network has no output");
    for (int i = 0; i < net->output_count; i++) LN_TRY(check_output(net, &net->nodes[net->outputs[i].node]));
    return LINNET_OK;
}

bool ln_net_has_param(const struct ln_net *net, const char *name) {
    for (size_t i = 0; i < net->param_count; i++)
        if (strcmp(net->params[i].name, name) == 0) return true;
    return false;
}

int64_t ln_net_parameters(const struct ln_net *net) {
    int64_t total = 0;
    for (size_t i = 0; i < net->param_count; i++) {
        size_t count = 0;
        if (!net->params[i].spec.buffer && ln_shape_count(&net->params[i].spec.shape, &count))
            total += (int64_t)count;
    }
    return total;
}

void ln_net_needed(const struct ln_net *net, bool *needed) {
    memset(needed, 0, net->count * sizeof *needed);
    needed[net->outputs[0].node] = true;
    for (size_t i = net->count; i-- > 0;)
        for (int j = 0; needed[i] && j < net->nodes[i].inputs; j++) needed[net->nodes[i].in[j]] = true;
}

int64_t ln_net_node_macs(const struct ln_net *net, size_t i) {
    const struct ln_node *node = &net->nodes[i];
    if (!node->op || !node->op->macs) return 0;
    return node->op->macs(node->attrs, &net->nodes[node->in[0]].out, &node->out);
}

int64_t ln_macs_sum(int64_t total, int64_t macs, int times) {
    int64_t more;
    if (__builtin_mul_overflow(macs, times, &more) || __builtin_add_overflow(total, more, &total))
        return INT64_MAX;
    return total;
}

int64_t ln_net_macs(const struct ln_net *net) {
    int64_t total = 0;
    bool *needed = ln_alloc(net->count * sizeof *needed);
    if (!needed) return -1;
    ln_net_needed(net, needed);
    for (size_t i = 1; i < net->count; i++)
        if (needed[i]) total = ln_macs_sum(total, ln_net_node_macs(net, i), 1);
    ln_free(needed);
    return total;
}

bool ln_net_has_role(const struct ln_net *net, enum ln_role role) {
    for (size_t i = 1; i < net->count; i++)
        if (net->nodes[i].op->role == role) return true;
    return false;
}

int ln_net_classes(const struct ln_net *net) {
    const struct ln_shape *out = &net->nodes[net->outputs[0].node].out;
    return (int)out->dim[out->rank - 1];
}
