/* A run folder: the files of a run under the names that people know. */
#ifndef LN_TRAIN_RUN_FOLDER_H
#define LN_TRAIN_RUN_FOLDER_H

#include "data/dataset.h"
#include "model/model.h"
#include "train/score.h"

/* A row of results.csv. */
struct ln_epoch {
    double time_s, lr, train_loss, train_acc, val_loss, val_acc, images_per_s;
};

/* Makes the folder and writes args.json, env.json, classes.txt, split.csv. Refuses a folder that holds a run
 * already. */
LN_MUST_CHECK int ln_run_begin(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                               const struct linnet_data_opts *data_opts,
                               const struct linnet_train_opts *opts);
/* results.csv, whole, after each epoch. */
LN_MUST_CHECK int ln_run_results(const char *dir, const struct ln_epoch *epochs, int count);
/* The times in it, into rows whose other numbers are known: zero where it does not say them. */
void ln_run_times(const char *dir, struct ln_epoch *epochs, int count);
/* results.png. */
LN_MUST_CHECK int ln_run_curves(const char *dir, const char *title, const struct ln_epoch *epochs, int count,
                                int best, const char *val_name);
/* What an evaluation leaves: metrics.json, predictions.csv, confusion_matrix.png, and pictures. */
LN_MUST_CHECK int ln_run_evaluation(const char *dir, const struct ln_model *model,
                                    const struct ln_dataset *ds, const struct ln_scores *scores,
                                    const struct linnet_metrics *metrics, bool logits);

/* Its pictures: test_pred.png, top_losses.png, most_confident.png. */
LN_MUST_CHECK int ln_run_pictures(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                                  const struct ln_scores *scores, const struct linnet_metrics *metrics);
/* id,label for a model of two classes: see chapter_csv.c. */
LN_MUST_CHECK int ln_run_chapter_csv(const char *path, const struct ln_model *model,
                                     const struct ln_dataset *ds, const struct ln_scores *scores);

/* report.html, of the pictures that are there and these; metrics: of the test part, NULL where it is empty.
 */
struct ln_run_report {
    const struct ln_model *model;
    const struct ln_dataset *ds;
    const struct linnet_train_opts *opts; /* settled */
    const struct linnet_result *result;
    const struct linnet_metrics *metrics;
};
LN_MUST_CHECK int ln_run_report(const char *dir, const struct ln_run_report *report);

/* train_batch.png: a batch as it goes into the network. */
struct ln_seen_batch {
    const float *images; /* [count][channels][height][width] */
    int count;
    const int32_t *labels, *other; /* [count]; other: of mixed images, else NULL */
    float share;                   /* of the first label */
};
LN_MUST_CHECK int ln_run_train_batch(const char *dir, const struct ln_model *model,
                                     const struct ln_seen_batch *batch);

#endif
