/* Compiling: parameters. One arena of values and one of gradients, each parameter at the same place in both,
 * so the optimiser is one pass over flat memory. Trainable parameters come first; behind them are those that
 * the optimiser leaves alone: buffers (running statistics) and frozen ones.
 */
#include "base/alloc.h"
#include "graph/plan_impl.h"

#include <string.h>

static size_t floats_of(const struct ln_plan_param *p) {
    return ln_size_align(p->layout->bytes, LN_ARENA_ALIGN) / sizeof(float);
}

/* Plain; a scalar is a row of one. */
static const struct ln_layout *plain_layout(const struct ln_plan *plan, const struct ln_shape *shape) {
    struct ln_shape one = ln_shape_of(1);
    return ln_layout_get(plan->dnn, LN_F32, shape->rank ? shape : &one, LN_PLAIN);
}

/* The layer that runs with this parameter; NULL: the layer takes no part in this plan, or is folded into another. */
static const struct ln_plan_node *layer_of(const struct ln_plan *plan, size_t param) {
    const struct ln_plan_node *n = &plan->nodes[plan->net->params[param].node];
    while (n->fusion.moved_to) n = &plan->nodes[n->fusion.moved_to];
    int own = (int)param - n->node.first_param;
    return n->graph.active && own >= 0 && own < n->node.params ? n : NULL;
}

/* The layouts that the layers chose. A layer that takes no part in this plan has its parameters plain, or as
 * in the plan whose parameters are shared. */
int ln_plan_params_layouts(struct ln_plan *plan) {
    plan->params = ln_calloc(plan->net->param_count + 1, sizeof *plan->params);
    if (!plan->params) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < plan->net->param_count; i++) {
        const struct ln_net_param *net = &plan->net->params[i];
        const struct ln_plan_node *n = layer_of(plan, i);
        int own = n ? (int)i - n->node.first_param : 0;
        if (n)
            plan->params[i] =
                (struct ln_plan_param){net, n->prep.param[own], n->prep.param_view[own], NULL, NULL};
        else if (plan->opts.like)
            plan->params[i] = plan->opts.like->params[i];
        else
            plan->params[i] =
                (struct ln_plan_param){net, plain_layout(plan, &net->spec.shape), NULL, NULL, NULL};
        if (!plan->params[i].layout) return LINNET_ERR_LIMIT;
    }
    return LINNET_OK;
}

/* A weight that is folded is read once, in plain order, so it need not be copied first. */
static bool may_borrow(const struct ln_plan *plan, size_t i) {
    const struct ln_plan_param *p = &plan->params[i];
    const struct ln_plan_node *n = layer_of(plan, i);
    if (!plan->opts.params || p->view) return false;
    return p->layout->format == LN_PLAIN || (n && n->prep.folds_plain && (int)i == n->node.first_param);
}

static int share(struct ln_plan *plan) {
    const struct ln_plan *like = plan->opts.like;
    if (plan->opts.train && !plan->opts.explained && !like->opts.train)
        return ln_fail(LINNET_ERR_INTERNAL, "plan-share",
                       "the plan whose parameters are shared has no gradients");
    for (size_t i = 0; i < plan->net->param_count; i++) {
        const bool plain = !like->params[i].borrowed || may_borrow(plan, i);
        if (!plain || plan->params[i].layout != like->params[i].layout ||
            plan->params[i].view != like->params[i].view)
            return ln_fail(LINNET_ERR_INTERNAL, "plan-share",
                           "%s: layout %s here, %s in the plan whose parameters are shared",
                           plan->params[i].net->name, plan->params[i].layout->text,
                           like->params[i].layout->text);
        plan->params[i].borrowed = like->params[i].borrowed;
        plan->params[i].value = like->params[i].value;
        plan->params[i].grad = plan->opts.explained ? NULL : like->params[i].grad;
    }
    return LINNET_OK;
}

/* The optimiser changes it. */
static bool is_trained(const struct ln_plan *plan, const struct ln_plan_param *p) {
    return !p->net->spec.buffer && !plan->nodes[p->net->node].graph.frozen;
}

/* Weight decay is for weights: the scales and shifts of a normalisation and biases, which are vectors, are left
 * alone, as in timm and Goyal and others, "Accurate, large minibatch SGD" (2017), section 5.3. */
static bool is_decayed(const struct ln_plan *plan, const struct ln_plan_param *p) {
    return is_trained(plan, p) && p->net->spec.shape.rank > 1;
}

/* Place of the first value that the optimiser leaves alone. In training it starts a new page, so that several processes
 * can share the pages of the trained weights and nothing else. */
static size_t untrained_place(const struct ln_plan *plan) {
    enum { LARGEST_PAGE = 64 << 10 };
    return plan->opts.train ? ln_size_align(plan->trainable, LARGEST_PAGE / sizeof(float)) : plan->trainable;
}

