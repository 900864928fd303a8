/* The progress of a run: everything, besides the weights and the optimiser's state, that a resumed run needs to reach the
 * same bits. Random numbers need no state, because their streams are named by seed, epoch, step and image. Times are
 * left out, so that equal runs have equal checkpoints.
 */
#ifndef LN_TRAIN_PROGRESS_H
#define LN_TRAIN_PROGRESS_H

#include "train/metrics.h"
#include "train/run_folder.h"
#include "train/skipped.h"

struct ln_progress {
    int epoch;                /* the current epoch, from 1; epochs + 1 when all are complete */
    int step;                 /* batches of this epoch that are complete */
    struct ln_tally tally;    /* training loss and accuracy over these batches */
    uint32_t steps;           /* steps over all epochs */
    uint64_t updates;         /* steps that the optimiser applied */
    uint32_t last_good;       /* the last step with finite gradients */
    int bad_steps;            /* consecutive steps whose gradients were not finite */
    double position;          /* with a time limit: in the schedule, 0..1 (pace.h) */
    int best_epoch;           /* 0: none yet */
    double val_acc, val_loss; /* of the best epoch */
    int64_t best_sum; /* ln_checkpoint_sum of its best.safetensors; -1: not known (an older checkpoint) */
    struct ln_skipped skipped;
    struct ln_epoch *history; /* [epochs + 1] rows, filled up to and including the current epoch */
};

/* The options and data of the run; a checkpoint with others is refused. */
struct ln_progress_of {
    const char *opt;
    uint64_t seed;
    int batch, epochs;
    uint32_t manifest; /* of the data (data/manifest.h) */
};

LN_MUST_CHECK int ln_progress_print(const struct ln_progress *p, const struct ln_progress_of *of,
                                    char **json);
/* Fills *p. Before the call, p->history must have room for of->epochs + 1 rows and p->skipped.ds must be set.
 * LINNET_ERR_INPUT "ckpt-progress" for other JSON, "ckpt-other" for a run with other options or other data. `place`
 * begins the message. */
LN_MUST_CHECK int ln_progress_parse(struct ln_progress *p, const struct ln_progress_of *of, const char *place,
                                    const char *json);

#endif
