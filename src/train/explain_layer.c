/* Finds the layer to explain, by name or by default, and the method that suits it. */
#include "base/alloc.h"
#include "base/text.h"
#include "train/explain.h"

#include <stdio.h>
#include <string.h>

/* ---- methods ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *help;
} methods[] = {
    [LN_GRADCAM] = {"gradcam", "weighs each channel by its mean gradient"},
    [LN_HIRESCAM] = {"hirescam", "weighs each place of each channel by its gradient"},
    [LN_LAYERCAM] = {"layercam", "weighs each place of each channel by its gradient, where that is positive"},
    [LN_OCCLUSION] = {"occlusion", "hides parts of the picture"},
};
enum { METHODS = sizeof methods / sizeof *methods };

const char *ln_method_choice(int index) {
    return index >= 0 && index < METHODS ? methods[index].name : NULL;
}

const char *ln_method_help(int index) {
    return index >= 0 && index < METHODS ? methods[index].help : NULL;
}

static bool is_pool(const struct ln_node *n) {
    return n->op == &ln_op_adaptive_avgpool || n->op == &ln_op_avgpool;
}

/* Walks back from the output: one layer with weights, then averages over the whole map of the layer. */
enum ln_method ln_explain_method(const struct ln_net *net, int node) {
    int at = ln_net_head(net, 0);
    if (at == 0 || net->nodes[at].op != &ln_op_linear) return LN_HIRESCAM;
    while (at > node && (at == ln_net_head(net, 0) || net->nodes[at].op == &ln_op_flatten ||
                         net->nodes[at].op == &ln_op_dropout))
        at = net->nodes[at].in[0];
    const struct ln_node *n = &net->nodes[at];
    const bool averages = at > node && is_pool(n) && n->in[0] == node && n->out.dim[2] * n->out.dim[3] == 1;
    return averages ? LN_GRADCAM : LN_HIRESCAM;
}

/* ---- layers ----------------------------------------------------------------------------------------------- */

static bool has_map(const struct ln_node *n) {
    return n->op && n->out.rank == 4 && n->out.dim[2] * n->out.dim[3] > 1;
}

/* A pooling, or another layer that computes nothing of its own, shows less than its input. */
static bool computes(const struct ln_node *n) {
    return n->params > 0 || n->op->role != LN_ROLE_LAYER;
}

static int default_layer(const struct ln_net *net) {
    int at = net->outputs[0].node;
    while (at > 0 && !(has_map(&net->nodes[at]) && computes(&net->nodes[at]))) at = net->nodes[at].in[0];
    return at;
}

/* `name` is the layer's, or that of a block around it. */
static bool is_named(const struct ln_node *n, const char *name, bool block) {
    const size_t length = strlen(name);
    if (!block) return strcmp(n->name, name) == 0;
    return length > 0 && strncmp(n->name, name, length) == 0 && n->name[length] == '.';
}

static int find(const struct ln_net *net, const bool *needed, const char *name, bool block) {
    for (size_t i = net->count; i-- > 1;)
        if (needed[i] && has_map(&net->nodes[i]) && is_named(&net->nodes[i], name, block)) return (int)i;
    return 0;
}

static int fail_unknown(const struct ln_net *net, const bool *needed, const char *name) {
    const char **names = ln_calloc(net->count, sizeof *names);
    char shown[128], all[256];
    size_t count = 0;
    if (!names) return LINNET_ERR_LIMIT;
    for (size_t i = 1; i < net->count; i++)
        if (needed[i] && has_map(&net->nodes[i])) names[count++] = net->nodes[i].name;
    const char *near = ln_text_nearest(name, names, count);
    ln_text_printable(name, strlen(name), shown, sizeof shown);
    int status;
    if (near)
        status =
            ln_fail(LINNET_ERR_USAGE, "explain-layer", "unknown layer '%s'; did you mean %s?", shown, near);
    else
        status = ln_fail(LINNET_ERR_USAGE, "explain-layer",
                         "unknown layer '%s': must be one of the %zu layers with a map: %s", shown, count,
                         ln_text_list(names, count, all, sizeof all));
    ln_free(names);
    return status;
}

/* The layer exists, but has no map, or only an auxiliary output depends on it. */
static int fail_unsuited(const struct ln_node *n, bool needed) {
    if (needed)
        return ln_fail(
            LINNET_ERR_USAGE, "explain-layer",
            "the output of layer %s has no height and width, or is a single pixel; choose another layer",
            n->name);
    return ln_fail(
        LINNET_ERR_USAGE, "explain-layer",
        "layer %s belongs to an auxiliary output, which only training computes; choose another layer",
        n->name);
}

static int find_layer(const struct ln_net *net, const bool *needed, const char *name, int *node) {
    *node = find(net, needed, name, false);
    if (*node == 0) *node = find(net, needed, name, true);
    if (*node > 0) return LINNET_OK;
    for (size_t i = 1; i < net->count; i++)
        if (is_named(&net->nodes[i], name, false)) return fail_unsuited(&net->nodes[i], needed[i]);
    return fail_unknown(net, needed, name);
}

int ln_explain_layer(const struct ln_net *net, const char *name, int *node) {
    if (!name) {
        *node = default_layer(net);
        if (*node > 0) return LINNET_OK;
        return ln_fail(LINNET_ERR_USAGE, "explain-layer",
                       "no layer of this network has a feature map of more than one pixel; use --method "
                       "occlusion, which needs none");
    }
    bool *needed = ln_calloc(net->count, sizeof *needed);
    if (!needed) return LINNET_ERR_LIMIT;
    ln_net_needed(net, needed);
    int status = find_layer(net, needed, name, node);
    ln_free(needed);
    return status;
}