void ln_plan_params_count(struct ln_plan *plan) {
    const struct ln_plan *like = plan->opts.like;
    if (like) {
        plan->trainable = like->trainable;
        plan->decayed = like->decayed;
        return;
    }
    for (size_t i = 0; i < plan->net->param_count; i++) {
        struct ln_plan_param *p = &plan->params[i];
        p->borrowed = may_borrow(plan, i);
        if (p->borrowed) continue;
        plan->value_count += floats_of(p);
        if (is_trained(plan, p)) plan->trainable += floats_of(p);
        if (is_decayed(plan, p)) plan->decayed += floats_of(p);
    }
    plan->value_count += untrained_place(plan) - plan->trainable;
}

int ln_plan_params_create(struct ln_plan *plan) {
    const size_t count = plan->net->param_count, bytes = plan->value_count * sizeof(float);
    if (plan->opts.like) return share(plan);
    LN_TRY(ln_arena_init(&plan->values, ln_arena_slice_bytes(bytes)));
    float *values = ln_arena_take(&plan->values, bytes), *grads = NULL;
    if (plan->opts.train) {
        LN_TRY(ln_arena_init(&plan->grads, ln_arena_slice_bytes(plan->trainable * sizeof(float))));
        grads = ln_arena_take(&plan->grads, plan->trainable * sizeof(float));
    }
    size_t decayed = 0, undecayed = plan->decayed, untrained = untrained_place(plan);
    for (size_t i = 0; i < count; i++) {
        struct ln_plan_param *p = &plan->params[i];
        float *given = plan->opts.params ? plan->opts.params[i] : NULL;
        if (p->borrowed) {
            p->value = given;
            continue;
        }
        size_t *at = is_decayed(plan, p) ? &decayed : is_trained(plan, p) ? &undecayed : &untrained;
        p->value = values + *at;
        p->grad = grads && is_trained(plan, p) ? grads + *at : NULL;
        *at += floats_of(p);
        if (given) LN_TRY(ln_plan_set_param(plan, i, given));
    }
    return LINNET_OK;
}

/* ---- in and out ---------------------------------------------------------------------------------------- */

/* The matrix product sees the bytes of a view as plain [k, columns]. */
static const struct ln_layout *columns_of(const struct ln_plan *plan, const struct ln_layout *view) {
    int64_t k = view->shape.dim[0];
    struct ln_shape shape = ln_shape_of(k, (int64_t)(view->bytes / sizeof(float)) / k);
    return ln_layout_get(plan->dnn, LN_F32, &shape, LN_PLAIN);
}

static int get_borrowed(const struct ln_plan *plan, const struct ln_plan_param *p, const float *data,
                        float *plain, bool set) {
    if (set)
        return ln_fail(LINNET_ERR_INTERNAL, "plan-borrowed",
                       "%s: cannot be set: the plan reads the caller's values", p->net->name);
    memcpy(plain, data, ln_net_param_size(plan->net, (size_t)(p - plan->params)) * sizeof *plain);
    return LINNET_OK;
}

/* plain -> data (set) or data -> plain (get), through the view if the parameter has one. */
static int convert(const struct ln_plan *plan, const struct ln_plan_param *p, float *data, float *plain,
                   bool set) {
    if (p->borrowed) return get_borrowed(plan, p, data, plain, set);
    const struct ln_layout *logical = p->view ? p->view : p->layout;
    const struct ln_layout *outside = ln_layout_get(plan->dnn, LN_F32, &logical->shape, LN_PLAIN);
    if (!outside) return LINNET_ERR_LIMIT;
    if (!p->view)
        return set ? ln_reorder(plan->dnn, outside, plain, p->layout, data)
                   : ln_reorder(plan->dnn, p->layout, data, outside, plain);
    const struct ln_layout *columns = columns_of(plan, p->view);
    float *between = columns ? ln_alloc(p->view->bytes) : NULL;
    int status = between ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK)
        status = set ? ln_reorder(plan->dnn, outside, plain, p->view, between)
                     : ln_reorder(plan->dnn, p->layout, data, columns, between);
    if (status == LINNET_OK)
        status = set ? ln_reorder(plan->dnn, columns, between, p->layout, data)
                     : ln_reorder(plan->dnn, p->view, between, outside, plain);
    ln_free(between);
    return status;
}

int ln_plan_set_param(struct ln_plan *plan, size_t i, const float *plain) {
    ln_plan_changed(plan);
    return convert(plan, &plan->params[i], plan->params[i].value, (float *)plain, true);
}

int ln_plan_get_param(const struct ln_plan *plan, size_t i, float *plain) {
    return convert(plan, &plan->params[i], plan->params[i].value, plain, false);
}

