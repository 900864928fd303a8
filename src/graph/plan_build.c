/* Compiling a network, from layers to steps and buffers: the walks in their order, the layers that take part, and what the
 * caller reads.
 */
#include "base/alloc.h"
#include "graph/plan_impl.h"

/* ---- which layers take part -------------------------------------------------------------------------- */

/* The outputs that have a loss: in training all of them, or the main one alone if the others are frozen. */
static int count_losses(const struct ln_plan *plan) {
    const struct ln_net *net = plan->net;
    if (!plan->opts.train || plan->opts.no_loss) return 0;
    bool aux_frozen = net->output_count > 1 && plan->opts.frozen && plan->opts.frozen[net->outputs[1].node];
    return aux_frozen ? 1 : net->output_count;
}

static int add_losses(struct ln_plan *plan, int count) {
    const struct ln_op *op = ln_op_of_role(LN_ROLE_LOSS);
    plan->loss_attrs = ln_calloc(1, op->attrs_size + 1);
    if (!plan->loss_attrs) return LINNET_ERR_LIMIT;
    *ln_attr_real(op->attrs, plan->loss_attrs, "smoothing") = plan->opts.label_smoothing;
    for (int i = 0; i < count; i++)
        plan->nodes[plan->node_count++] = (struct ln_plan_node){.node = {.name = (char *)(uintptr_t) "loss",
                                                                         .op = op,
                                                                         .attrs = plan->loss_attrs,
                                                                         .inputs = 1,
                                                                         .in = {plan->net->outputs[i].node},
                                                                         .out = ln_shape_of(1)},
                                                                .graph = {.active = true, .output = i}};
    return LINNET_OK;
}

/* Nodes of the net, then the losses. */
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
        plan->nodes[i].graph.active = needed[i] || losses > 1;
        plan->nodes[i].graph.frozen = plan->opts.explained || (plan->opts.frozen && plan->opts.frozen[i]);
    }
    ln_free(needed);
    plan->node_count = net->count;
    return losses ? add_losses(plan, losses) : LINNET_OK;
}

/* The features are what the head reads. */
static int find_features(struct ln_plan *plan) {
    int head = ln_net_head(plan->net, 0);
    plan->feature_node = LN_NO_BUFFER;
    if (!plan->opts.features) return LINNET_OK;
    if (head == 0)
        return ln_fail(LINNET_ERR_USAGE, "plan-features",
                       "this network has no layer with weights, so it has no features");
    plan->feature_node = plan->net->nodes[head].in[0];
    /* In training a dropout before the head draws new numbers in each step. */
    if (plan->opts.train && plan->net->nodes[plan->feature_node].op == &ln_op_dropout)
        plan->feature_node = plan->net->nodes[plan->feature_node].in[0];
    return LINNET_OK;
}

/* The main output must depend on the explained layer, and the caller must give the output's gradient. */
static int check_explained(const struct ln_plan *plan) {
    const struct ln_plan_opts *o = &plan->opts;
    if (!o->explained) return LINNET_OK;
    if (!o->train || !o->no_loss || o->explained < 0 || (size_t)o->explained >= plan->net->count)
        return ln_fail(LINNET_ERR_INTERNAL, "plan-explained",
                       "layer %d cannot be explained in this plan; it needs train and no_loss", o->explained);
    if (!plan->nodes[o->explained].graph.active)
        return ln_fail(LINNET_ERR_USAGE, "plan-explained",
                       "%s: the main output does not depend on this layer",
                       plan->net->nodes[o->explained].name);
    return LINNET_OK;
}

/* ---- what the caller reads --------------------------------------------------------------------------- */

/* A value as plain fp32; a copy if the value is a view of the caller's own images. */
static int deliver(struct ln_plan *plan, size_t id, int *buffer) {
    const struct ln_plan_node *n = &plan->nodes[id];
    const struct ln_layout *plain = ln_layout_get(plan->dnn, LN_F32, &n->value.layout->shape, LN_PLAIN);
    if (!plain) return LINNET_ERR_LIMIT;
    *buffer = n->value.buffer;
    if (plain != n->value.layout || plan->buffers[n->value.buffer].external)
        return ln_plan_reorder_add(plan, (int)id, n->value.buffer, n->value.layout, plain, buffer);
    return LINNET_OK;
}

/* The step after the last one that writes the features. */
static void find_features_from(struct ln_plan *plan) {
    const int buffer = plan->nodes[plan->feature_node].value.buffer;
    plan->features_from = 0;
    for (size_t i = 0; !plan->buffers[buffer].external && i < plan->step_count; i++)
        if (plan->steps[i].out == buffer) plan->features_from = i + 1;
}

static int deliver_outputs(struct ln_plan *plan) {
    LN_TRY(deliver(plan, (size_t)plan->net->outputs[0].node, &plan->logits));
    if (plan->opts.explained) LN_TRY(deliver(plan, (size_t)plan->opts.explained, &plan->map));
    if (!plan->opts.features) return LINNET_OK;
    LN_TRY(deliver(plan, (size_t)plan->feature_node, &plan->features));
    find_features_from(plan);
    return LINNET_OK;
}

/* What the caller reads or writes between the passes lives to the end. */
static void keep_for_caller(struct ln_plan *plan) {
    int last = (int)plan->step_count - 1;
    ln_plan_touch(plan, plan->logits, last);
    ln_plan_touch(plan, plan->features, last);
    ln_plan_touch(plan, plan->map, last);
    ln_plan_touch(plan, plan->dout, 0);
    ln_plan_touch(plan, plan->din, last);
}

/* ---- the walks --------------------------------------------------------------------------------------- */

int ln_plan_build(struct ln_plan *plan) {
    plan->logits = plan->features = plan->map = plan->dout = plan->din = LN_NO_BUFFER;
    /* Which layers: inference leaves auxiliary heads out, training adds a loss behind each output. */
    LN_TRY(find_features(plan));
    LN_TRY(copy_nodes(plan));
    LN_TRY(check_explained(plan));
    /* Who reads whom, and which layers compute gradients: fusion must know both. */
    ln_plan_mark_flow(plan);
    /* Each layer that does its neighbours' work saves a pass over memory; the others leave the graph. */
    ln_plan_fuse(plan);
    ln_plan_int8_mark(plan);
    /* Values that may be recomputed later must not be overwritten now. */
    plan->recomputes = ln_plan_recomputes(plan);
    /* Front to back, because a layer chooses its layout by that of its inputs. */
    LN_TRY(ln_plan_build_forward(plan));
    LN_TRY(deliver_outputs(plan));
    plan->backward_from = plan->step_count;
    /* Back to front: the gradient of a value is complete when all its readers have delivered theirs. */
    if (plan->opts.train) LN_TRY(ln_plan_build_backward(plan));
    keep_for_caller(plan);
    /* Lifetimes are final now: buffers that do not live at the same time share memory. */
    LN_TRY(ln_plan_place(plan->buffers, plan->buffer_count, &plan->activation_bytes));
    /* All layers have named the layouts of their parameters. */
    LN_TRY(ln_plan_params_layouts(plan));
    ln_plan_params_count(plan);
    return LINNET_OK;
}
