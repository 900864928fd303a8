/* The state of a training run, shared by the files that work on it:
 *
 *     trainer_prepare.c   sets it up: plans, optimiser, loaders; in a resumed run also their state
 *     trainer.c           the loop of epochs and steps
 *     trainer_watch.c     after an epoch: the validation part, and which weights are the best
 *     trainer_stage.c     the stages: epochs with images of one size and one augmentation
 *     trainer_batches.c   the batches of an epoch: images, or features of a frozen backbone
 *     trainer_rates.c     learning rates of layers and phases
 *     trainer_save.c      last.safetensors, reports that fail
 *     trainer_best.c      best.safetensors, in step with last.safetensors
 *     trainer_finish.c    the end: the kept weights, temperature, test part, files; the end of a run that fails
 *     trainer_together.c  several ranks: what they sum and agree on in a step and at its ends
 *     trainer_events.c    events, requests to stop, full disks
 */
#ifndef LN_TRAIN_TRAINER_H
#define LN_TRAIN_TRAINER_H

#include "model/checkpoint.h"
#include "optim/average.h"
#include "optim/schedule.h"
#include "train/doubt.h"
#include "train/events.h"
#include "train/feature_cache.h"
#include "train/live.h"
#include "train/mistakes.h"
#include "train/mixer.h"
#include "train/pace.h"
#include "train/progress.h"
#include "train/step.h"
#include "train/train.h"

enum { LN_TRAINER_STAGES = 4 };

/* A run of epochs that see images of one size, augmented in one way, and train the same layers. */
struct ln_trainer_stage {
    int first_epoch; /* from 1 */
    int imgsz;
    bool plain;         /* the last epochs: no mixing, no strong augmentation */
    bool frozen;        /* the last layer alone is trained */
    struct ln_net *net; /* of that size; NULL: the model's */
    /* plan: of a whole batch. tail: of the smaller last batch of an epoch; NULL: every batch is whole. Both are
     * borrowed from another stage of the same size unless owns_plans. */
    struct ln_plan *plan, *tail;
    bool owns_plans;
    struct ln_preprocess preprocess;
};

struct ln_trainer {
    struct ln_model *model;
    const struct ln_dataset *ds;
    struct linnet_train_opts opts; /* resolved */
    struct linnet_result *result;
    float *class_weights; /* [classes] of the loss; NULL: all equal */
    bool *backbone; /* [nodes of the net] frozen in some stage; NULL: everything is trained throughout */
    struct ln_trainer_stage stages[LN_TRAINER_STAGES];
    int stage_count, stage;      /* stage: that of the current epoch */
    struct ln_plan *plan, *eval; /* plan: the one that owns the parameters */
    struct ln_infer infer;       /* in `eval` */
    struct linnet_train_memory memory;
    struct ln_stepper stepper;
    linnet_ranks *ranks;   /* NULL: one */
    struct ln_share share; /* of each batch */
    int batch;             /* images of a whole batch, of all ranks */
    struct ln_together {
        struct ln_tally tally; /* of this rank's images of the step */
        double now;            /* rank 0's clock at the end of the step */
        bool stop;             /* some rank was asked to stop */
    } together;
    struct ln_average average; /* of all values of the plan; without --model-ema there is none */
    struct ln_schedule schedule;
    double head_steps; /* of the schedule that train the last layer alone, before the others; 0: none */
    struct ln_optim_part *parts;  /* [part_count] see trainer_rates.c; NULL: all weights alike */
    size_t part_count, head_part; /* head_part: the first of the last layer's; they come last */
    struct ln_pace pace;
    struct ln_feature_cache features; /* of the current stage, if it is frozen */
    bool from_features;               /* the current epoch reads them in place of images, */
    const uint32_t *order;            /* [images] in this order */
    double lr_factor;                 /* of the current epoch; 1 until a plateau */
    struct ln_mixer mixer;
    const struct ln_train_doubts *doubts; /* of ln_train_doubting; else NULL, and `doubt` keeps nothing */
    struct ln_doubt doubt;
    struct ln_loader *train, *val; /* val: NULL if no part is watched */
    int epochs;                    /* planned */
    int epochs_most;               /* more than planned if a time limit leaves room */
    double saved_at;               /* of the clock: when last.safetensors was written */
    struct ln_trainer_saved {
        bool any;
        int epoch, step;
        uint32_t steps;
    } saved;                     /* the progress in last.safetensors */
    unsigned reports_failed;     /* bits of enum ln_trainer_report */
    bool save_failed;            /* the last attempt to write last.safetensors */
    bool begun;                  /* a resumed run, or one whose first checkpoint is written */
    bool best_staged;            /* best.next.safetensors waits for the save that names it */
    double start, train_time;    /* clock at time 0 of the run; seconds in training steps since this start */
    int64_t trained;             /* images in these steps */
    struct ln_events events;     /* without --tensorboard nothing is written */
    struct ln_live *live;        /* progress.json */
    struct ln_mistakes mistakes; /* of the last evaluation of the watched part */
    double started_at, drawn_at,
        drawing_s; /* clock at this start, and when the mistakes were drawn; seconds that took */
    struct ln_progress progress;
    struct ln_progress_of progress_of;
};