size_t ln_plan_read_bytes(const struct ln_plan *plan) {
    size_t most = 0;
    for (size_t i = 0; i < plan->net->param_count; i++) {
        const struct ln_plan_param *p = &plan->params[i];
        const size_t bytes = ln_net_param_size(plan->net, i) * sizeof(float) + (p->view ? p->view->bytes : 0);
        if (bytes > most) most = bytes;
    }
    return most;
}

int ln_plan_get_grad(const struct ln_plan *plan, size_t i, float *plain) {
    if (!plan->params[i].grad) {
        memset(plain, 0, ln_net_param_size(plan->net, i) * sizeof *plain);
        return LINNET_OK;
    }
    return convert(plan, &plan->params[i], plan->params[i].grad, plain, false);
}

bool ln_plan_is_trained(const struct ln_plan *plan, size_t i) {
    return is_trained(plan, &plan->params[i]);
}

static size_t place_of(const struct ln_plan *plan, size_t i) {
    return (size_t)(plan->params[i].value - (const float *)ln_plan_owner(plan)->values.base);
}

size_t ln_plan_param_place(const struct ln_plan *plan, size_t i, size_t *count) {
    *count = floats_of(&plan->params[i]);
    return place_of(plan, i);
}

const char *ln_plan_param_layout(const struct ln_plan *plan, size_t i) {
    const struct ln_plan_param *p = &plan->params[i];
    return (p->view ? p->view : p->layout)->text;
}

int ln_plan_set_beside(const struct ln_plan *plan, size_t i, float *state, const float *plain) {
    return convert(plan, &plan->params[i], state + place_of(plan, i), (float *)plain, true);
}

int ln_plan_get_beside(const struct ln_plan *plan, size_t i, const float *state, float *plain) {
    return convert(plan, &plan->params[i], (float *)state + place_of(plan, i), plain, false);
}

size_t ln_plan_grads_done(const struct ln_plan *plan, size_t first, size_t count) {
    const float *from = ln_plan_grads(plan) + first, *to = from + count;
    for (size_t i = plan->step_count; i-- > plan->backward_from;) {
        const struct ln_step *s = &plan->steps[i];
        for (int p = 0; s->kind == LN_STEP_BACKWARD && p < LN_OP_PARAMS; p++)
            if (s->args.dparam[p] && s->args.dparam[p] >= from && s->args.dparam[p] < to) return i;
    }
    return 0;
}

size_t ln_plan_statistics(const struct ln_plan *plan, struct ln_plan_range *ranges) {
    size_t count = 0;
    for (size_t i = 0; i < plan->net->param_count; i++) {
        const struct ln_plan_param *p = &plan->params[i];
        const struct ln_plan_node *n = layer_of(plan, i);
        if (!p->net->spec.buffer || p->net->spec.dtype != LN_F32 || !n || ln_plan_infers(plan, n)) continue;
        if (ranges) ranges[count].first = ln_plan_param_place(plan, i, &ranges[count].count);
        count++;
    }
    return count;
}

struct ln_plan *ln_plan_owner(const struct ln_plan *plan) {
    while (plan->opts.like) plan = plan->opts.like;
    return (struct ln_plan *)plan;
}

void ln_plan_changed(const struct ln_plan *plan) {
    ln_plan_owner(plan)->changes++;
}

float *ln_plan_values(const struct ln_plan *plan, size_t *count) {
    *count = plan->trainable;
    return (float *)ln_plan_owner(plan)->values.base;
}

size_t ln_plan_decayed(const struct ln_plan *plan) {
    return plan->decayed;
}

float *ln_plan_all_values(const struct ln_plan *plan, size_t *count) {
    *count = ln_plan_owner(plan)->value_count;
    return (float *)ln_plan_owner(plan)->values.base;
}

float *ln_plan_grads(const struct ln_plan *plan) {
    return (float *)ln_plan_owner(plan)->grads.base;
}

int ln_plan_copy_params(struct ln_plan *to, const struct ln_plan *from) {
    float *plain = ln_alloc(ln_net_largest_param(to->net) * sizeof *plain);
    int status = plain ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; i < to->net->param_count && status == LINNET_OK; i++) {
        status = ln_plan_get_param(from, i, plain);
        if (status == LINNET_OK) status = ln_plan_set_param(to, i, plain);
    }
    ln_free(plain);
    return status;
}

int ln_plan_init(struct ln_plan *plan, uint64_t seed) {
    const struct ln_net *net = plan->net;
    float *plain = ln_alloc(ln_net_largest_param(net) * sizeof *plain);
    int status = plain ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; i < net->param_count && status == LINNET_OK; i++) {
        ln_net_init_param(net, i, seed, plain);
        status = ln_plan_set_param(plan, i, plain);
    }
    ln_free(plain);
    return status;
}
