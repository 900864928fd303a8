/* One step of training: forward, loss, backward, check, update. linnet_train and linnet_bench both call it.
 */
#ifndef LN_TRAIN_STEP_H
#define LN_TRAIN_STEP_H

#include "graph/plan.h"
#include "optim/optim.h"
#include "train/exchange.h"
#include "train/shared_state.h"

struct ln_stepper {
    struct ln_optim *optim;
    float *values, *grads;
    size_t count;       /* trainable floats */
    bool from_features; /* images are features: see ln_plan_forward_features */
    double clip;        /* largest norm of the gradients; 0: any */
    const struct ln_optim_part
        *parts; /* [part_count] the weights to update; NULL: all, at one rate. Borrowed */
    size_t part_count;
    struct ln_exchange *exchange; /* with other ranks: see ln_stepper_join; NULL: alone */
    /* With exchange: sums the gradients, so that exchange sums only the statistics. NULL: exchange sums both. */
    struct ln_shared_state *shared;
    struct ln_op_share share; /* with exchange: this rank's share of the next batch */
    linnet_ranks *comm;       /* with exchange */
};

struct ln_step_result {
    double loss, grad_norm;
    bool applied; /* false: loss or gradient was not finite, and the weights are as before */
};

LN_MUST_CHECK int ln_stepper_init(struct ln_stepper *s, const struct ln_plan *plan, const char *optim,
                                  const struct ln_optim_opts *opts);
void ln_stepper_fini(struct ln_stepper *s);

struct ln_stepper_ranks {
    linnet_ranks *comm;
    bool bf16;       /* gradients are sent as bf16 */
    bool statistics; /* running statistics differ between ranks: see exchange.h */
    bool no_sharing; /* gradients are sent to ranks of the same machine too */
};
/* All ranks call it, with equal weights and state. From then on they take their steps together, each with s->share of a batch. Ranks
 * that can share memory do, unless bf16 or no_sharing is set. plan: the one that owns the parameters. The status is the same on all
 * ranks. */
LN_MUST_CHECK int ln_stepper_join(struct ln_stepper *s, const struct ln_plan *plan,
                                  const struct ln_stepper_ranks *ranks);
void ln_stepper_leave(struct ln_stepper *s); /* from then on the rank takes steps alone */

/* plan: the plan of ln_stepper_init, or one that shares its parameters. number: of the step, over all epochs,
 * from 0. */
LN_MUST_CHECK int ln_stepper_run(struct ln_stepper *s, struct ln_plan *plan, const float *images,
                                 const int32_t *labels, double lr, uint32_t number,
                                 struct ln_step_result *result);

#endif
