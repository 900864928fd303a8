/* Compiling: memory. Lifetimes become offsets: the largest buffer first, each at the lowest offset that no buffer
 * alive at the same time occupies ("greedy by size", Pisarchyk and Lee, "Efficient memory management for deep
 * neural net inference", 2020, section 5.2). Then the plan takes the arena and the steps get their addresses.
 */
#include "base/alloc.h"
#include "base/memory.h"
#include "graph/plan_impl.h"

#include <stdlib.h>

static int larger_first(const void *a, const void *b) {
    const struct ln_buffer *x = *(struct ln_buffer *const *)a, *y = *(struct ln_buffer *const *)b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : x > y; /* equals in the order of the steps: the same plan on every run */
}

static bool together(const struct ln_buffer *a, const struct ln_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest gap between the placed buffers, which are in the order of their offsets. */
static size_t lowest_gap(struct ln_buffer *const *placed, size_t count, const struct ln_buffer *buffer) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (!together(placed[i], buffer)) continue;
        if (placed[i]->offset >= at + buffer->bytes) break;
        size_t end = placed[i]->offset + placed[i]->bytes;
        if (end > at) at = end;
    }
    return at;
}

static void insert(struct ln_buffer **placed, size_t count, struct ln_buffer *buffer) {
    size_t i = count;
    for (; i > 0 && placed[i - 1]->offset > buffer->offset; i--) placed[i] = placed[i - 1];
    placed[i] = buffer;
}

int ln_plan_place(struct ln_buffer *buffers, size_t count, size_t *bytes) {
    struct ln_buffer **order = ln_calloc(count + 1, sizeof *order),
                     **placed = ln_calloc(count + 1, sizeof *placed);
    size_t n = 0, end = 0;
    for (size_t i = 0; order && placed && i < count; i++) {
        if (buffers[i].external || buffers[i].first < 0) continue;
        buffers[i].bytes = ln_size_align(buffers[i].bytes, LN_ARENA_ALIGN);
        order[n++] = &buffers[i];
    }
    if (order && placed) qsort(order, n, sizeof *order, larger_first);
    for (size_t i = 0; i < n; i++) {
        order[i]->offset = lowest_gap(placed, i, order[i]);
        insert(placed, i, order[i]);
        if (order[i]->offset + order[i]->bytes > end) end = order[i]->offset + order[i]->bytes;
    }
    *bytes = end;
    int status = order && placed ? LINNET_OK : LINNET_ERR_LIMIT;
    ln_free(order);
    ln_free(placed);
    return status;
}

/* ---- the arena --------------------------------------------------------------------------------------- */

static size_t arena_bytes(const struct ln_plan *plan) {
    return ln_arena_slice_bytes(plan->activation_bytes + LN_ARENA_ALIGN);
}

/* Plans that share parameters run one after another, in the owner's memory if that is large enough. */
static bool works_in_owner(const struct ln_plan *plan) {
    const struct ln_plan *owner = ln_plan_owner(plan);
    return owner != plan && arena_bytes(owner) >= arena_bytes(plan);
}

/* The images that the caller hands over, in fp32. */
static size_t image_bytes(const struct ln_plan *plan) {
    size_t numbers = 0;
    return ln_shape_count(&plan->net->nodes[0].out, &numbers)
               ? numbers * (size_t)plan->opts.batch * sizeof(float)
               : SIZE_MAX;
}

/* oneDNN aborts if memory runs out, so the plan checks that enough is free before it takes any. */
static int check_memory(const struct ln_plan *plan) {
    size_t need = image_bytes(plan), have = ln_memory_available();
    if (!works_in_owner(plan)) need += plan->activation_bytes;
    for (size_t i = 0; !plan->opts.like && i < plan->net->param_count; i++)
        if (!plan->params[i].borrowed)
            need +=
                plan->params[i].layout->bytes * (plan->opts.train ? 3 : 1); /* values, gradients, momentum */
    if (need <= have) return LINNET_OK;
    return ln_fail(
        LINNET_ERR_LIMIT, "plan-memory",
        "this network at batch %d needs %zu MB and %zu MB are free; a smaller --batch-size needs less",
        plan->opts.batch, need >> 20, have >> 20);
}

