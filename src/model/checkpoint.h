/* A checkpoint: a model file from which training can resume. It adds the optimiser's state, as tensors
 * "optimizer.SLOT.PARAMETER" in plain layout (optimizer.exp_avg.conv1.weight), and the progress of the run,
 * as JSON in the metadata under linnet.checkpoint. Readers of models see an ordinary model file. */
#ifndef LN_MODEL_CHECKPOINT_H
#define LN_MODEL_CHECKPOINT_H

#include "model/model.h"

enum { LN_CHECKPOINT_SLOTS = 3 };

struct ln_checkpoint {
    const struct ln_model *model; /* network, classes and preprocessing; the weights come from the plan */
    struct ln_plan *plan;
    struct ln_checkpoint_slot {
        const char *name;
        float *values; /* in the order of ln_plan_values(), or with `all` of ln_plan_all_values() */
        bool all;
    } slots[LN_CHECKPOINT_SLOTS];
    int slot_count;
};

/* The file holds its own checksum. A failure leaves an existing file untouched. Refuses values that are not finite
 * ("model-nonfinite"). */
LN_MUST_CHECK int ln_checkpoint_save(const struct ln_checkpoint *checkpoint, const char *progress,
                                     const char *path, const struct ln_file_replaced *replaced);
/* The CRC-32 of the data of all tensors: it identifies a model file whatever its metadata. */
LN_MUST_CHECK int ln_checkpoint_sum(const char *path, uint32_t *sum);
/* Checks that the file is a whole checkpoint, against its checksum: the codes of safetensors.h, "ckpt-none". */
LN_MUST_CHECK int ln_checkpoint_check(const char *path);
/* Fills the plan's parameters and the slots. The caller frees *progress. LINNET_ERR_INPUT with the codes of
 * ln_model_open, "ckpt-none" if the model file is not a checkpoint, "ckpt-model" if it is for a different
 * network, "ckpt-state" if it lacks this optimiser's state. */
LN_MUST_CHECK int ln_checkpoint_load(const struct ln_checkpoint *checkpoint, const char *path,
                                     char **progress);

#endif
