/* Prints a plan as a table or as JSON: its steps, the bytes that each moves, its memory. */
#include "graph/plan_impl.h"

#include <stdio.h>

static const char *pass_name(enum ln_step_kind kind) {
    switch (kind) {
    case LN_STEP_FORWARD: return "forward";
    case LN_STEP_RECOMPUTE: return "recompute";
    case LN_STEP_BACKWARD: return "backward";
    case LN_STEP_REORDER: return "reorder";
    case LN_STEP_SUM: return "sum";
    }
    return "";
}

/* The buffer that a step writes: the output, or the gradient of the first input; -1: only gradients of weights. */
static int written(const struct ln_step *s) {
    return s->kind == LN_STEP_BACKWARD ? s->din[0] : s->out;
}

/* A forward step does the whole epilogue; a backward step only if the layer has replaced those behind it. */
static bool does_epilogue(const struct ln_step *s, const struct ln_plan_node *n) {
    return s->kind == LN_STEP_FORWARD || s->kind == LN_STEP_RECOMPUTE ||
           (s->kind == LN_STEP_BACKWARD && n->fusion.last);
}

size_t ln_plan_steps(const struct ln_plan *plan) {
    return plan->step_count;
}

struct ln_plan_row ln_plan_row(const struct ln_plan *plan, size_t step) {
    const struct ln_step *s = &plan->steps[step];
    const struct ln_plan_node *n = &plan->nodes[s->node];
    int buffer = written(s);
    struct ln_plan_row r = {.pass = pass_name(s->kind),
                            .layer = n->node.name,
                            .impl = s->prim                  ? ln_prim_impl(s->prim)
                                    : s->kind == LN_STEP_SUM ? "own"
                                                             : n->prep.impl,
                            .op = n->node.op ? n->node.op->name : "input",
                            .norm = s->kind == LN_STEP_FORWARD ? n->fusion.norm : NULL,
                            .add = does_epilogue(s, n) && n->prep.epilogue.add,
                            .activation = does_epilogue(s, n) ? n->prep.epilogue.act.name : NULL,
                            .layout = buffer < 0 ? NULL : s->layout,
                            .has_memory = buffer >= 0 && !plan->buffers[buffer].external};
    if (r.has_memory) {
        r.offset = plan->buffers[buffer].offset;
        r.bytes = plan->buffers[buffer].bytes;
    }
    return r;
}

/* The texts of a row; op: "conv+batchnorm+add+relu". */
struct texts {
    char op[64], shape[48];
    const char *layout;
};

static struct texts texts_of(const struct ln_plan_row *r) {
    struct texts t = {.layout = r->layout ? r->layout->text : ""};
    const char *norm = r->norm, *activation = r->activation;
    snprintf(t.op, sizeof t.op, "%s%s%s%s%s%s", r->op, norm ? "+" : "", norm ? norm : "",
             r->add ? "+add" : "", activation ? "+" : "", activation ? activation : "");
    if (r->layout) ln_shape_text(&r->layout->shape, t.shape, sizeof t.shape);
    return t;
}

static void print_text(struct ln_text *t, size_t i, const struct ln_plan_row *r) {
    char offset[24] = "", bytes[24] = "";
    struct texts s = texts_of(r);
    if (r->has_memory) {
        snprintf(offset, sizeof offset, "%zu", r->offset);
        snprintf(bytes, sizeof bytes, "%zu", r->bytes);
    }
    ln_text_addf(t, "%4zu %-9s %-20s %-24s %-20s %-22s %-12s %11s %11s\n", i, r->pass, r->layer, s.op,
                 r->impl, s.shape, s.layout, offset, bytes);
}

static void print_json(struct ln_text *t, size_t i, const struct ln_plan_row *r) {
    struct texts s = texts_of(r);
    ln_text_addf(t, "%s\n    {\"step\": %zu, \"pass\": \"%s\", \"layer\": ", i ? "," : "", i, r->pass);
    ln_text_add_json(t, r->layer);
    ln_text_addf(t, ", \"op\": \"%s\", \"implementation\": \"%s\", \"shape\": \"%s\", \"layout\": \"%s\"",
                 s.op, r->impl, s.shape, s.layout);
    if (r->has_memory) ln_text_addf(t, ", \"offset\": %zu, \"bytes\": %zu", r->offset, r->bytes);
    ln_text_add(t, "}");
}

