/* A checkpoint: a model file that training can go on from. Beside the model are the optimiser's state, as
 * tensors "optimizer.SLOT.PARAMETER" in plain layout (optimizer.exp_avg.conv1.weight), and how far the run
 * is, as JSON in the metadata: linnet.checkpoint. To whoever reads models it is a model file like any other.
 */
#ifndef LN_MODEL_CHECKPOINT_H
#define LN_MODEL_CHECKPOINT_H

#include "model/model.h"

enum { LN_CHECKPOINT_SLOTS = 3 };

struct ln_checkpoint {
    const struct ln_model
        *model; /* the network, its classes, its preprocessing; the weights are the plan's */
    struct ln_plan *plan;
    struct ln_checkpoint_slot {
        const char *name;
        float *values; /* of the order of ln_plan_values(); or with `all` of ln_plan_all_values() */
        bool all;
    } slots[LN_CHECKPOINT_SLOTS];
    int slot_count;
};

/* The target is replaced whole or left alone. Refuses numbers that are not finite ("model-nonfinite"). */
LN_MUST_CHECK int ln_checkpoint_save(const struct ln_checkpoint *checkpoint, const char *progress,
                                     const char *path);
/* That the file has such a header at all. */
LN_MUST_CHECK int ln_checkpoint_check(const char *path);
/* Fills the plan's parameters and the slots. *progress is the caller's to free. LINNET_ERR_INPUT as of
 * ln_model_open, and "ckpt-none" for a model file that is no checkpoint, "ckpt-model" for one of another
 * network, "ckpt-state" for one without this optimiser's state. */
LN_MUST_CHECK int ln_checkpoint_load(const struct ln_checkpoint *checkpoint, const char *path,
                                     char **progress);

#endif