static int take_activations(struct ln_plan *plan) {
    plan->work = works_in_owner(plan) ? &ln_plan_owner(plan)->activations : &plan->activations;
    if (plan->work != &plan->activations) return LINNET_OK;
    LN_TRY(ln_arena_reserve(plan->work, arena_bytes(plan)));
    ln_arena_take(plan->work, plan->activation_bytes + LN_ARENA_ALIGN);
    return LINNET_OK;
}

struct ln_plan_pages ln_plan_pages(const struct ln_plan *plan) {
    struct ln_plan_pages pages = {0};
    if (!works_in_owner(plan)) pages.activations = ln_arena_mapped_bytes(arena_bytes(plan));
    if (plan->opts.like) return pages;
    pages.values = ln_arena_mapped_bytes(ln_arena_slice_bytes(plan->value_count * sizeof(float)));
    if (plan->opts.train)
        pages.grads = ln_arena_mapped_bytes(ln_arena_slice_bytes(plan->trainable * sizeof(float)));
    return pages;
}

void ln_plan_release(struct ln_plan *plan) {
    ln_arena_release(&plan->grads);
    ln_arena_release(&plan->activations);
    plan->last_run = NULL; /* constants in these activations are lost */
    plan->refreshed = UINT64_MAX;
}

/* ---- addresses --------------------------------------------------------------------------------------- */

static void *address(const struct ln_plan *plan, int buffer) {
    if (buffer < 0 || plan->buffers[buffer].external) return NULL;
    return plan->work->base + plan->buffers[buffer].offset;
}

static void *slice_address(const struct ln_plan *plan, int buffer, int64_t at) {
    /* 8-bit values are never slices. */
    return ln_at_mutable(address(plan, buffer), at, ln_dtype_size(plan->opts.dtype));
}

/* Every address of a step but the caller's images. */
static void set_step_addresses(struct ln_plan *plan, struct ln_step *step) {
    const struct ln_node *node = &plan->nodes[step->node].node;
    struct ln_args *a = &step->args;
    for (int i = 0; i < LN_OP_INPUTS; i++) {
        a->in[i] = address(plan, step->in[i]);
        a->din[i] = address(plan, step->din[i]);
    }
    a->out = slice_address(plan, step->out, step->slice_at);
    for (int i = 0; i < LN_OP_DOUTS; i++) {
        a->douts[i] = slice_address(plan, step->douts[i], step->slice_at);
        a->dout_count += step->douts[i] >= 0;
    }
    a->dout = a->douts[0];
    a->saved = address(plan, step->saved);
    a->constant = address(plan, step->constant);
    a->scratch = address(plan, step->scratch);
    bool layer = step->kind != LN_STEP_REORDER && step->kind != LN_STEP_SUM;
    for (int p = 0; layer && p < node->params; p++) {
        a->param[p] = plan->params[node->first_param + p].value;
        a->dparam[p] = plan->params[node->first_param + p].grad;
    }
    const struct ln_plan_node *n = &plan->nodes[step->node];
    for (int p = 0; layer && n->prep.epilogue.norm && p < LN_NORM_PARAMS; p++)
        a->norm[p] = plan->params[n->fusion.norm_param + p].value;
    a->seed = plan->opts.seed;
    a->node = (uint32_t)step->node;
    a->loss = &plan->loss;
    a->scale = (float)plan->net->outputs[plan->nodes[step->node].graph.output].weight;
}

int ln_plan_take_memory(struct ln_plan *plan) {
    LN_TRY(check_memory(plan));
    LN_TRY(ln_plan_params_create(plan));
    LN_TRY(take_activations(plan));
    for (size_t i = 0; i < plan->step_count; i++) set_step_addresses(plan, &plan->steps[i]);
    return LINNET_OK;
}