/* Plans, optimiser, loaders, schedule; and, in a resumed run, its progress, weights and optimiser's state. Call
 * ln_trainer_fini also after a failure. */
LN_MUST_CHECK int ln_trainer_prepare(struct ln_trainer *t);
void ln_trainer_fini(struct ln_trainer *t);

/* The first part of ln_trainer_prepare: compiles the plans, without their memory. The memory of the run then follows from them. */
LN_MUST_CHECK int ln_trainer_compile(struct ln_trainer *t);

/* trainer_memory.c. After ln_trainer_compile: fills in t->memory. If the cache does not fit, it becomes smaller.
 * LINNET_ERR_LIMIT "train-memory" if the run needs more than it may have even without a cache. */
LN_MUST_CHECK int ln_trainer_check_memory(struct ln_trainer *t);

/* trainer_events.c. Hands an event to the program, with the run's epochs and times filled in. */
void ln_trainer_tell(const struct ln_trainer *t, struct linnet_event event);

/* True if all epochs are complete or the time limit is reached. */
bool ln_trainer_complete(const struct ln_trainer *t);
/* True if the program asks to stop. */
bool ln_trainer_stopped(const struct ln_trainer *t);
/* Calls save(t, path), and again while the disk is full unless the option on_disk_full forbids that. */
LN_MUST_CHECK int ln_trainer_save_when_possible(struct ln_trainer *t,
                                                int (*save)(struct ln_trainer *t, const char *path),
                                                const char *path);

/* trainer_together.c. A run of one rank calls these functions too.
 *
 *     _begin     after the preparation: checks that all ranks have the same data and plans; they get rank 0's weights and progress
 *     _weights   gives rank 0's weights and statistics to all
 *     _ready     after loading the next batch, and saving before that; `status`: their result. Returns the failure of any rank
 *     _share     sets this rank's share of the batch, whose labels are mixed already
 *     _tally     the tally that counts the step's images
 *     _done      ends the step: adds up the tallies of the ranks
 *     _stopped   after a step: true if the program asked one of the ranks to stop
 *     _clock     rank 0's time, so that all ranks decide alike
 *     _agree     see ln_comm_agree
 *     _leave     after a failure: if all ranks know of it, they part, and rank 0 may take its time to save
 */
LN_MUST_CHECK int ln_together_begin(struct ln_trainer *t);
LN_MUST_CHECK int ln_together_weights(struct ln_trainer *t);
LN_MUST_CHECK int ln_together_ready(struct ln_trainer *t, int status);
LN_MUST_CHECK int ln_together_share(struct ln_trainer *t, const struct ln_batch *batch);
struct ln_tally *ln_together_tally(struct ln_trainer *t);
LN_MUST_CHECK int ln_together_done(struct ln_trainer *t);
bool ln_together_stopped(const struct ln_trainer *t);
LN_MUST_CHECK int ln_together_clock(struct ln_trainer *t, double *now);
LN_MUST_CHECK int ln_together_agree(struct ln_trainer *t, int status);
void ln_together_leave(struct ln_trainer *t, int status);

/* trainer_watch.c. After the training of an epoch: fills row->val_loss and val_acc, which are nan if the epoch is not
 * evaluated, and row->time_s. *best: the weights are the best so far, and are staged. last: the run ends with this epoch. */
LN_MUST_CHECK int ln_trainer_watch(struct ln_trainer *t, struct ln_epoch *row, bool last, bool *best);

/* trainer_save.c. Writes best.safetensors or last.safetensors; nothing without a run folder. The
 * last.safetensors that is replaced stays as last.previous.safetensors. LINNET_ERR_IO "ckpt-write" for
 * last.safetensors; LINNET_ERR_INTERRUPTED if the program asks to stop while the save waits for space on the
 * disk. */
