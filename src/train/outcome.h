/* The outcome of a run, or of a model on a data set: its figures, and which test images it classified correctly. linnet
 * compare shows several outcomes side by side.
 */
#ifndef LN_TRAIN_OUTCOME_H
#define LN_TRAIN_OUTCOME_H

#include "base/text.h"
#include "train/evaluate.h"

/* A test image, as in predictions.csv. right: the predicted class is the label. */
struct ln_outcome_image {
    const char *path, *label;
    bool right;
};

struct ln_outcome {
    struct linnet_outcome shown;     /* its strings are owned */
    struct ln_outcome_image *images; /* [count] sorted by path, then label */
    size_t count;
    char *text; /* holds the strings of the images */
};

/* Reads a run folder: args.json, best.safetensors, results.csv, split.csv, and, if there was a test part,
 * metrics.json and predictions.csv. LINNET_ERR_INPUT "run-args" if `dir` is not a run folder, "run-results"
 * if no epoch is complete. */
LN_MUST_CHECK int ln_outcome_read(struct ln_outcome **outcome, const char *dir);
/* Creates the outcome of an evaluation; its epochs and times are unknown. `name` becomes its path. */
LN_MUST_CHECK int ln_outcome_of(struct ln_outcome **outcome, const char *name, const struct ln_model *model,
                                const struct ln_dataset *ds, const struct ln_scores *scores,
                                const struct linnet_metrics *metrics);
void ln_outcome_destroy(struct ln_outcome *outcome); /* NULL is allowed */

/* McNemar's test (mcnemar.h) over the test images. pair->count is 0 if the two were tested on different images. */
void ln_outcome_pair(const struct ln_outcome *first, const struct ln_outcome *second,
                     struct linnet_pair *pair);

/* Sorts the images. Called by the two functions above once all images are known. */
void ln_outcome_sort(struct ln_outcome *outcome);

#endif
