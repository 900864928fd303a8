/* The shared memory is a sequence of arrays of whole pages: the weights, the optimiser's slots, the gradients of rank 0, of rank 1
 * and so on. It replaces the pages of the plan's arenas of weights and gradients, at the same addresses. */
#include "train/shared_state.h"
#include "base/alloc.h"
#include "base/clock.h"

#include <math.h>
#include <string.h>

static size_t array_bytes(const struct ln_shared_state *s) {
    return ln_comm_memory_pages(s->count * sizeof(float));
}

static float *map(const struct ln_shared_state *s, size_t array, float *at) {
    return ln_comm_memory_map(&s->memory, array * array_bytes(s), array_bytes(s), at);
}

/* Parts begin at whole pages, so that two ranks never write to one cache line. */
static size_t part_begin(const struct ln_shared_state *s, int rank) {
    const size_t page = ln_comm_memory_pages(1) / sizeof(float);
    const size_t begin = s->count / page * (size_t)rank / (size_t)ln_comm_size(s->comm) * page;
    return rank == ln_comm_size(s->comm) ? s->count : begin;
}

/* Rank 0 fills the shared array through another mapping: `values` are still in its own memory. */
static int fill(const struct ln_shared_state *s, size_t array, const float *values) {
    if (ln_comm_rank(s->comm) > 0) return LINNET_OK;
    float *copy = map(s, array, NULL);
    if (!copy) return LINNET_ERR_LIMIT;
    memcpy(copy, values, s->count * sizeof *values);
    ln_comm_memory_unmap(copy, array_bytes(s));
    return LINNET_OK;
}

static int share_optim(struct ln_shared_state *s) {
    const char *name;
    const float *values;
    for (int i = 0; (values = ln_optim_slot(s->optim, i, &name)); i++) {
        LN_TRY(fill(s, 1 + (size_t)i, values));
        s->slot[i] = map(s, 1 + (size_t)i, NULL);
        if (!s->slot[i]) return LINNET_ERR_LIMIT;
    }
    return LINNET_OK;
}

static int share_grads(struct ln_shared_state *s, int slots) {
    const int ranks = ln_comm_size(s->comm), rank = ln_comm_rank(s->comm);
    const size_t first = 1 + (size_t)slots;
    if (!map(s, first + (size_t)rank, s->grads)) return LINNET_ERR_LIMIT;
    for (int i = 0; i + 1 < ranks; i++) {
        s->others[i] = map(s, first + (size_t)((rank + 1 + i) % ranks), NULL);
        if (!s->others[i]) return LINNET_ERR_LIMIT;
    }
    return LINNET_OK;
}

static int share_all(struct ln_shared_state *s, int slots) {
    LN_TRY(fill(s, 0, s->weights));
    LN_TRY(share_optim(s));
    LN_TRY(share_grads(s, slots));
    return map(s, 0, s->weights) ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int slots_of(struct ln_optim *optim) {
    const char *name;
    int count = 0;
    while (ln_optim_slot(optim, count, &name)) count++;
    return count;
}

int ln_shared_state_create(struct ln_shared_state **out, linnet_ranks *comm, const struct ln_plan *plan,
                           struct ln_optim *optim) {
    const int ranks = ln_comm_size(comm), slots = slots_of(optim);
    *out = NULL;
    struct ln_shared_state *s = ln_calloc(1, sizeof *s);
    if (s) s->others = ln_calloc((size_t)ranks, sizeof *s->others);
    if (s) s->parts = ln_calloc((size_t)ranks, sizeof *s->parts);
    int status = ln_comm_agree(comm, s && s->others && s->parts ? LINNET_OK : LINNET_ERR_LIMIT);
    if (status == LINNET_OK) {
        s->comm = comm;
        s->optim = optim;
        s->weights = ln_plan_values(plan, &s->count);
        s->grads = ln_plan_grads(plan);
        s->first = part_begin(s, ln_comm_rank(comm));
        s->end = part_begin(s, ln_comm_rank(comm) + 1);
        status = ln_comm_memory_open(comm, array_bytes(s) * (1 + (size_t)slots + (size_t)ranks), &s->memory);
    }
    const bool shared = status == LINNET_OK && s->memory.bytes > 0;
    if (shared) status = ln_comm_agree(comm, share_all(s, slots));
    if (shared && status == LINNET_OK) {
        ln_optim_share(optim, s->slot, s->first, s->end);
        *out = s;
    } else {
        ln_shared_state_destroy(s);
    }
    return status;
}

void ln_shared_state_destroy(struct ln_shared_state *s) {
    if (!s) return;
    for (int i = 0; i < LN_OPTIM_SLOTS; i++) ln_comm_memory_unmap(s->slot[i], array_bytes(s));
    for (int i = 0; s->others && i + 1 < ln_comm_size(s->comm); i++)
        ln_comm_memory_unmap(s->others[i], array_bytes(s));
    ln_comm_memory_close(&s->memory);
    ln_free(s->others);
    ln_free(s->parts);
    ln_free(s);
}

/* ---- a step ---------------------------------------------------------------------------------------------- */

/* A barrier: returns once all ranks have called it. */
static int wait_for_all(struct ln_shared_state *s) {
    double nothing = 0;
    return ln_comm_sum_f64(s->comm, &nothing, 1);
}

int ln_shared_state_sum(struct ln_shared_state *s, double *loss, double *norm) {
    const double begin = ln_clock_now();
    LN_TRY(ln_comm_sum_f64(s->comm, loss, 1)); /* after which all gradients are complete */
    float *own = s->grads + s->first;
    for (int i = 0; i + 1 < ln_comm_size(s->comm); i++) s->parts[i] = s->others[i] + s->first;
    double squares = ln_optim_grad_sum(own, s->parts, ln_comm_size(s->comm) - 1, s->end - s->first);
    LN_TRY(ln_comm_sum_f64(s->comm, &squares, 1));
    *norm = sqrt(squares);
    s->waited_s += ln_clock_now() - begin;
    return LINNET_OK;
}

int ln_shared_state_updated(struct ln_shared_state *s) {
    const double begin = ln_clock_now();
    LN_TRY(wait_for_all(s));
    s->updating = false;
    s->waited_s += ln_clock_now() - begin;
    return LINNET_OK;
}

/* ---- between steps --------------------------------------------------------------------------------------- */

int ln_shared_state_swap(struct ln_shared_state *s, const struct ln_average *average) {
    s->updating = true;
    LN_TRY(wait_for_all(s));
    ln_average_swap(average, s->first, s->end);
    ln_average_swap(average, s->count, average->count);
    LN_TRY(wait_for_all(s));
    s->swapped = !s->swapped;
    s->updating = s->swapped;
    return LINNET_OK;
}

int ln_shared_state_part(struct ln_shared_state *s) {
    const int status = ln_comm_memory_part(&s->memory, 0, array_bytes(s), s->weights);
    return ln_comm_agree(s->comm, status); /* from here on a rank may change its copy */
}
