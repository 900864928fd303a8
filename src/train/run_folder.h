/* A run folder: the files of a run. Their names are those of other training tools (args, results.csv, best, last). */
#ifndef LN_TRAIN_RUN_FOLDER_H
#define LN_TRAIN_RUN_FOLDER_H

#include "data/dataset.h"
#include "model/model.h"
#include "train/score.h"

/* A row of results.csv. */
struct ln_epoch {
    double time_s, lr, train_loss, train_acc, val_loss, val_acc, images_per_s;
};

/* Makes the folder and locks it until ln_run_unlock or the end of the process. LINNET_ERR_USAGE "run-locked" if a
 * run is active in it. *lock is -1 if the file system has no locks. */
LN_MUST_CHECK int ln_run_lock(const char *dir, int *lock);
void ln_run_unlock(int lock); /* -1 is fine */

/* LINNET_ERR_USAGE "run-exists" if the folder already holds a run. */
LN_MUST_CHECK int ln_run_check_free(const char *dir);
/* Writes args.json, env.json, classes.txt and split.csv into the folder. */
LN_MUST_CHECK int ln_run_begin(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                               const struct linnet_data_opts *data_opts,
                               const struct linnet_train_opts *opts);
/* Removes what ln_run_begin wrote, and progress.json, of a run that ended before its first checkpoint and cannot be continued. */
void ln_run_abandon(const char *dir);
/* Writes results.csv with all epochs so far. */
LN_MUST_CHECK int ln_run_results(const char *dir, const struct ln_epoch *epochs, int count);
/* Reads time_s and images_per_s of each epoch from results.csv, because checkpoints do not hold them. A time that cannot be
 * read is 0. */
void ln_run_times(const char *dir, struct ln_epoch *epochs, int count);
/* Sets the lines of *curves, which borrow *columns: ln_free it. Without a watched part val_loss and val_acc have no lines. */
struct ln_curves;
LN_MUST_CHECK int ln_run_columns(const struct ln_epoch *epochs, int count, struct ln_curves *curves,
                                 double **columns);
/* Draws results.png: the curves. best: the epoch to mark. val_name: legend of the watched part. */
LN_MUST_CHECK int ln_run_curves(const char *dir, const char *title, const struct ln_epoch *epochs, int count,
                                int best, const char *val_name);
/* Writes the files of an evaluation: metrics.json, predictions.csv, confusion_matrix.png, and those of
 * ln_run_pictures. */
LN_MUST_CHECK int ln_run_evaluation(const char *dir, const struct ln_model *model,
                                    const struct ln_dataset *ds, const struct ln_scores *scores,
                                    const struct linnet_metrics *metrics, bool logits);

/* Draws test_pred.png, top_losses.png and most_confident.png. */
LN_MUST_CHECK int ln_run_pictures(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                                  const struct ln_scores *scores, const struct linnet_metrics *metrics);

/* report.html: the run on one page. */
struct ln_run_report {
    const struct ln_model *model;
    const struct ln_dataset *ds;
    const struct linnet_train_opts *opts; /* resolved */
    const struct linnet_result *result;
    const struct ln_epoch *epochs; /* [result->epochs] */
    /* Of the test part; NULL if it is empty. */
    const struct linnet_metrics *metrics;
    const struct ln_scores *scores;
    struct ln_plan *plan; /* compiled, with the model's weights: explains the mistakes */
};
LN_MUST_CHECK int ln_run_report(const char *dir, const struct ln_run_report *report);

/* train_batch.png: a batch as the network sees it. */
struct ln_seen_batch {
    const float *images; /* [count][channels][height][width] */
    int count;
    /* Of the images: early epochs may see smaller ones than the model's. */
    const struct ln_preprocess *preprocess;
    const int32_t *labels, *other; /* [count]; other: the second labels of mixed images; NULL if not mixed */
    float share;                   /* weight of the first labels */
};
LN_MUST_CHECK int ln_run_train_batch(const char *dir, const struct ln_model *model,
                                     const struct ln_seen_batch *batch);

#endif
