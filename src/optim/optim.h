/* Optimisers, as torch.optim defines them. Weights, gradients and state are flat arrays in the same order,
 * and an update is one pass over them.
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
    double momentum;          /* for SGD and RMSprop */
    double weight_decay;      /* added to the gradient, or decoupled (AdamW) */
    double beta1, beta2, eps; /* for Adam; eps for RMSprop too; 0: 0.9, 0.999, 1e-8 */
    size_t undecayed;         /* number of weights, the last ones, without weight decay */
};

/* The arguments of one step that are the same for all weights. */
struct ln_optim_step {
    double lr;
    uint64_t t; /* from 1 */
    const struct ln_optim_opts *opts;
};

/* One optimiser: a file, and a line in optim_list.h. */
struct ln_optim_kind {
    const char *name, *help;
    /* The state of each weight, one float per slot, under torch.optim's names; NULL after the last. */
    const char *slots[LN_OPTIM_SLOTS];
    double lr, momentum, weight_decay; /* defaults */
    bool takes_momentum;               /* uses ln_optim_opts.momentum */
    void (*step)(const struct ln_optim_step *s, float *w, const float *g, float *const slot[LN_OPTIM_SLOTS],
                 size_t n);
};

const struct ln_optim_kind *ln_optim_find(const char *name); /* NULL if unknown */
int ln_optim_slots(const struct ln_optim_kind *kind);        /* number of slots */
const struct ln_optim_kind *ln_optim_get(int index);         /* NULL past the end */
const char *ln_optim_name(int index);                        /* NULL past the end */
const char *ln_optim_help(int index);                        /* NULL past the end */

struct ln_optim;
/* State for `count` weights, zeroed. LINNET_ERR_USAGE "optim-name" for an unknown name. */
LN_MUST_CHECK int ln_optim_create(struct ln_optim **optim, const char *name, size_t count,
                                  const struct ln_optim_opts *opts);
void ln_optim_destroy(struct ln_optim *optim);
void ln_optim_apply(struct ln_optim *optim, double lr, float *weights, const float *grads);
/* A range of the weights with a rate of its own; opts.undecayed is ignored. */
struct ln_optim_part {
    size_t from, count;
    double rate;  /* as a multiple of lr */
    bool decayed; /* weight decay applies */
};
/* One step for the weights of these parts; the others and their state are left alone. */
void ln_optim_apply_parts(struct ln_optim *optim, double lr, float *weights, const float *grads,
                          const struct ln_optim_part *parts, size_t count);
/* ln_optim_share: several processes update the same weights, this one those in [first, end). slot[] holds the state of all
 * weights; the caller owns it and has filled it in. ln_optim_part ends the sharing: this process updates all weights again,
 * with its own copy of the state. */
void ln_optim_share(struct ln_optim *optim, float *const slot[LN_OPTIM_SLOTS], size_t first, size_t end);
LN_MUST_CHECK int ln_optim_part(struct ln_optim *optim);
/* Zeroes the state and the number of steps. */
void ln_optim_reset(struct ln_optim *optim);
/* The state, for a checkpoint: the [count] floats of a slot with its name, and the number of steps so far. */
float *ln_optim_slot(struct ln_optim *optim, int slot, const char **name); /* NULL: no such slot */
uint64_t *ln_optim_steps(struct ln_optim *optim);

/* The Euclidean norm of all gradients; inf or nan if one of them is. */
double ln_optim_grad_norm(const float *grads, size_t count);
/* own[count] += the sum of others[i][count], in this order. Returns the sum of the squares of the results. */
double ln_optim_grad_sum(float *own, const float *const *others, int other_count, size_t count);
/* Gradients whose norm is larger than `most` are scaled down to it: Pascanu, Mikolov, Bengio, "On the difficulty
 * of training recurrent neural networks" (2013), algorithm 1. */
void ln_optim_clip(float *grads, size_t count, double norm, double most);

#endif
