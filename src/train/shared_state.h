/* The ranks of one machine keep one copy of the trained weights and of the optimiser's state, in memory that all of them map. Each
 * updates a part of the weights (Rajbhandari and others, "ZeRO: memory optimizations toward training trillion parameter models",
 * 2020, stage 1); no weight or state is sent.
 *
 *     forward, backward                          each rank computes its images' gradients, which the others can read
 *     ln_shared_state_sum                        each rank adds up its part of all ranks' gradients
 *     s->updating = true; the optimiser's step   each rank updates its part
 *     ln_shared_state_updated                    waits until all parts are updated
 *
 * Between ln_shared_state_updated and the next ln_shared_state_sum no rank writes weights or state, so rank 0 may save them. If a
 * rank is lost while `updating`, the weights belong to two steps, or are averages, and must not be saved.
 */
#ifndef LN_TRAIN_SHARED_STATE_H
#define LN_TRAIN_SHARED_STATE_H

#include "comm/comm_memory.h"
#include "graph/plan.h"
#include "optim/average.h"
#include "optim/optim.h"

struct ln_shared_state {
    linnet_ranks *comm;
    struct ln_comm_memory memory;
    struct ln_optim *optim;
    float *weights, *grads;      /* [count] at the plan's addresses; grads: of this rank */
    float *slot[LN_OPTIM_SLOTS]; /* [count] each */
    float **others;              /* [ranks - 1][count] gradients, from this rank's successor on */
    const float **parts;         /* [ranks - 1] this rank's part of each of these */
    size_t count, first, end;    /* trained floats; this rank updates [first, end) */
    bool updating, swapped;      /* swapped: the weights hold their averages */
    double waited_s;             /* in ln_shared_state_sum and ln_shared_state_updated, over all steps */
};

/* All ranks call it, with equal weights and state. *state is NULL, without an error, if these ranks cannot share memory. plan: the
 * one that owns the parameters. */
LN_MUST_CHECK int ln_shared_state_create(struct ln_shared_state **state, linnet_ranks *comm,
                                         const struct ln_plan *plan, struct ln_optim *optim);
/* NULL is fine. The optimiser loses its state unless it has a copy (ln_optim_part). */
void ln_shared_state_destroy(struct ln_shared_state *state);

/* *loss becomes its sum over all ranks, *norm the norm of the summed gradients. */
LN_MUST_CHECK int ln_shared_state_sum(struct ln_shared_state *state, double *loss, double *norm);
LN_MUST_CHECK int ln_shared_state_updated(struct ln_shared_state *state);
/* Exchanges weights and their average: each rank its part of the trained ones, and its own copy of the others. */
LN_MUST_CHECK int ln_shared_state_swap(struct ln_shared_state *state, const struct ln_average *average);
/* All ranks call it after the last step: from then on each has its own copy of the weights. */
LN_MUST_CHECK int ln_shared_state_part(struct ln_shared_state *state);

#endif
