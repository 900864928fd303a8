/* Scores: a part of a data set through an inference plan, one row of logits an image. */
#ifndef LN_TRAIN_SCORE_H
#define LN_TRAIN_SCORE_H

#include "data/loader.h"
#include "graph/plan.h"
#include "train/metrics.h"

struct ln_scores {
    int classes;
    size_t count;
    float *logits;     /* [count][classes] */
    int32_t *labels;   /* [count] */
    uint32_t *indices; /* [count] into the data set's samples */
    struct ln_tally tally;
};

/* Told after each batch; non-zero stops. */
struct ln_score_watch {
    int (*on_step)(void *user, int step, int steps, const struct ln_tally *tally);
    void *user;
};

/* keep: fill the arrays, else only the tally. LINNET_ERR_INTERRUPTED where the watch stops. ln_scores_fini in
 * any case. */
LN_MUST_CHECK int ln_score(struct ln_scores *scores, struct ln_plan *plan, struct ln_loader *loader,
                           bool keep, const struct ln_score_watch *watch);
void ln_scores_fini(struct ln_scores *scores);

#endif