LN_MUST_CHECK int ln_trainer_save_best(struct ln_trainer *t);
LN_MUST_CHECK int ln_trainer_save_last(struct ln_trainer *t);
struct ln_checkpoint ln_trainer_checkpoint(const struct ln_trainer *t); /* what is saved and restored */
void ln_trainer_saved(struct ln_trainer *t); /* records that last.safetensors holds the progress */
/* What a run writes besides checkpoints and weights. A failure is a warning, once for each: the run continues. */
enum ln_trainer_report {
    LN_REPORT_SKIPPED = 1,
    LN_REPORT_BATCH = 2,
    LN_REPORT_EVENTS = 4,
    LN_REPORT_RESULTS = 8,
    LN_REPORT_CURVES = 16,
    LN_REPORT_TEST = 32,
    LN_REPORT_PAGE = 64,
    LN_REPORT_MISTAKES = 128,
};
void ln_trainer_report(struct ln_trainer *t, enum ln_trainer_report report, int status);

/* trainer_best.c. A new best.safetensors is written in two steps, with last.safetensors between them: staged
 * under another name, whose sum last.safetensors then holds, and published by a rename. A crash between the
 * steps leaves a last.safetensors and the best weights that belong to it. The best.safetensors that is
 * replaced belongs to last.previous.safetensors, and stays until a save after which neither checkpoint needs
 * it. */
LN_MUST_CHECK int ln_best_stage(struct ln_trainer *t);
LN_MUST_CHECK int ln_best_publish(struct ln_trainer *t);
/* Removes the best weights that were replaced, once no checkpoint needs them. */
void ln_best_drop_previous(const struct ln_trainer *t);
/* For a resumed run: publishes the best weights that belong to the checkpoint, and reads them into the model. If they are missing,
 * warns, and the best epoch is chosen among those that are left; LINNET_ERR_INPUT "resume-best" if none is. */
LN_MUST_CHECK int ln_best_restore(struct ln_trainer *t);

/* trainer_finish.c: the work after the last epoch, and after a failure. */
LN_MUST_CHECK int ln_trainer_finish(struct ln_trainer *t);
void ln_trainer_fill_result(struct ln_trainer *t);
struct linnet_result ln_trainer_no_result(void); /* every figure unknown */
/* After a failure of the run, which stays the recorded one: saves the progress and draws the curves. After a divergence
 * last.safetensors stays as it is. */
void ln_trainer_rescue(struct ln_trainer *t);

/* trainer_stage.c. Chooses the stages and compiles their plans; allocates the memory of the plans; enters the stage of the current
 * epoch, with its loader. */
LN_MUST_CHECK int ln_trainer_stages(struct ln_trainer *t);
LN_MUST_CHECK int ln_trainer_stages_take_memory(const struct ln_trainer *t);
LN_MUST_CHECK int ln_trainer_enter_stage(struct ln_trainer *t);
/* The stage's plan for a batch of `count` images: a whole batch, or the smaller last one of an epoch. */
struct ln_plan *ln_trainer_plan(const struct ln_trainer *t, int count);
/* The loader of a part; of the train part with the stage's sizes, augmentation and views. */
LN_MUST_CHECK int ln_trainer_loader(struct ln_trainer *t, enum linnet_part part, bool shuffle,
                                    struct ln_loader **loader);
/* Its options; stage: of the train part, else NULL. *augment is filled in and borrowed by *opts. */
LN_MUST_CHECK int ln_trainer_loader_opts(struct ln_trainer *t, enum linnet_part part,
                                         const struct ln_trainer_stage *stage, struct ln_augment *augment,
                                         struct ln_loader_opts *opts);
/* Bytes of the feature cache in that stage. */
size_t ln_trainer_features_bytes(const struct ln_trainer *t, const struct ln_trainer_stage *stage);
void ln_trainer_stages_fini(struct ln_trainer *t);
/* To be called when the epoch has changed: if all layers are trained from now on, the optimiser restarts. */
void ln_trainer_leave_stage(const struct ln_trainer *t);

/* trainer_batches.c. The batches of the current epoch, and the cache of features, which keeps those that a step on images
 * has computed. */
LN_MUST_CHECK int ln_trainer_begin_epoch(struct ln_trainer *t);
LN_MUST_CHECK int ln_trainer_next_batch(struct ln_trainer *t, struct ln_batch *batch);
void ln_trainer_keep_features(struct ln_trainer *t, const struct ln_plan *plan, const struct ln_batch *batch);

/* trainer_rates.c: learning rates of layers and phases. ln_trainer_rates sets t->parts, t->head_steps and t->schedule.
 * ln_trainer_rate is the rate of the last layer at a step of the schedule. */
LN_MUST_CHECK int ln_trainer_rates(struct ln_trainer *t);
double ln_trainer_rate(const struct ln_trainer *t, uint64_t step);

#endif
