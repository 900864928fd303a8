/* Optimisers by name; their state; the norm of the gradients. Arrays are divided among threads in parts of fixed size,
 * which fit into the L2 cache; each weight is updated on its own, so the division does not change the result. */
#include "optim/optim.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/simd.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

#define LN_OPTIM(name) extern const struct ln_optim_kind ln_optim_kind_##name;
#include "optim/optim_list.h"
#undef LN_OPTIM

static const struct ln_optim_kind *const kinds[] = {
#define LN_OPTIM(name) &ln_optim_kind_##name,
#include "optim/optim_list.h"
#undef LN_OPTIM
};
enum { KINDS = sizeof kinds / sizeof *kinds, PART = 16384 };

struct ln_optim {
    const struct ln_optim_kind *kind;
    struct ln_optim_opts opts;
    struct ln_arena state;
    float *slot[LN_OPTIM_SLOTS];
    size_t count;
    size_t first, end; /* the weights that are updated here: all, or this rank's */
    uint64_t steps;
};

const struct ln_optim_kind *ln_optim_find(const char *name) {
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i]->name, name) == 0) return kinds[i];
    return NULL;
}

const struct ln_optim_kind *ln_optim_get(int index) {
    return index >= 0 && index < KINDS ? kinds[index] : NULL;
}

const char *ln_optim_name(int index) {
    return index >= 0 && index < KINDS ? kinds[index]->name : NULL;
}

const char *ln_optim_help(int index) {
    return index >= 0 && index < KINDS ? kinds[index]->help : NULL;
}

int ln_optim_slots(const struct ln_optim_kind *kind) {
    int n = 0;
    while (n < LN_OPTIM_SLOTS && kind->slots[n]) n++;
    return n;
}

static int take_memory(struct ln_optim *o) {
    const size_t bytes = o->count * sizeof(float);
    const int slots = ln_optim_slots(o->kind);
    LN_TRY(ln_arena_init(&o->state, (size_t)slots * ln_arena_slice_bytes(bytes)));
    for (int i = 0; i < slots; i++) o->slot[i] = ln_arena_take(&o->state, bytes);
    return LINNET_OK;
}

int ln_optim_create(struct ln_optim **out, const char *name, size_t count, const struct ln_optim_opts *opts) {
    const struct ln_optim_kind *kind = ln_optim_find(name);
    if (!kind) return ln_fail_unknown("optim-name", "optimiser", name, ln_optim_name);
    struct ln_optim *o = ln_calloc(1, sizeof *o);
    if (!o) return LINNET_ERR_LIMIT;
    o->kind = kind;
    o->opts = *opts;
    if (o->opts.beta1 == 0) o->opts.beta1 = 0.9;
    if (o->opts.beta2 == 0) o->opts.beta2 = 0.999;
    if (o->opts.eps == 0) o->opts.eps = 1e-8;
    o->count = o->end = count;
    int status = take_memory(o);
    if (status == LINNET_OK)
        *out = o;
    else
        ln_optim_destroy(o);
    return status;
}

void ln_optim_share(struct ln_optim *o, float *const slot[LN_OPTIM_SLOTS], size_t first, size_t end) {
    for (int i = 0; i < LN_OPTIM_SLOTS; i++) o->slot[i] = slot[i];
    ln_arena_fini(&o->state);
    o->first = first;
    o->end = end;
}

int ln_optim_part(struct ln_optim *o) {
    float *shared[LN_OPTIM_SLOTS];
    for (int i = 0; i < LN_OPTIM_SLOTS; i++) shared[i] = o->slot[i];
    LN_TRY(take_memory(o));
    for (int i = 0; i < ln_optim_slots(o->kind); i++) memcpy(o->slot[i], shared[i], o->count * sizeof(float));
    o->first = 0;
    o->end = o->count;
    return LINNET_OK;
}

void ln_optim_destroy(struct ln_optim *o) {
    if (!o) return;
    ln_arena_fini(&o->state);
    ln_free(o);
}

/* Updates by one step those weights in [first, end) that this process updates. */
static void apply_range(struct ln_optim *o, const struct ln_optim_step *step, float *weights,
                        const float *grads, size_t first, size_t end) {
    if (first < o->first) first = o->first;
    if (end > o->end) end = o->end;
#pragma omp parallel for schedule(static)
    for (size_t from = first; from < end; from += PART) {
        size_t n = end - from < PART ? end - from : PART;
        float *slot[LN_OPTIM_SLOTS];
        for (int i = 0; i < LN_OPTIM_SLOTS; i++) slot[i] = o->slot[i] ? o->slot[i] + from : NULL;
        o->kind->step(step, weights + from, grads + from, slot, n);
    }
}

