/* The checkpoints of a run folder: the last one, and the one before it, which is used if the last one is damaged. */
#ifndef LN_TRAIN_GENERATION_H
#define LN_TRAIN_GENERATION_H

#include "base/status.h"

#include <stdbool.h>

#define LN_GENERATION_LAST     "last.safetensors"
#define LN_GENERATION_PREVIOUS "last.previous.safetensors"

struct ln_generation {
    char *path;
    bool previous;          /* the last one is missing or damaged */
    struct ln_error damage; /* why; its status is LINNET_OK if the last one is missing */
};

/* The newest checkpoint that is whole. LINNET_ERR_INPUT "resume-none" if there is no checkpoint, the codes of
 * ln_checkpoint_check if none is whole. A model file in place of the last one is an error ("ckpt-none"), not
 * damage. */
LN_MUST_CHECK int ln_generation_find(struct ln_generation *generation, const char *dir);
void ln_generation_fini(struct ln_generation *generation);
/* Makes the previous checkpoint the last one, by a rename. */
LN_MUST_CHECK int ln_generation_adopt(const char *dir);

#endif
