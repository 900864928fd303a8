/* progress.json: where a run is, for a person or a program that watches its folder. A resumed run does not read it: that run
 * continues from last.safetensors, which holds the progress of train/progress.h.
 *
 *     {
 *       "state": "training",          then "finished", "stopped" (Ctrl-C) or "failed"
 *       "part": "train",              what is computed: train, val, test; null at the end
 *       "watched": "val",             the part behind val_loss and val_acc: val or test; null: none
 *       "epoch": 3, "epochs": 30, "step": 12, "steps": 40,
 *       "loss": 0.41, "acc": 0.82, "lr": 0.015, "images_per_s": 61.5, "time_s": 75.2, "eta_s": 650,
 *       "best_epoch": 2,              0: none yet
 *       "resumed_epoch": 0,           the epoch in which a resumed run continued; 0: it was not resumed
 *       "locked": true,               the run holds the lock on its folder (ln_run_lock)
 *       "message": null               why it failed
 *     }
 *
 * The file is written at most once per second, without a sync, and a failure is ignored: nothing depends on it. A state
 * "training" in a folder that is not locked means that the process was killed.
 */
#ifndef LN_TRAIN_LIVE_H
#define LN_TRAIN_LIVE_H

#include "base/status.h"

#include <linnet/linnet.h>

struct ln_live {
    int folder; /* open; -1: nothing is written */
    bool locked;
    const char *watched;
    int best_epoch, resumed_epoch;
    double written_at;
    struct linnet_event last;
};

/* To be called after the folder was made. dir NULL: nothing is written. */
void ln_live_init(struct ln_live *live, const char *dir, bool locked);
/* An event of the run; only START, STEP and EPOCH matter. */
void ln_live_event(struct ln_live *live, const struct linnet_event *event);
/* The part that is computed now, for parts without events. */
void ln_live_part(struct ln_live *live, enum linnet_part part);
/* The end of the run; the message of a failure is the recorded one. Also closes the folder. */
void ln_live_end(struct ln_live *live, int status);

#endif
