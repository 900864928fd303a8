/* How far a run is: all that it must know, beside its weights and the optimiser's state, to go on to the same
 * bits. Random numbers need nothing: their streams are named by seed, epoch, step and image. Times are not in
 * it, so that equal runs have equal checkpoints.
 */
#ifndef LN_TRAIN_PROGRESS_H
#define LN_TRAIN_PROGRESS_H

#include "train/metrics.h"
#include "train/run_folder.h"
#include "train/skipped.h"

struct ln_progress {
    int epoch;                /* under way, from 1; epochs + 1 when all are done */
    int step;                 /* of it: batches done */
    struct ln_tally tally;    /* of them */
    uint32_t steps;           /* done, over all epochs */
    uint64_t updates;         /* of them, applied by the optimiser */
    uint32_t last_good;       /* step */
    int bad_steps;            /* in a row */
    int best_epoch;           /* 0: none yet */
    double val_acc, val_loss; /* of that one */
    struct ln_skipped skipped;
    struct ln_epoch *history; /* [epochs + 1] rows; filled up to the epoch under way, that included */
};

/* What a checkpoint must have been made with. */
struct ln_progress_of {
    const char *opt;
    uint64_t seed;
    int batch, epochs;
    uint32_t manifest; /* of the data (data/manifest.h) */
};

LN_MUST_CHECK int ln_progress_print(const struct ln_progress *p, const struct ln_progress_of *of,
                                    char **json);
/* Fills *p, whose history has room for of->epochs + 1 rows, and whose skipped images know their data set.
 * LINNET_ERR_INPUT "ckpt-progress" for what is no such JSON, "ckpt-other" for a run with other options, or on
 * other data. `place` begins the message. */
LN_MUST_CHECK int ln_progress_parse(struct ln_progress *p, const struct ln_progress_of *of, const char *place,
                                    const char *json);

#endif