/* ---- traffic --------------------------------------------------------------------------------------------
 *
 * The bytes that a step reads and writes, each counted once. A kernel that reads data twice moves more, one that
 * finds data in a cache less; still, the number shows what a slow pass waits for. */

/* Bytes of the layout in the buffer: a slice of a concatenation is only a part of its buffer. */
static double part(const struct ln_plan *plan, int buffer, const struct ln_layout *layout) {
    if (buffer < 0) return 0;
    size_t bytes = plan->buffers[buffer].bytes;
    return (double)(layout && layout->bytes < bytes ? layout->bytes : bytes);
}

/* Weights, unless the constant made from them is read in their place; backward, their gradients too. */
static double parameters(const struct ln_plan *plan, const struct ln_step *s) {
    const struct ln_node *node = &plan->nodes[s->node].node;
    bool backward = s->kind == LN_STEP_BACKWARD;
    double bytes = 0;
    if (s->kind != LN_STEP_FORWARD && !backward) return 0;
    for (int i = 0; i < node->params && s->constant < 0; i++) {
        const struct ln_plan_param *p = &plan->params[node->first_param + i];
        bytes += (double)p->layout->bytes * (backward && p->grad ? 2 : 1);
    }
    return bytes;
}

double ln_plan_step_bytes(const struct ln_plan *plan, size_t step) {
    const struct ln_step *s = &plan->steps[step];
    const struct ln_prep *prep = &plan->nodes[s->node].prep;
    bool own = s->kind == LN_STEP_FORWARD || s->kind == LN_STEP_BACKWARD; /* prep is this step's */
    double bytes = parameters(plan, s) + part(plan, s->saved, NULL) + part(plan, s->constant, NULL) +
                   part(plan, s->out, own ? prep->out : NULL);
    for (int i = 0; i < LN_OP_INPUTS; i++)
        bytes += part(plan, s->in[i], own ? prep->in[i] : NULL) + part(plan, s->din[i], NULL);
    for (int i = 0; i < LN_OP_DOUTS; i++) bytes += part(plan, s->douts[i], prep->dout);
    return bytes;
}

/* ---- memory, and the whole plan ---------------------------------------------------------------------- */

struct ln_plan_memory ln_plan_memory(const struct ln_plan *plan) {
    struct ln_plan_memory m = {.activations = plan->activation_bytes};
    for (size_t i = 0; i < plan->net->param_count; i++) {
        m.params += plan->params[i].layout->bytes;
        m.grads += plan->params[i].grad ? plan->params[i].layout->bytes : 0;
    }
    for (size_t i = 0; i < plan->buffer_count; i++)
        if (!plan->buffers[i].external && plan->buffers[i].first >= 0)
            m.activations_unshared += plan->buffers[i].bytes;
    return m;
}

int ln_plan_print(const struct ln_plan *plan, bool json, char **text) {
    struct ln_text t = {0};
    struct ln_plan_memory m = ln_plan_memory(plan);
    if (json)
        ln_text_addf(&t, "{\n  \"batch\": %d,\n  \"steps\": [", plan->opts.batch);
    else
        ln_text_addf(&t, "%4s %-9s %-20s %-24s %-20s %-22s %-12s %11s %11s\n", "step", "pass", "layer", "op",
                     "implementation", "shape", "layout", "offset", "bytes");
    for (size_t i = 0; i < plan->step_count; i++) {
        struct ln_plan_row r = ln_plan_row(plan, i);
        if (json)
            print_json(&t, i, &r);
        else
            print_text(&t, i, &r);
    }
    if (json)
        ln_text_addf(
            &t,
            "\n  ],\n  \"parameter_bytes\": %zu,\n  \"gradient_bytes\": %zu,\n  \"activation_bytes\": %zu,\n"
            "  \"activation_bytes_unshared\": %zu\n}\n",
            m.params, m.grads, m.activations, m.activations_unshared);
    else
        ln_text_addf(
            &t,
            "parameters %.1f MB, gradients %.1f MB, activations %.1f MB (%.1f MB if no memory were shared)\n",
            (double)m.params / 1e6, (double)m.grads / 1e6, (double)m.activations / 1e6,
            (double)m.activations_unshared / 1e6);
    return ln_text_take(&t, text);
}
