/* Compiling: 8-bit inference. A layer with weights reads 8-bit numbers if there are scales for its weights and its input, and
 * writes them if a layer behind it wants them. Layers that move numbers follow their input. Average pooling sums 8-bit numbers
 * if its input has them, and rounds the mean if a layer behind it wants that. All others read and write fp32. Between 8-bit and
 * fp32 the plan adds a reorder, which rounds or widens.
 */
#include "graph/plan_impl.h"
#include "kernel/mean_int8.h"
#include "op/int8.h"

enum ln_dtype ln_plan_int8_type(const struct ln_plan *plan, int id) {
    return plan->opts.quant->value[id].is_signed ? LN_I8 : LN_U8;
}

static bool is_int8(enum ln_dtype dtype) {
    return dtype == LN_I8 || dtype == LN_U8;
}

static bool has_scale(const struct ln_plan *plan, int id) {
    return plan->opts.quant->value[id].scale > 0;
}

static bool multiplies(const struct ln_plan *plan, const struct ln_plan_node *n) {
    return n->node.op->eight == LN_EIGHT_PRODUCT && plan->opts.quant->weights[n->node.first_param] &&
           has_scale(plan, n->node.in[0]);
}

/* From the last layer to the first: whose value does an 8-bit layer read? */
void ln_plan_int8_mark(struct ln_plan *plan) {
    if (!plan->opts.quant) return;
    for (size_t i = plan->node_count; i-- > 1;) {
        const struct ln_plan_node *n = &plan->nodes[i];
        if (!n->graph.active) continue;
        const bool product = multiplies(plan, n), moves = n->node.op->eight == LN_EIGHT_MOVE;
        const bool averages = n->node.op->eight == LN_EIGHT_MEAN;
        for (int j = 0; j < n->node.inputs; j++)
            if (averages || (product ? j == 0 || n->int8_wanted : moves && n->int8_wanted))
                plan->nodes[n->node.in[j]].int8_wanted = true;
    }
}

/* A layer that moves numbers keeps them in 8 bits if one of its inputs is 8-bit. All its inputs have the same scale. */
static bool keeps_int8(const struct ln_plan *plan, const struct ln_plan_node *n, int id) {
    bool any = false;
    if (n->node.op->eight != LN_EIGHT_MOVE || !has_scale(plan, id)) return false;
    for (int j = 0; j < n->node.inputs; j++) {
        any |= is_int8(plan->nodes[n->node.in[j]].value.layout->dtype);
        if (!has_scale(plan, n->node.in[j])) return false;
    }
    return any;
}

/* Does the layer average 8-bit numbers? Only if its input is 8-bit already, and no sum can overflow. */
static bool averages(const struct ln_plan *plan, const struct ln_plan_node *n) {
    const struct ln_plan_node *from = &plan->nodes[n->node.in[0]];
    const int64_t *in = from->node.out.dim;
    return n->node.op->eight == LN_EIGHT_MEAN && is_int8(from->value.layout->dtype) &&
           in[2] <= LN_MEAN_INT8_CELLS / in[3];
}

/* The output is 8-bit too if a layer after this one wants that, the activation allows it, and the scales of all inputs are known:
 * the shortcut that a convolution adds has its own. */
static enum ln_dtype computed_out(const struct ln_plan *plan, const struct ln_plan_node *n, int id) {
    bool can = n->int8_wanted && has_scale(plan, id) && !ln_plan_is_output(plan, (size_t)id) &&
               ln_int8_applies(&n->prep.epilogue.act);
    for (int j = 0; j < n->node.inputs; j++) can = can && has_scale(plan, n->node.in[j]);
    return can ? ln_plan_int8_type(plan, id) : LN_F32;
}

void ln_plan_int8_prepare(const struct ln_plan *plan, struct ln_plan_node *n) {
    struct ln_prep_int8 *p = &n->prep.int8;
    const int id = (int)(n - plan->nodes);
    *p = (struct ln_prep_int8){.out = LN_F32, .out_scale = 1};
    if (!plan->opts.quant) return;
    const struct ln_quant *q = plan->opts.quant;
    const bool product = multiplies(plan, n), mean = averages(plan, n);
    if (!product && !mean && !keeps_int8(plan, n, id)) return;
    p->on = true;
    p->out = product || mean ? computed_out(plan, n, id) : ln_plan_int8_type(plan, id);
    n->prep.dtype = ln_plan_int8_type(plan, n->node.in[0]);
    if (product) p->weight_scales = q->weights[n->node.first_param];
    if (!product && !mean) return;
    if (p->out != LN_F32) p->out_scale = q->value[id].scale;
    for (int j = 0; j < n->node.inputs && j < 2; j++) p->in_scale[j] = q->value[n->node.in[j]].scale;
}

/* A layer in 8 bits reads 8-bit numbers, except for the term that it adds to an fp32 output. */
enum ln_dtype ln_plan_int8_in(const struct ln_plan *plan, const struct ln_plan_node *n, int j) {
    const struct ln_prep_int8 *p = &n->prep.int8;
    if (!p->on) return n->prep.dtype;
    if (p->weight_scales && j > 0 && p->out == LN_F32) return LN_F32;
    return ln_plan_int8_type(plan, n->node.in[j]);
}

int ln_plan_int8_reorder(const struct ln_plan *plan, int id, const struct ln_layout *have,
                         const struct ln_layout *want, struct ln_prim **prim) {
    if (is_int8(have->dtype) == is_int8(want->dtype)) return ln_prim_reorder(plan->dnn, have, want, prim);
    const float scale = plan->opts.quant->value[id].scale;
    return ln_prim_reorder_scaled(plan->dnn, have, want, is_int8(have->dtype) ? scale : 1 / scale, prim);
}
