/* What a run came to, or a model on a data set, and which test images it got right: for tables that set several
 * side by side (linnet compare).
 */
#ifndef LN_TRAIN_OUTCOME_H
#define LN_TRAIN_OUTCOME_H

#include "base/text.h"
#include "train/evaluate.h"

/* An image of the test: what predictions.csv says of it. */
struct ln_outcome_image {
    const char *path, *label;
    bool right;
};

struct ln_outcome {
    struct linnet_outcome shown;     /* its strings are owned */
    struct ln_outcome_image *images; /* [count] sorted by path, then label */
    size_t count;
    char *text; /* what the images' strings point into */
};

/* From a run folder: args.json, best.safetensors, results.csv, split.csv, and, if there was a test part,
 * metrics.json and predictions.csv. LINNET_ERR_INPUT "run-args" if it is no run folder, "run-results" if no
 * epoch is done. */
LN_MUST_CHECK int ln_outcome_read(struct ln_outcome **outcome, const char *dir);
/* Of an evaluation; epochs and times are not known. `name` is shown as its path. */
LN_MUST_CHECK int ln_outcome_of(struct ln_outcome **outcome, const char *name, const struct ln_model *model,
                                const struct ln_dataset *ds, const struct ln_scores *scores,
                                const struct linnet_metrics *metrics);
void ln_outcome_destroy(struct ln_outcome *outcome); /* NULL is allowed */

/* McNemar's test (mcnemar.h) over the test images. pair->count 0: they were not tested on the same ones. */
void ln_outcome_pair(const struct ln_outcome *first, const struct ln_outcome *second,
                     struct linnet_pair *pair);

/* For the two that fill an outcome: the images, which point into `text`, put in order. */
void ln_outcome_sort(struct ln_outcome *outcome);

#endif
