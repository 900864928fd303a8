/* Optimisers, as torch.optim defines them: one pass over flat memory (weights, gradients, state of equal
 * order).
 *
 *     struct ln_optim_opts opts = {.momentum = 0.9, .weight_decay = 1e-4};
 *     LN_TRY(ln_optim_create(&optim, "sgd", count, &opts));
 *     if (isfinite(ln_optim_grad_norm(grads, count))) ln_optim_apply(optim, lr, weights, grads);
 */
#ifndef LN_OPTIM_OPTIM_H
#define LN_OPTIM_OPTIM_H

#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

enum { LN_OPTIM_SLOTS = 2 };

struct ln_optim_opts {
    double momentum;          /* of SGD and RMSprop */
    double weight_decay;      /* added to the gradient, or decoupled (AdamW) */
    double beta1, beta2, eps; /* Adam's, and RMSprop's eps; 0: 0.9, 0.999, 1e-8 */
    bool nesterov;
};

/* The numbers of one step. */
struct ln_optim_step {
    double lr;
    uint64_t t; /* from 1 */
    const struct ln_optim_opts *opts;
};

/* One optimiser: a file, and a line in optim_list.h. */
struct ln_optim_kind {
    const char *name;
    /* The numbers of state a weight, by torch.optim's names; NULL after the last. */
    const char *slots[LN_OPTIM_SLOTS];
    double lr, momentum, weight_decay; /* when nothing is said */
    struct ln_optim_opts preset;       /* what the name stands for: nesterov */
    void (*step)(const struct ln_optim_step *s, float *w, const float *g, float *const slot[LN_OPTIM_SLOTS],
                 size_t n);
};

const struct ln_optim_kind *ln_optim_find(const char *name); /* NULL: none */
int ln_optim_slots(const struct ln_optim_kind *kind);        /* how many */
bool ln_optim_has_momentum(
    const struct ln_optim_kind *kind); /* ln_optim_opts.momentum means something to it */
/* The names, for "did you mean"; returns how many. */
size_t ln_optim_names(const char *names[], size_t max);

struct ln_optim;
/* State for `count` weights, zeroed. LINNET_ERR_USAGE "optim-name" for an unknown name. */
LN_MUST_CHECK int ln_optim_create(struct ln_optim **optim, const char *name, size_t count,
                                  const struct ln_optim_opts *opts);
void ln_optim_destroy(struct ln_optim *optim);
void ln_optim_apply(struct ln_optim *optim, double lr, float *weights, const float *grads);
/* The state, for a checkpoint: arrays of count floats, *name by name; steps done so far. */
float *ln_optim_slot(struct ln_optim *optim, int slot, const char **name); /* NULL: no such slot */
uint64_t *ln_optim_steps(struct ln_optim *optim);

/* The Euclidean norm of all gradients; inf or nan where one of them is. */
double ln_optim_grad_norm(const float *grads, size_t count);

/* ---- schedules ------------------------------------------------------------------------------------------
 */

enum ln_schedule_kind {
    LN_SCHEDULE_COSINE,
    LN_SCHEDULE_ONECYCLE,
    LN_SCHEDULE_STEP,
    LN_SCHEDULE_PLATEAU,
    LN_SCHEDULE_CONSTANT,
    LN_SCHEDULES
};

struct ln_schedule {
    enum ln_schedule_kind kind;
    double lr;
    double warmup; /* steps of linear rise from lr/warmup */
    double total;  /* steps in all */
    double every;  /* STEP: divide by ten after so many steps */
};
/* The learning rate of step 0, 1, 2, ... COSINE: Loshchilov, Hutter, "SGDR" (2017), equation 5, one cycle
 * down to zero. ONECYCLE: Smith, Topin, "Super-convergence" (2018), as torch.optim's OneCycleLR: up from
 * lr/25 in three tenths of the steps, down to lr/250,000 in the rest, both along a cosine; the momentum
 * stays. It has no warm-up beside its own. PLATEAU: lr, times what ln_plateau has come to. */
double ln_schedule_lr(const struct ln_schedule *schedule, uint64_t step);
extern const char *const ln_schedule_names[LN_SCHEDULES];
bool ln_schedule_find(const char *name, enum ln_schedule_kind *kind);

/* torch.optim's ReduceLROnPlateau: a tenth of the rate where the loss was not lower, by one in 10,000, for
 * more than `patience` epochs. Starts as {.factor = 1, .best = INFINITY, .patience = N}. */
struct ln_plateau {
    double factor, best;
    int patience, bad; /* epochs */
};
void ln_plateau_see(struct ln_plateau *plateau, double loss);

#endif