void ln_optim_apply(struct ln_optim *o, double lr, float *weights, const float *grads) {
    struct ln_optim_opts no_decay = o->opts;
    no_decay.weight_decay = 0;
    struct ln_optim_step step = {lr, ++o->steps, &o->opts}, plain = {lr, o->steps, &no_decay};
    size_t decayed = o->count - o->opts.undecayed;
    apply_range(o, &step, weights, grads, 0, decayed);
    apply_range(o, &plain, weights, grads, decayed, o->count);
}

void ln_optim_apply_parts(struct ln_optim *o, double lr, float *weights, const float *grads,
                          const struct ln_optim_part *parts, size_t count) {
    struct ln_optim_opts no_decay = o->opts;
    no_decay.weight_decay = 0;
    o->steps++;
    for (size_t i = 0; i < count; i++) {
        const struct ln_optim_part *p = &parts[i];
        const struct ln_optim_step step = {lr * p->rate, o->steps, p->decayed ? &o->opts : &no_decay};
        apply_range(o, &step, weights, grads, p->from, p->from + p->count);
    }
}

void ln_optim_reset(struct ln_optim *o) {
    o->steps = 0;
    for (int i = 0; i < LN_OPTIM_SLOTS; i++)
        if (o->slot[i]) memset(o->slot[i], 0, o->count * sizeof *o->slot[i]);
}

LN_KERNEL(void, scale, (float *g, float factor, size_t n), (g, factor, n)) {
    for (size_t i = 0; i < n; i++) g[i] *= factor;
}

void ln_optim_clip(float *grads, size_t count, double norm, double most) {
    if (!(norm > most)) return;
    const float factor = (float)(most / norm);
#pragma omp parallel for schedule(static)
    for (size_t from = 0; from < count; from += PART)
        scale(grads + from, factor, count - from < PART ? count - from : PART);
}

float *ln_optim_slot(struct ln_optim *o, int slot, const char **name) {
    if (slot >= ln_optim_slots(o->kind)) return NULL;
    *name = o->kind->slots[slot];
    return o->slot[slot];
}

uint64_t *ln_optim_steps(struct ln_optim *o) {
    return &o->steps;
}

enum { LANES = 16 };

/* Sums the squares of one part in single precision, 16 lanes of at most 1024 numbers each, which is accurate
 * enough for a norm; the sums of the parts are added in double. */
LN_KERNEL(double, sum_squares, (const float *g, size_t n), (g, n)) {
    float lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lane[j] += g[i + j] * g[i + j];
    double total = 0;
    for (int j = 0; j < LANES; j++) total += lane[j];
    for (; i < n; i++) total += (double)g[i] * g[i];
    return total;
}

LN_KERNEL(void, add, (float *restrict to, const float *restrict from, size_t n), (to, from, n)) {
    for (size_t i = 0; i < n; i++) to[i] += from[i];
}

/* A part is added and squared while it lies in the cache. */
static double add_piece(float *own, const float *const *others, int count, size_t from, size_t end) {
    double total = 0;
    for (; from < end; from += PART) {
        const size_t n = end - from < PART ? end - from : PART;
        for (int i = 0; i < count; i++) add(own + from, others[i] + from, n);
        total += sum_squares(own + from, n);
    }
    return total;
}

/* The number of pieces does not depend on the number of threads, and the pieces are added in order, so the sum has the
 * same bits with any team. */
double ln_optim_grad_sum(float *own, const float *const *others, int other_count, size_t count) {
    enum { PIECES = 64 };
    double piece[PIECES] = {0}, total = 0;
    const size_t span = count / PIECES + 1;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < PIECES; i++)
        piece[i] =
            add_piece(own, others, other_count, i * span, (i + 1) * span < count ? (i + 1) * span : count);
    for (size_t i = 0; i < PIECES; i++) total += piece[i];
    return total;
}

/* Nothing is added, so nothing is written. */
double ln_optim_grad_norm(const float *grads, size_t count) {
    return sqrt(ln_optim_grad_sum((float *)(uintptr_t)grads, NULL, 0, count));
}
