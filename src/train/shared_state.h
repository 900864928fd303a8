/* The ranks of one machine keep one copy of the trained weights and of the optimiser's state, in memory that all of them map. Each
 * updates a part of the weights (Rajbhandari and others, "ZeRO: memory optimizations toward training trillion parameter models",
 * 2020, stage 1); no weight or state is sent.
 *
 *     forward, backward                          each rank, its images; gradients of its own, which the others can read
 *     ln_shared_state_sum                        each rank adds up its part of all ranks' gradients
 *     s->updating = true; the optimiser's step   each rank, its part
 *     ln_shared_state_updated                    all parts are updated
 *
 * Between ln_shared_state_updated and the next ln_shared_state_sum no rank writes weights or state, so rank 0 may save them. If a
 * rank is lost while `updating`, the weights are of two steps, or averages, and are not to be saved.
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
    float *weights, *grads;      /* [count] at the plan's addresses; gradients of this rank */
    float *slot[LN_OPTIM_SLOTS]; /* [count] each */
    float **others;              /* [ranks - 1][count] gradients, from this rank's successor on */
    const float **parts;         /* [ranks - 1] of these, what belongs to this rank's part */
    size_t count, first, end;    /* trained floats; those that this rank updates */
    bool updating, swapped;      /* swapped: the weights are their averages */
    double waited_s;             /* of all steps: in ln_shared_state_sum and ln_shared_state_updated */
};

/* All ranks, with equal weights and state. Without an error *state is NULL if these ranks cannot share memory. plan: that owns the
 * parameters. */
LN_MUST_CHECK int ln_shared_state_create(struct ln_shared_state **state, linnet_ranks *comm,
                                         const struct ln_plan *plan, struct ln_optim *optim);
/* NULL is fine. The optimiser's state goes with it, but for a copy (ln_optim_part). */
void ln_shared_state_destroy(struct ln_shared_state *state);

/* *loss becomes its sum over all ranks, *norm the norm of the summed gradients. */
LN_MUST_CHECK int ln_shared_state_sum(struct ln_shared_state *state, double *loss, double *norm);
LN_MUST_CHECK int ln_shared_state_updated(struct ln_shared_state *state);
/* Exchanges weights and their average: the trained ones once, the others, which each rank has, on each. */
LN_MUST_CHECK int ln_shared_state_swap(struct ln_shared_state *state, const struct ln_average *average);
/* All ranks, after the last step: each has a copy of the weights from now on. */
LN_MUST_CHECK int ln_shared_state_part(struct ln_shared_state *state);

#endif
