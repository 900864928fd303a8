/* Compiling, first walk: which layers take part, and where gradients flow. */
#include "base/alloc.h"
#include "graph/plan_impl.h"

/* The outputs that have a loss: in training all of them, or the main one where the others are frozen. */
static int count_losses(const struct ln_plan *plan) {
    const struct ln_net *net = plan->net;
    if (!plan->opts.train || plan->opts.no_loss) return 0;
    bool aux_frozen = net->output_count > 1 && plan->opts.frozen && plan->opts.frozen[net->outputs[1].node];
    return aux_frozen ? 1 : net->output_count;
}

/* Nodes of the net, then, in training, a loss behind each output. */
static int copy_nodes(struct ln_plan *plan) {
    const struct ln_net *net = plan->net;
    int losses = count_losses(plan);
    plan->nodes = ln_calloc(net->count + (size_t)losses, sizeof *plan->nodes);
    bool *needed = ln_calloc(net->count, sizeof *needed);
    if (!plan->nodes || !needed) {
        ln_free(needed);
        return LINNET_ERR_LIMIT;
    }
    ln_net_needed(net, needed);
    for (size_t i = 0; i < net->count; i++) {
        plan->nodes[i].node = net->nodes[i];
        plan->nodes[i].active = needed[i] || losses > 1;
        plan->nodes[i].frozen = plan->opts.frozen && plan->opts.frozen[i];
    }
    ln_free(needed);
    plan->node_count = net->count;
    for (int i = 0; i < losses; i++) {
        static const struct ln_softmax_xent_attrs none;
        plan->nodes[plan->node_count++] = (struct ln_plan_node){.node = {.name = (char *)(uintptr_t) "loss",
                                                                         .op = &ln_op_softmax_xent,
                                                                         .attrs = (void *)(uintptr_t)&none,
                                                                         .inputs = 1,
                                                                         .in = {net->outputs[i].node},
                                                                         .out = ln_shape_of(1)},
                                                                .active = true,
                                                                .scale_output = i};
    }
    return LINNET_OK;
}

void ln_plan_mark_flow(struct ln_plan *plan) {
    plan->nodes[0].needs_grad = plan->opts.train && plan->opts.input_grad;
    plan->nodes[0].slice_at = LN_NONE_YET;
    for (size_t i = 0; i < plan->node_count; i++) plan->nodes[i].consumers = 0;
    for (size_t i = 1; i < plan->node_count; i++) {
        struct ln_plan_node *n = &plan->nodes[i];
        n->saved = n->constant = n->buffer = n->made_again = LN_NONE_YET;
        n->slice_at = LN_NONE_YET;
        if (!n->active) continue;
        n->needs_grad = plan->opts.train && n->node.params > 0 && !n->frozen;
        for (int j = 0; j < n->node.inputs; j++) {
            plan->nodes[n->node.in[j]].consumers++;
            n->needs_grad |= plan->nodes[n->node.in[j]].needs_grad;
        }
    }
}

/* The features are what the head reads. */
static int find_features(struct ln_plan *plan) {
    int head = ln_net_head(plan->net, 0);
    plan->feature_node = LN_NONE_YET;
    if (!plan->opts.features) return LINNET_OK;
    if (head == 0)
        return ln_fail(LINNET_ERR_USAGE, "plan-features",
                       "this network has no layer with weights, so it has no features");
    plan->feature_node = plan->net->nodes[head].in[0];
    return LINNET_OK;
}

bool ln_plan_is_output(const struct ln_plan *plan, size_t id) {
    for (int i = 0; i < plan->net->output_count; i++)
        if ((size_t)plan->net->outputs[i].node == id) return true;
    return plan->feature_node == (int)id;
}

bool ln_plan_infers(const struct ln_plan *plan, const struct ln_plan_node *n) {
    return !plan->opts.train || (n->frozen && !n->needs_grad);
}

int ln_plan_mark(struct ln_plan *plan) {
    LN_TRY(find_features(plan));
    LN_TRY(copy_nodes(plan));
    ln_plan_mark_flow(plan);
    return LINNET_OK;
}
