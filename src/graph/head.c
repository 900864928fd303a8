/* The head of a network, which is its last layer with weights, and the backbone, which is everything before
 * it. Tuning a pretrained network replaces the head and may keep the backbone.
 */
#include "base/alloc.h"
#include "graph/net.h"

#include <string.h>

int ln_net_head(const struct ln_net *net, int output) {
    int at = net->outputs[output].node;
    while (at > 0 && net->nodes[at].params == 0) at = net->nodes[at].in[0];
    return at;
}

static bool is_head(const struct ln_net *net, int node) {
    for (int i = 0; i < net->output_count; i++)
        if (ln_net_head(net, i) == node) return true;
    return false;
}

/* Changes the number of output channels, if the op has that attribute. */
static void set_out(const struct ln_op *op, void *attrs, int out) {
    for (const struct ln_attr *a = op->attrs; a && a->name; a++)
        if (a->kind == LN_ATTR_INT && strcmp(a->name, "out") == 0) *(int *)((char *)attrs + a->offset) = out;
}

static int copy_node(struct ln_net *copy, const struct ln_net *net, int node, int classes) {
    const struct ln_node *from = &net->nodes[node];
    struct ln_value in[LN_OP_INPUTS];
    void *attrs = ln_calloc(1, from->op->attrs_size + 1); /* some ops have no attributes */
    if (!attrs) return LINNET_ERR_LIMIT;
    memcpy(attrs, from->attrs, from->op->attrs_size);
    if (is_head(net, node) && from->out.dim[1] == ln_net_classes(net)) set_out(from->op, attrs, classes);
    for (int j = 0; j < from->inputs; j++) in[j] = (struct ln_value){from->in[j]};
    ln_net_add(copy, from->op, from->name, attrs, in, from->inputs);
    ln_free(attrs);
    return copy->status;
}

static int copy_all(struct ln_net *copy, const struct ln_net *net, int classes) {
    for (size_t i = 1; i < net->count; i++) LN_TRY(copy_node(copy, net, (int)i, classes));
    for (int i = 0; i < net->output_count; i++)
        ln_output_aux(copy, (struct ln_value){net->outputs[i].node}, net->outputs[i].weight);
    LN_TRY(ln_net_finish(copy));
    if (ln_net_classes(copy) == classes) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "net-head",
                   "layer %s does not decide the number of classes, so it cannot be replaced",
                   net->nodes[ln_net_head(net, 0)].name);
}

int ln_net_with_classes(const struct ln_net *net, int classes, struct ln_net **out) {
    const int64_t *dim = net->nodes[0].out.dim;
    *out = ln_net_create((int)dim[1], (int)dim[2], (int)dim[3]);
    if (!*out) return LINNET_ERR_LIMIT;
    int status = copy_all(*out, net, classes);
    if (status == LINNET_OK) return LINNET_OK;
    ln_net_destroy(*out);
    *out = NULL;
    return status;
}

void ln_net_backbone(const struct ln_net *net, bool *backbone) {
    size_t head = (size_t)ln_net_head(net, 0);
    ln_net_needed(net, backbone);
    for (size_t i = 1; i < net->count; i++) /* an auxiliary head trains the backbone and belongs to it */
        backbone[i] = !backbone[i] || (net->nodes[i].params > 0 && i != head);
    backbone[0] = false;
    for (size_t i = net->count; i-- > 1;)
        for (int j = 0; backbone[i] && j < net->nodes[i].inputs; j++)
            if (net->nodes[i].in[j] > 0) backbone[net->nodes[i].in[j]] = true;
}
